package providers

import (
	"net/http"
	"testing"
	"time"

	usersync "usersync/sync"
)

// An event without a time happened when it came: no header of the sender changes
// that, and neither does a second look a day later.
func TestAnEventOfTheTimeItCame(t *testing.T) {
	t.Parallel()
	p := parts(t, "json", `{id: {hash: body}, type: type, time: [at, {received: time}], user: id, types: {gone: user.deleted}}`, "{}")
	gone := `{"type":"gone","id":"u"}`
	first := decode(p, gone, receivedHeader, "2030-01-01T00:00:00Z")
	c := one(t, first)
	if c.OccurredAt != usersync.MicrosOf(noon) {
		t.Errorf("it happened at %v", c.OccurredAt.Time())
	}
	later := usersync.MicrosOf(noon.Add(24 * time.Hour))
	for _, origin := range []usersync.Origin{usersync.OriginReplay, usersync.OriginHydrate} {
		again := one(t, p.Reread(&usersync.Verified{ReceivedAt: later, Headers: c.Headers, Body: c.Payload}, origin))
		if again.OccurredAt != c.OccurredAt || again.EventID != c.EventID {
			t.Errorf("%v: read again it happened at %v", origin, again.OccurredAt.Time())
		}
	}
	if c := one(t, decode(p, `{"type":"gone","id":"u","at":"2026-01-15T11:00:00Z"}`)); c.OccurredAt != usersync.MicrosOf(noon.Add(-time.Hour)) {
		t.Errorf("its own time is not looked at: %v", c.OccurredAt.Time())
	}
	if kept := p.keptHeaders(Request{Header: http.Header{}, ReceivedAt: noon}, Proof{}, asSent); kept[receivedHeader] != "2026-01-15T12:00:00Z" {
		t.Errorf("kept %v", kept)
	}
}
