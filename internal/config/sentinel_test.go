package config_test

import (
	"fmt"
	"strings"
	"testing"

	"usersync/internal/config"
)

// Whatever place a secret is written in, by mistake or not, no fault, warning
// or print shows it, whether it comes from the file, a variable or a flag.
func TestNoSecretIsShownFromAnyPlace(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"whsec_s3ntinel", "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "c2VudGluZWw9c2Vjc+mV0/Q="} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			checkEveryPlace(t, value)
		})
	}
}

func checkEveryPlace(t *testing.T, value string) {
	t.Helper()
	places := []string{
		"listen", "max_body", "tls.cert_file", "tls.key_file", "log.level", "log.format", "admin.listen", "admin.token",
		"admin.token_file", "database.url", "database.url_file", "database.users_table", "database.migrate",
		"database.ack_deadline", "database.max_connections", "spool.max_bytes", "providers", "providers.authon",
		"admin", "database", "nothing", "providers.authon.nothing",
	}
	for _, key := range []string{
		"type", "secrets", "secrets_file", "bearer", "bearer_file", "auth", "tolerance", "max_future", "legacy_signature",
		"signature", "signature.header", "signature.encoding", "signature.prefix", "aliases", "aliases.x", "paths", "paths.email",
		"paths.x", "definition", "definition.verify", "definition.extends", "definition.unpack", "on_delete", "allow_ips", "api", "api.url", "api.key", "api.key_file",
	} {
		places = append(places, "providers.authon."+key)
	}
	for _, key := range []string{"", ".label", ".depends_on", ".url", ".url_file", ".secret", ".secret_file", ".headers", ".headers.x", ".timeout", ".body", ".body.text"} {
		places = append(places, "actions.x"+key)
	}
	// Paths and the like are settings, and printed if they are valid.
	visible := map[string]bool{"actions.x.label": true, "actions.x.body": true, "actions.x.body.text": true, "providers.authon.signature.header": true, "tls.cert_file": true, "tls.key_file": true, "database.users_table": true, "providers.authon.paths.email": true, "providers.authon.signature.prefix": true}
	// A name that the operator is free to choose is no secret.
	freeKeys := map[string]bool{"providers": true, "providers.authon.aliases": true, "providers.authon.paths": true, "actions.x.headers": true, "actions.x.body": true, "actions.x.body.text": true}
	for _, place := range places {
		for _, form := range []string{
			value, "[" + value + "]", "{" + value + ": " + value + "}", "*" + value, "!" + value, "&" + value + " x", "'" + value + ": [", "${" + "SECRET}", "[${SECRET}]",
			"postgres://app:" + value + "%zz@db/app", "'postgres://app:1/" + value + "@db/app'", "'postgres://app:1#" + value + "@db'", "host=db password=" + value,
			"'https://me:" + value + "@api.example.com'", "127.0.0.1:" + value, "10.0.0.0/" + value,
		} {
			if freeKeys[place] && strings.HasPrefix(form, "{") {
				continue
			}
			text := nested(strings.Split(place, "."), form)
			checkSilent(t, text, value, visible[place], config.Options{Environ: []string{"SECRET=" + value}})
		}
		variable := "USERSYNC_" + strings.ToUpper(strings.ReplaceAll(place, ".", "__"))
		checkSilent(t, oneProvider, value, visible[place], config.Options{Environ: []string{variable + "=" + value}})
		checkSilent(t, oneProvider, value, visible[place], config.Options{Flags: map[string]string{place: value}})
	}
}

// nested writes a value at a place.
func nested(keys []string, value string) string {
	var text strings.Builder
	for depth, key := range keys {
		fmt.Fprintf(&text, "%s%s:", strings.Repeat("  ", depth), key)
		if depth < len(keys)-1 {
			text.WriteByte('\n')
		}
	}
	return text.String() + " " + value + "\n"
}

func checkSilent(t *testing.T, text, value string, visible bool, options config.Options) {
	t.Helper()
	c, err := load(t, text, options)
	if err != nil {
		if strings.Contains(err.Error(), value) {
			t.Errorf("%s\nis answered with\n%v", text, err)
		}
		return
	}
	if !visible && strings.Contains(c.String()+strings.Join(c.Warnings, "\n"), value) {
		t.Errorf("%s\nis printed as\n%s\n%s", text, c, c.Warnings)
	}
}
