package main

import (
	"bytes"
	"net/http"
	"reflect"
	"regexp"
	"testing"
	"time"

	"usersync/providers"
)

// outerTime is the time of AuthPI's envelope, which stands before the event.
var outerTime = regexp.MustCompile(`^(\{"id":"[^"]*","time":")[^"]*"`)

// restamped are the redeliveries of those requests of AuthPI that say when the
// user changed: the envelope has a new time and so another signature, and what
// is said is the same.
func restamped(t *testing.T, p *providers.Provider, hooks []webhook) []webhook {
	t.Helper()
	var again []webhook
	now := time.Now()
	for i, h := range hooks {
		if h.provider != p.Name() || !bytes.Contains(h.body, []byte(`"updated_at"`)) {
			continue
		}
		stamp := now.Add(time.Duration(i) * time.Millisecond).UTC().Format("2006-01-02T15:04:05.000Z")
		body := outerTime.ReplaceAll(h.body, []byte(`${1}`+stamp+`"`))
		if bytes.Equal(body, h.body) {
			t.Fatalf("no outer time in %s", h.body)
		}
		header := http.Header{"Content-Type": h.header["Content-Type"]}
		if err := p.Sign(header, body, now); err != nil {
			t.Fatal(err)
		}
		r := providers.Request{Header: header, Body: body, ReceivedAt: now}
		proof, err := p.Verify(r)
		if err != nil {
			t.Fatal(err)
		}
		d := p.Decode(r, proof)
		if len(d.Commands) != 1 || len(h.delivery.Commands) != 1 {
			t.Fatalf("%d commands, and %d of the first delivery", len(d.Commands), len(h.delivery.Commands))
		}
		if got, want := d.Commands[0], h.delivery.Commands[0]; got.OccurredAt != want.OccurredAt || got.EventID != want.EventID || !reflect.DeepEqual(got.Fields, want.Fields) {
			t.Fatalf("the redelivery says something else:\n got %+v\nwant %+v", got, want)
		}
		again = append(again, webhook{h.provider, header, body, d})
	}
	return again
}
