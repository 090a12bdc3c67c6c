package providers

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// batchOf makes a CloudEvents batch of n events.
func batchOf(n int) Request {
	events := make([]string, n)
	for i := range events {
		events[i] = fmt.Sprintf(`{"specversion":"1.0","time":"2026-01-15T12:00:00Z","data":{"id":"e%d","type":"user.created","subject":{"user_id":"u%d"}}}`, i, i)
	}
	return Request{
		Header:     http.Header{"Content-Type": {"application/cloudevents-batch+json"}},
		Body:       []byte("[" + strings.Join(events, ",") + "]"),
		ReceivedAt: noon,
	}
}

// A request with more events than one transaction should hold is kept whole.
func TestEventsOfOneRequestAreBounded(t *testing.T) {
	t.Parallel()
	p := mustNew(t, "authpi", Settings{Type: "authpi", Auth: "none"})
	full := batchOf(maxEvents)
	if d := p.Decode(full, Proof{}); len(d.Commands) != maxEvents || len(d.Letters) != 0 {
		t.Errorf("%d commands, %d letters", len(d.Commands), len(d.Letters))
	}
	over := batchOf(maxEvents + 1)
	d := p.Decode(over, Proof{})
	if len(d.Commands) != 0 || len(d.Letters) != 1 || d.Letters[0].Reason != tooMany || len(d.Letters[0].Payload) != len(over.Body) {
		t.Errorf("%d commands, letters %.200v", len(d.Commands), d.Letters)
	}
}

// A sender that writes null where it has nothing must not hide the id or the
// name that stands elsewhere.
func TestNullNamesNeitherUserNorType(t *testing.T) {
	t.Parallel()
	for typ, body := range map[string]string{
		"node_auth": `{"event":"identity.user.created","timestamp":"2026-01-15T12:00:00Z","data":{"id":"u1"},"metadata":{"userId":null}}`,
		"authon":    `{"event":null,"type":"user.created","timestamp":"2026-01-15T12:00:00Z","data":{"user":{"id":"u1"}}}`,
	} {
		p := mustNew(t, typ, Settings{Type: typ, Auth: "none"})
		d := p.Decode(Request{Header: http.Header{}, Body: []byte(body), ReceivedAt: noon}, Proof{})
		if len(d.Commands) != 1 || d.Commands[0].UserID != "u1" {
			t.Errorf("%s: %+v", typ, d)
		}
	}
}
