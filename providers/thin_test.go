package providers

import (
	"testing"

	usersync "usersync/sync"
)

// Beside what the recorded requests show: an event is thin if nothing in it
// describes the user.
func TestThinEvents(t *testing.T) {
	t.Parallel()
	authpi := func(typ, data string) string {
		return `{"id":"d","specversion":"1.0","source":"s","type":"event","time":"2026-01-15T12:00:00Z","data":{"id":"e","type":"` + typ + `","subject":{"user_id":"u"},"data":` + data + `}}`
	}
	node := func(event, data string) string {
		return `{"event":"` + event + `","timestamp":"2026-01-15T12:00:00Z","data":` + data + `,"metadata":{"userId":"u","tenantId":"t"}}`
	}
	for _, c := range []struct {
		typ, body string
		thin      bool
	}{
		{"authpi", authpi("user.created", `{}`), true},
		{"authpi", authpi("user.updated", `{"user":{"id":"u","updated_at":"2026-01-15T11:59:00Z"}}`), true},
		{"authpi", authpi("user.updated", `{"user":{"id":"u","status":"active"}}`), false},
		{"authpi", authpi("user.updated", `{"user":{"id":"u","status":"deleted"}}`), false},
		{"authpi", authpi("user.updated", `{"user":{"id":"u","email":null}}`), false},
		{"authpi", authpi("user.deleted", `{}`), false},
		{"node_auth", node("identity.role.revoked", `null`), true},
		{"node_auth", node("identity.user.email.verified", `{}`), true},
		{"node_auth", node("identity.user.email.verified", `{"isEmailVerified":true}`), false},
		{"node_auth", node("identity.user.banned", `{}`), false},
		{"node_auth", node("identity.user.unbanned", `{}`), false},
	} {
		if got := one(t, decode(open(t, c.typ, nil), c.body)); got.Thin != c.thin {
			t.Errorf("%s: thin is %v: %s", c.typ, got.Thin, c.body)
		}
	}
}

func TestWhoseEventsAreAlwaysThin(t *testing.T) {
	t.Parallel()
	for _, typ := range Types() {
		p := open(t, typ, nil)
		if got := p.AlwaysThin(); got != (typ == "authara") {
			t.Errorf("%s: always thin: %v", typ, got)
		}
		if got := p.Fetches(APISettings{}); got != (typ != "authon_pro") {
			t.Errorf("%s: fetches: %v", typ, got)
		}
	}
	// An operator who knows better names a path.
	taught := open(t, "authara", func(s *Settings) { s.Paths = map[string][]string{usersync.FieldEmail.String(): {"data.email"}} })
	if taught.AlwaysThin() {
		t.Error("a path of the operator's does not count")
	}
}
