package providers

import (
	"strings"
	"testing"
)

// Whoever reads about a built-in type has only what its definition says.
func TestEveryBuiltInDefinitionSaysWhatItIsAbout(t *testing.T) {
	t.Parallel()
	for _, typ := range Types() {
		about, ok := Describe(typ)
		if _, err := New(typ, Settings{Type: typ, Auth: "none"}); err != nil && !ok {
			t.Errorf("%s: %v", typ, err)
			continue
		}
		if !ok {
			t.Errorf("%s has no part about: say in definitions/%s.yaml what its name, facts, events and secret are", typ, typ)
			continue
		}
		source, err := Source(typ)
		if err != nil || !strings.Contains(string(source), about.Name) {
			t.Errorf("%s: the source of the definition is another one (%v)", typ, err)
		}
	}
	if about, ok := Describe("nothing"); ok {
		t.Errorf("nothing is %+v", about)
	}
}

// The operator's own definition need not explain itself.
func TestAboutIsOptional(t *testing.T) {
	t.Parallel()
	const rest = "verify: [{secret: {header: X}}]\nunpack: json\nevent: " + plainEvent + "\nuser: {}\nsamples: {a: {body: '{}'}}\n"
	for text, want := range map[string]int{
		rest: 0,
		"about: {name: Acme, facts: its pages, events: one, secret: shown, cannot: [x, y]}\n" + rest: 2,
	} {
		d, err := compile("custom.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := d.about; (got == nil) != (want == 0) || got != nil && (len(got.Cannot) != want || len(got.Events) != 1) {
			t.Errorf("%s is about %+v", text, got)
		}
	}
}
