package providers

import (
	"encoding/json"
	"os"
	"path/filepath"
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

// Whose events can tell nothing of a user, and who can be asked, is what the
// samples and the golden lists show.
func TestWhoseEventsAreAlwaysThin(t *testing.T) {
	t.Parallel()
	if *update {
		t.Skip("the golden files are being written")
	}
	for _, typ := range Types() {
		p := open(t, typ, nil)
		if got, shown := p.AlwaysThin(), samplesAreThin(t, typ); got != shown {
			t.Errorf("%s: always thin: %v, and its samples: %v", typ, got, shown)
		}
		if got, shown := p.Fetches(APISettings{}), isFetched(t, typ); got != shown {
			t.Errorf("%s: fetches: %v, and its golden lists: %v", typ, got, shown)
		}
	}
	// An operator who knows better names a path.
	taught := open(t, "authara", func(s *Settings) { s.Paths = map[string][]string{usersync.FieldEmail.String(): {"data.email"}} })
	if taught.AlwaysThin() {
		t.Error("a path of the operator's does not count")
	}
}

// describes reports whether something of the user is known by these fields, as it may
// be of one who is fetched all the same.
func describes(fields map[string]json.RawMessage) bool {
	for name := range fields {
		if f, _ := usersync.ParseField(name); !circumstance(f) {
			return true
		}
	}
	return false
}

// samplesAreThin reports whether no sample of a living user describes them.
func samplesAreThin(t *testing.T, typ string) bool {
	t.Helper()
	var g sampleGolden
	readGolden(t, filepath.Join("testdata", typ, "samples.json"), &g)
	for _, d := range g.Samples {
		for _, c := range d.Commands {
			if (c.Kind == "user.created" || c.Kind == "user.updated") && (!c.Thin || describes(c.Fields)) {
				return false
			}
		}
	}
	return true
}

// isFetched reports whether a golden list fetches users, with what an operator
// need not choose.
func isFetched(t *testing.T, typ string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", typ, "list*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		var g listGolden
		readGolden(t, file, &g)
		if g.API.Variant == "" && len(g.Fetched) > 0 {
			return true
		}
	}
	return false
}

func readGolden(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}
