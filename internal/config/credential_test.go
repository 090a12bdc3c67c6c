package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"usersync/internal/config"
)

// Before a webhook is registered there are no credentials: neither variables
// nor files.
func TestLoadWithoutCredentials(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := "providers:\n  a: {type: authon, secrets_file: secrets/a.txt, api: {key: k}}\n  b: {type: authpi, secrets: ['${UNSET_SECRET}'], bearer_file: /run/b}\n  c: {type: authon}\n  d: {type: authon, legacy_signature: true, tolerance: 1m, secrets_file: '${UNSET_FILE}'}\n"
	if err := os.WriteFile(filepath.Join(dir, "x.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	options := config.Options{File: "x.yaml", Dir: dir, NeedProviders: true, WithoutCredentials: true}
	c, err := config.Load(options)
	if err != nil {
		t.Fatal(err)
	}
	if a := c.Providers["a"]; a.CredentialFiles["secrets"] != filepath.Join(dir, "secrets/a.txt") || len(a.CredentialFiles) != 1 || a.API.Key.Reveal() != "k" || c.Built["a"] == nil {
		t.Errorf("%+v", a)
	}
	if b := c.Providers["b"]; b.CredentialFiles["bearer"] != "/run/b" || len(b.CredentialFiles) != 1 {
		t.Errorf("%+v", b)
	}
	if len(c.Providers["c"].CredentialFiles)+len(c.Providers["d"].CredentialFiles) != 0 || strings.Contains(strings.Join(c.Warnings, ""), "auth") {
		t.Errorf("%+v, %v", c.Providers, c.Warnings)
	}
	options.WithoutCredentials = false
	if _, err := config.Load(options); err == nil {
		t.Error("accepted without secrets")
	}
}
