package providers

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// serve answers the golden requests, and no others.
func (g *listGolden) serve(t *testing.T) string {
	t.Helper()
	var mu sync.Mutex
	server := httptest.NewUnstartedServer(nil)
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		mu.Lock()
		a := g.answerTo(r, sent)
		mu.Unlock()
		if a == nil {
			t.Errorf("unexpected %s %s with %q", r.Method, r.RequestURI, sent)
			w.WriteHeader(http.StatusTeapot)
			return
		}
		wanted := g.Headers
		if a.Headers != nil {
			wanted = a.Headers
		}
		for name, want := range wanted {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s %s: the header %s is %q", r.Method, r.RequestURI, name, got)
			}
		}
		w.Header().Set("Date", a.Date)
		for name, value := range a.AnswerHeaders {
			w.Header().Set(name, strings.ReplaceAll(value, "{server}", server.URL))
		}
		w.WriteHeader(max(a.Status, 200))
		w.Write(a.Body)
	})
	server.Start()
	t.Cleanup(server.Close)
	return server.URL
}

// answerTo finds the answer to a request: the first that was not given, else
// the last.
func (g *listGolden) answerTo(r *http.Request, sent []byte) (found *goldenAnswer) {
	for i := range g.Answers {
		a := &g.Answers[i]
		if r.Method != cmp.Or(a.Method, http.MethodGet) || r.RequestURI != a.Request || !a.takes(r, sent) {
			continue
		}
		if found = a; !a.used {
			break
		}
	}
	if found != nil {
		found.used = true
	}
	return found
}

// takes compares what was sent.
func (a *goldenAnswer) takes(r *http.Request, sent []byte) bool {
	kind, here := r.Header.Get("Content-Type"), "http://"+r.Host
	switch {
	case a.Form != nil:
		form, err := url.ParseQuery(string(sent))
		if err != nil || kind != "application/x-www-form-urlencoded" {
			return false
		}
		flat := map[string]string{}
		for name := range form {
			flat[name] = strings.Join(form[name], " AND ")
		}
		want := map[string]string{}
		for name, value := range a.Form {
			want[name] = strings.ReplaceAll(value, "{server}", here)
		}
		return maps.Equal(flat, want)
	case a.Sent != nil:
		return kind == "application/json" && bytes.Equal(indent(jsonOf(sent)), indent(jsonOf(bytes.ReplaceAll(a.Sent, []byte("{server}"), []byte(here)))))
	default:
		return len(sent) == 0 && kind == ""
	}
}

// jsonOf reads JSON in a form that can be compared, nil if it is none. Numbers
// keep their literal.
func jsonOf(raw []byte) (v any) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return nil
	}
	return v
}
