package config_test

import (
	"strings"
	"testing"

	"usersync/internal/config"
)

func TestEverySecretHasAFileTwin(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "token", "the token\r\n")
	write(t, dir, "url", "postgres://u:p@db/app\n")
	write(t, dir, "secrets", "new,secret\n\n old_secret\r\n")
	write(t, dir, "bearer", "bearer_token_1")
	write(t, dir, "key", "sk_1\n")
	c := mustLoad(t, `
admin: {token_file: token}
database: {url_file: "${URL_FILE:-url}"}
providers:
  authpi:
    type: authpi
    secrets_file: secrets
    bearer_file: bearer
    api: {url: "https://api.example.com", key_file: key}
`, config.Options{Dir: dir})
	p := c.Providers["authpi"]
	if c.Admin.Token.Reveal() != "the token" || c.Database.URL.Reveal() != "postgres://u:p@db/app" ||
		reveal(p.Secrets) != "new,secret|old_secret" || reveal(p.Bearer) != "bearer_token_1" || p.API.Key.Reveal() != "sk_1" {
		t.Errorf("%s", c)
	}
}

func TestTheTwinOfTheHigherLayerCounts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "token", "of the file")
	for name, test := range map[string]struct{ admin, variable, want string }{
		"file over text":      {`token: "${UNSET}"`, "USERSYNC_ADMIN__TOKEN_FILE=token", "of the file"},
		"text over file":      {`token_file: missing`, "USERSYNC_ADMIN__TOKEN=text", "text"},
		"an empty name":       {`token_file: ""`, "X=", ""},
		"nothing in the file": {`token: ~`, "USERSYNC_ADMIN__TOKEN=text", "text"},
	} {
		c := mustLoad(t, "admin: {"+test.admin+"}\n"+oneProvider, config.Options{Dir: dir, Environ: []string{test.variable}})
		if got := c.Admin.Token.Reveal(); got != test.want {
			t.Errorf("%s: %q", name, got)
		}
	}
	_, err := load(t, "admin: {token_file: '${UNSET}'}\n"+oneProvider, config.Options{})
	if err == nil || !strings.Contains(err.Error(), "UNSET is not set") {
		t.Errorf("%v", err)
	}
	write(t, dir, "long", strings.Repeat("x", 1<<17))
	_, err = load(t, "admin: {token_file: long}\n"+oneProvider, config.Options{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), "admin.token_file: cannot read the file: it is longer than 64KiB") {
		t.Errorf("%v", err)
	}
}
