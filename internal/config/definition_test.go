package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"usersync/internal/config"
)

// A definition in the configuration has its variables replaced, as everything
// there; one in a file of its own is as it stands.
func TestDefinitionsOfTheirOwn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "etc"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "etc/acme.yaml", "extends: authon\nuser: {fields: {phone: null}}\n")
	write(t, dir, "etc/usersync.yaml", `
providers:
  inline:
    definition:
      verify: {secret: {header: "${HEADER}"}}
      unpack: json
      event: {id: id, type: kind, time: {time: {path: at, unit: ms}}, user: user.id, types: {"$${x}": user.created}}
      user: {fields: {email: email}}
      api:
        url: https://api.example.com
        auth: {bearer: true}
        rate: ${RATE}
    secrets: [whsec_inline_secret_1]
  beside:
    definition: acme.yaml
    secrets: [whsec_beside_secret_1]
  changed:
    definition:
      extends: authara
    secrets: [whsec_changed_secret]
`)
	c, err := config.Load(config.Options{File: "etc/usersync.yaml", Dir: dir, NeedProviders: true, Environ: []string{"HEADER=X-Key", "RATE=2.5"}})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][2]string{
		"inline":  {"inline", "etc/usersync.yaml:5"},
		"beside":  {"authon", "etc/acme.yaml:1, which extends authon"},
		"changed": {"authara", "etc/usersync.yaml:19, which extends authara"},
	} {
		if p := c.Built[name]; p.Type() != want[0] || p.Definition() != want[1] {
			t.Errorf("%s is of %s, from %s", name, p.Type(), p.Definition())
		}
	}
	if shown := c.String(); !strings.Contains(shown, "definition: (in line 5)") || !strings.Contains(shown, "definition: acme.yaml") {
		t.Errorf("shown as\n%s", shown)
	}
	if len(c.Warnings) > 0 {
		t.Error(c.Warnings)
	}
}

// A fault in a definition's file names that file.
func TestFaultsOfADefinitionsFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "acme.yaml", "extends: authon\nuser:\n  fields: {emial: x}\n")
	write(t, dir, "broken.yaml", "extends: [\n")
	text := `
providers:
  acme: {definition: acme.yaml, auth: none}
  broken: {definition: broken.yaml, auth: none}
`
	_, err := load(t, text, config.Options{Dir: dir})
	got := strings.Join(faultsOf(t, err), "\n")
	for _, want := range []string{
		`acme.yaml:3: providers.acme.definition: user.fields: "emial" is no column (did you mean email?)`,
		`broken.yaml:1: providers.broken.definition: not valid YAML here or in the next line: did not find expected node content`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s\nis not in\n%s", want, got)
		}
	}
}

// A variable or a flag that names a file wins over what stands in the file.
func TestAFlagNamesAnotherDefinition(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "acme.yaml", "extends: authon\n")
	text := "providers:\n  acme:\n    auth: none\n    definition: {extends: nobody, unpack: '${MISSING}'}\n"
	c, err := load(t, text, config.Options{Dir: dir, Environ: []string{"USERSYNC_PROVIDERS__ACME__DEFINITION=acme.yaml"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Built["acme"].Type(); got != "authon" {
		t.Errorf("it is of %s", got)
	}
}
