package config_test

import (
	"slices"
	"strings"
	"testing"

	"usersync/internal/config"
)

func TestWarnings(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, `
admin: {token: "${USERSYNC_ADMIN_TOKEN}"}
database: {url: "postgres://db/app", ack_deadline: 4s}
spool: {enabled: false}
providers:
  internal: {type: node_auth, auth: none}
  plain: {type: authon, secrets: [whsec_sentinel_1], api: {url: "http://api.example.com", key: k}}
  local: {type: authon, secrets: [whsec_sentinel_1], api: {url: "http://127.0.0.1:9", key: k}}
`, config.Options{Environ: []string{
		"USERSYNC_ADMIN_TOKEN=used",
		"USERSYNC_DATABASE_URL=x",
		"USERSYNC_ZEBRA=x",
		"USERSYNC_CONFIG=usersync.yaml",
		"USERSYNC_SERVICE_HOST=10.0.0.1", // Kubernetes sets these for a service named usersync
		"USERSYNC_SERVICE_PORT_HTTP=80",
		"USERSYNC_PORT_8080_TCP_ADDR=10.0.0.1",
		"USERSYNC_ADMIN_PORT=tcp://10.0.0.1:80",
	}})
	want := []string{
		"USERSYNC_DATABASE_URL: not a setting, and the file does not use it; did you mean USERSYNC_DATABASE__URL?",
		"USERSYNC_ZEBRA: not a setting, and the file does not use it",
		"database.ack_deadline is over 1800ms",
		"providers.internal: auth: none",
		"providers.plain.api.url is http",
		"spool.enabled: false: while the database is away",
	}
	if len(c.Warnings) != len(want) {
		t.Fatalf("%q", c.Warnings)
	}
	for i, start := range want {
		if !strings.HasPrefix(c.Warnings[i], start) {
			t.Errorf("warning %d: %q", i, c.Warnings[i])
		}
	}
	if slices.ContainsFunc(c.Warnings, func(w string) bool { return strings.Contains(w, "sentinel") }) {
		t.Error("a secret is shown")
	}
}

// A secret that is hardly the real one is asked about, and never shown.
func TestDoubtfulSecrets(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "bearer", "a bearer of sixteen\nwhsec_…\n")
	c := mustLoad(t, `
providers:
  authon:
    type: authon
    secrets: ["${NEW:-}", abc, whsec_sentinel_1, whsec_sentinel1, "${FROM_README}", "whsec_sentinel_1 ", "whsec_sentinel_1\n"]
  authpi:
    type: authpi
    bearer_file: bearer
`, config.Options{Dir: dir, Environ: []string{"FROM_README=whsec_… from the dashboard"}})
	want := []string{
		"providers.authon.secrets: number 2 is only 3 bytes long: is it the real one?",
		"providers.authon.secrets: number 4 is only 15 bytes long: is it the real one?",
		"providers.authon.secrets: number 5 looks like a placeholder: is it the real one?",
		"providers.authon.secrets: number 6 begins or ends with a blank: is it a part of it?",
		"providers.authpi.bearer_file: number 2 looks like a placeholder: is it the real one?",
	}
	if !slices.Equal(c.Warnings, want) {
		t.Errorf("%q", c.Warnings)
	}
	for _, placeholder := range []string{
		"whsec_xxxxxxxxxxxxxxxxxxxxxxxx", "whsec_... of the dashboard", "<the webhook secret>", "your-webhook-secret-here",
		"please-change-me-soon", "${AUTHON_WEBHOOK_SECRET}", "{AUTHON_WEBHOOK_SECRET}", "AUTHON_WEBHOOK_SECRET",
	} {
		t.Run(placeholder, func(t *testing.T) {
			t.Parallel()
			options := config.Options{Environ: []string{"SECRET=" + placeholder}}
			c := mustLoad(t, "providers: {authon: {type: authon, secrets: ['${SECRET}']}}", options)
			want := []string{"providers.authon.secrets: number 1 looks like a placeholder: is it the real one?"}
			if !slices.Equal(c.Warnings, want) {
				t.Errorf("%q", c.Warnings)
			}
		})
	}
}
