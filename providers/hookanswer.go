package providers

import (
	"strings"

	"github.com/tidwall/gjson"

	"usersync/internal/secret"
)

// hook reads one webhook; ok is false if it has no id.
func (h *Hooks) hook(raw string) (hook Hook, ok bool) {
	doc := trees.Get().(*tree)
	defer doc.release()
	doc.reset(raw)
	id, wrong := checkID(h.part.id.eval(&reading{doc: doc}))
	hook.ID = id
	hook.URL, _ = firstAt(doc, h.part.url).str()
	hook.Status, _ = firstAt(doc, h.part.how).str()
	if v := firstAt(doc, h.part.subscribed); v.kind == document {
		gjson.Parse(v.text).ForEach(func(_, event gjson.Result) bool {
			if event.Type == gjson.String {
				hook.Events = append(hook.Events, event.String())
			}
			return true
		})
	}
	return hook, wrong == "" && id != ""
}

func firstAt(doc *tree, paths []path) value {
	for _, p := range paths {
		if v := doc.lookup(root, p); v.kind != absent {
			return v
		}
	}
	return value{}
}

// secrets reads the credentials of a new webhook.
func (h *Hooks) secrets(raw string) map[string]secret.Text {
	doc := trees.Get().(*tree)
	defer doc.release()
	doc.reset(raw)
	found := map[string]secret.Text{}
	for key, at := range h.part.secrets {
		if v := at.eval(&reading{doc: doc}); v.kind == text && v.text != "" && !strings.ContainsFunc(v.text, isControl) {
			found[key] = secret.New(v.text)
		}
	}
	return found
}

// refused reports whether the answer to a test says that it was not taken. Most
// say nothing.
func (h *Hooks) refused(body string) bool {
	if checkJSON([]byte(body)) != nil {
		return false
	}
	doc := trees.Get().(*tree)
	defer doc.release()
	doc.reset(body)
	v := firstAt(doc, h.part.delivered)
	return v.kind == boolean && !v.flag
}
