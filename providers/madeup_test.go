package providers

import (
	"slices"
	"testing"
)

// What was made up is what a type takes, and the forms of different texts differ.
func TestMadeUpCredentialsAreTaken(t *testing.T) {
	t.Parallel()
	for _, typ := range Types() {
		credential, ok := MadeUp(typ, "one")
		if ok != slices.Contains(Signable(), typ) {
			t.Errorf("%s: %v, and signable are %v", typ, ok, Signable())
		}
		if !ok {
			continue
		}
		p := mustNew(t, typ, Settings{Type: typ, Secrets: texts(credential)})
		forged := mustNew(t, typ, Settings{Type: typ, Secrets: texts(must(MadeUp(typ, "another")))})
		header, body, err := p.Build(p.Events()[0], Sample{UserID: "u", Time: noon})
		if err != nil {
			t.Fatalf("%s: %v", typ, err)
		}
		r := Request{Header: header, Body: body, ReceivedAt: noon}
		if _, err := p.Verify(r); err != nil {
			t.Errorf("%s: its own request is refused: %v", typ, err)
		}
		if _, err := forged.Verify(r); err == nil {
			t.Errorf("%s: another secret takes it", typ)
		}
	}
	if _, ok := MadeUp("nobody", "one"); ok {
		t.Error("a type that there is not has a credential")
	}
}

func must(credential string, _ bool) string { return credential }
