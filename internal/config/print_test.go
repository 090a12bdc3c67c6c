package config_test

import (
	"fmt"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"usersync/internal/config"
)

func TestPrint(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, `
listen: :8080
max_body: 1500B
admin: {listen: "[::1]:8081", token: sentinel}
database:
  url: "postgres://app:sentinel@db:5432/app?sslmode=require&sslpassword=sentinel"
  max_connections: 7
retention: {dead_letters: 30d}
providers:
  authpi:
    type: authpi
    secrets: [sentinel_1, sentinel_2]
    bearer: [sentinel_3]
    signature: {header: X-Signature}
    aliases: {user.gone: user.deleted, ping: ignore}
    paths: {email: [data.mail, data.email]}
    allow_ips: [192.0.2.1]
    api: {url: "https://api.example.com", key: sentinel}
  authon: {type: authon, secrets: [sentinel_4], tolerance: 90s}
`, config.Options{})
	const want = `listen: :8080
max_body: 1500B
log:
    level: info
admin:
    listen: '[::1]:8081'
    token: <secret>
database:
    url: postgres://app:<secret>@db:5432/app?sslmode=require&sslpassword=<secret>
    users_table: users
    migrate: false
    ack_deadline: 1.5s
    max_connections: 7
spool:
    enabled: true
    dir: usersync-spool
    max_bytes: 1GiB
retention:
    processed_events: 720h0m0s
    dead_letters: 720h0m0s
reconcile:
    max_deletes: 10 or 1%
scripts:
    time_limit: 5s
alarms:
    signature_failures: 10
    dead_letters: 1
    spool_after: 1m0s
    repeat: 24h0m0s
providers:
    authon:
        type: authon
        secrets: [<secret>]
        tolerance: 1m30s
        legacy_signature: false
    authpi:
        type: authpi
        secrets: [<secret>, <secret>]
        bearer: [<secret>]
        legacy_signature: false
        signature:
            header: X-Signature
        aliases:
            ping: ignore
            user.gone: user.deleted
        paths:
            email: [data.mail, data.email]
        allow_ips: [192.0.2.1/32]
        api:
            url: https://api.example.com
            key: <secret>
`
	if got := c.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	var parsed map[string]any
	if err := yaml.Unmarshal([]byte(c.String()), &parsed); err != nil {
		t.Error(err)
	}
	for _, verb := range []string{"%v", "%+v", "%s"} {
		if strings.Contains(fmt.Sprintf(verb, c)+fmt.Sprintf(verb, *c), "sentinel") {
			t.Errorf("%s shows a secret", verb)
		}
	}
}

func TestPrintHidesTheDatabasePasswordOnly(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"sqlite:/var/lib/usersync.db":                              "sqlite:/var/lib/usersync.db",
		"postgres://db/app":                                        "postgres://db/app",
		"postgres://app@db/app":                                    "postgres://app@db/app",
		"postgresql://app:p%40@db/a":                               "postgresql://app:<secret>@db/a",
		"postgres://a:p@x:1,y:2/a?target_session_attrs=read-write": "postgres://a:<secret>@x:1,y:2/a?target_session_attrs=read-write",
	} {
		c := mustLoad(t, "database: {url: '"+url+"'}\n"+oneProvider, config.Options{})
		if !strings.Contains(c.String(), "url: "+want+"\n") {
			t.Errorf("%s:\n%s", url, c)
		}
	}
}
