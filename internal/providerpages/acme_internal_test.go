package providerpages

import (
	"flag"
	"os"
	"testing"

	"usersync/providers"
)

// What no built-in definition has yet is put into words as well.
func TestWords(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("testdata/acme.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d, err := parse("acme", providers.About{
		Name: "Acme", Facts: "its documentation.", Events: []string{"made", "changed"}, Secret: "in the dashboard.", API: "api.key is one of the dashboard.",
		Cannot: []string{"Nothing can be told.", "Nor this"}, Unverified: []string{"`this`"},
	}, source)
	if err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/acme.md"
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(golden, []byte(d.page()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(golden); err != nil || d.page() != string(want) {
		t.Errorf("the page is\n%s\nwant (%v)\n%s", d.page(), err, want)
	}
	if _, err := parse("acme", providers.About{}, []byte("list: [")); err == nil {
		t.Error("no YAML became a page")
	}
}
