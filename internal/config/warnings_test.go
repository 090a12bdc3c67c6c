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
providers:
  internal: {type: node_auth, auth: none}
  plain: {type: authon, secrets: [whsec_sentinel1], api: {url: "http://api.example.com", key: k}}
  local: {type: authon, secrets: [whsec_sentinel1], api: {url: "http://127.0.0.1:9", key: k}}
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
		"database.ack_deadline is over 3s",
		"providers.internal: auth: none",
		"providers.plain.api.url is http",
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
