package action

import (
	"encoding/json"
	"strings"
	"testing"
)

func parsed(t testing.TB, document string) Template {
	t.Helper()
	template, err := ParseTemplate([]byte(document))
	if err != nil {
		t.Fatalf("%s: %v", document, err)
	}
	return template
}

func TestRender(t *testing.T) {
	t.Parallel()
	const args = `{"user":{"id":"u1","name":"Ann \"A\" <ü>","tags":["a","b"],"nobody":null},"n":12345678901234567890.5,"yes":true,"list":[1,{"x":2}],"a-b":{"$c":"d"}}`
	for document, want := range map[string]string{
		`{"text":"{user.name} joined"}`:                                   `{"text":"Ann \"A\" <ü> joined"}`,
		`{"z":1,"a":{"b":[true,null,-2.50]},"e":{},"l":[]}`:               `{"z":1,"a":{"b":[true,null,-2.50]},"e":{},"l":[]}`,
		`{"id":"{user.id}","n":"{n}","yes":"{yes}","user":"{user.tags}"}`: `{"id":"u1","n":12345678901234567890.5,"yes":true,"user":["a","b"]}`,
		`{"t":"{n} {yes}{user.id}"}`:                                      `{"t":"12345678901234567890.5 trueu1"}`,
		`{"t":"{user.nobody}"}`:                                           `{"t":null}`,
		`{"t":"{list.1.x}","first":"{user.tags.0}"}`:                      `{"t":2,"first":"a"}`,
		`{"t":"{{n}} {{{n}}} }}"}`:                                        `{"t":"{n} {12345678901234567890.5} }"}`,
		`{"t":"{a-b.$c}"}`:                                                `{"t":"d"}`,
		`{"{n}":""}`:                                                      `{"{n}":""}`,
	} {
		if got, err := parsed(t, document).Render([]byte(args)); err != nil || string(got) != want {
			t.Errorf("%s\n got %s, %v\nwant %s", document, got, err, want)
		}
	}
	if got, err := (Template{}).Render([]byte(`{"b": 1.0, "a": "<"}`)); err != nil || string(got) != `{"a":"<","b":1.0}` {
		t.Errorf("without a template: %s, %v", got, err)
	}
}

func TestWhatCannotBeRendered(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ document, args, want string }{
		{`{"t":"{user.name}"}`, `{"user":{}}`, "the argument has no user.name"},
		{`{"t":"to {user.name}"}`, `{"user":"x"}`, "the argument has no user.name"},
		{`{"t":["{list.2}"]}`, `{"list":[1,2]}`, "the argument has no list.2"},
		{`{"t":"{list.-1}"}`, `{"list":[1,2]}`, "the argument has no list.-1"},
		{`{"t":"to {user}"}`, `{"user":{"secret":1}}`, "user of the argument is null, an object or a list: only a text, a number or a truth value fits into a text"},
		{`{}`, `[1]`, "the argument is no object: call the action with one, as {user: …}"},
		{`{}`, `undefined`, "the argument is no JSON"},
		{`{}`, `{} {}`, "the argument is no JSON"},
		{`{"t":"{s}{s}{s}{s}"}`, `{"s":"` + strings.Repeat("x", MaxBody/3) + `"}`, "the body is larger than 256 KiB"},
		{`{"t":"{s}","u":"{s}","v":"{s}","w":"{s}"}`, `{"s":"` + strings.Repeat("x", MaxBody/3) + `"}`, "the body is larger than 256 KiB"},
		{`{}`, `{"s":"` + strings.Repeat("x", MaxBody) + `"}`, "the argument is larger than 256 KiB"},
	} {
		if got, err := parsed(t, c.document).Render([]byte(c.args)); err == nil || err.Error() != c.want {
			t.Errorf("%s: %.40s, %v; want %s", c.document, got, err, c.want)
		}
	}
}

func TestWrongTemplates(t *testing.T) {
	t.Parallel()
	for document, want := range map[string]string{
		`["a"]`:                       "want a mapping: the members of the JSON object to send",
		`"{a}"`:                       "want a mapping: the members of the JSON object to send",
		`{"a":1} {"b":2}`:             "more than one JSON document",
		`{"a":`:                       "not valid JSON",
		``:                            "not valid JSON",
		`{"a":{"b":[1,"x {y"]}}`:      `a.b.1: what follows a { is no placeholder: write {member} or {member.path} of the argument, and {{ for a { that is meant`,
		`{"a":"{user.name | upper}"}`: `a: what follows a { is no placeholder: write {member} or {member.path} of the argument, and {{ for a { that is meant`,
		`{"a":"{}"}`:                  `a: what follows a { is no placeholder: write {member} or {member.path} of the argument, and {{ for a { that is meant`,
		`{"a":"{user..name}"}`:        `a: what follows a { is no placeholder: write {member} or {member.path} of the argument, and {{ for a { that is meant`,
		`{"a":"x } y"}`:               "a: a } without its {: write }} for one that is meant",
	} {
		if _, err := ParseTemplate([]byte(document)); err == nil || err.Error() != want {
			t.Errorf("%s: %v\nwant %s", document, err, want)
		}
	}
	if _, err := ParseTemplate([]byte(strings.Repeat(`{"a":`, 1000))); err == nil || !strings.Contains(err.Error(), "nested") {
		t.Errorf("nested: %v", err)
	}
}

// Whatever a template and an argument are, what is made of them is a JSON object, and
// nothing of the argument gets outside of its place.
func FuzzRender(f *testing.F) {
	f.Add(`{"t":"{user.name} joined","u":"{user}"}`, `{"user":{"name":"a\"}"}}`)
	f.Add(`{"t":"{{{a}}}","l":["{a}"]}`, `{"a":[1,"{b}"]}`)
	f.Fuzz(func(t *testing.T, document, args string) {
		template, err := ParseTemplate([]byte(document))
		if err != nil {
			return
		}
		body, err := template.Render([]byte(args))
		if err != nil {
			return
		}
		var sent, declared map[string]any
		if err := json.Unmarshal(body, &sent); err != nil {
			t.Fatalf("%q of %q made %q: %v", document, args, body, err)
		}
		if json.Unmarshal([]byte(document), &declared) == nil && len(sent) != len(declared) {
			t.Fatalf("%q of %q made %q", document, args, body)
		}
	})
}
