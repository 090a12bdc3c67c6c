package providers

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	usersync "usersync/sync"
)

// letterOf is what a fetch keeps of a user who is not understood.
func letterOf(t *testing.T, p *Provider, s APISettings) usersync.DeadLetter {
	t.Helper()
	_, _, err := fetcherOf(t, p, s).Fetch(t.Context(), "a")
	var kept *LetterError
	if !errors.As(err, &kept) {
		t.Fatalf("no dead letter: %v", err)
	}
	return kept.Letter
}

func keptOf(l usersync.DeadLetter, received usersync.Micros) *usersync.Verified {
	return &usersync.Verified{Provider: l.Provider, ReceivedAt: received, Headers: l.Headers, Body: l.Payload}
}

// A user whose own time lies ahead is understood once it is due, as of the
// instant of the first look.
func TestAFetchedUserIsReadAgain(t *testing.T) {
	t.Parallel()
	ahead := time.Now().Add(5 * time.Minute).Truncate(time.Microsecond).UTC()
	url, _ := serving(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"id":"a","email":"a@example.com","updated":"%s"}`, ahead.Format(time.RFC3339Nano))
	})
	s := fastAPI(url)
	s.MaxFuture = time.Minute
	for _, p := range []*Provider{listed(t, pagePaging), described(t, detailParts)} {
		l := letterOf(t, p, s)
		if l.Reason != futureTime || l.DueAt != usersync.MicrosOf(ahead.Add(-time.Minute)) {
			t.Fatalf("%+v", l)
		}
		for _, origin := range []usersync.Origin{usersync.OriginHydrate, usersync.OriginBackfill, usersync.OriginReconcile} {
			early, err := p.RereadUser(keptOf(l, l.DueAt-1), origin, s)
			if err != nil || reason(t, early) != futureTime || early.Letters[0].DueAt != l.DueAt || early.Letters[0].Origin != origin {
				t.Errorf("%v, before it is due: %+v, %v", origin, early, err)
			}
			d, err := p.RereadUser(keptOf(l, l.DueAt), origin, s)
			if err != nil {
				t.Fatal(err)
			}
			c := one(t, d)
			if c.UserID != "a" || c.OccurredAt != usersync.MicrosOf(ahead) || c.Origin != origin || c.Fields[usersync.FieldEmail] != usersync.TextValue("a@example.com") || c.Headers[dateHeader] != l.Headers[dateHeader] {
				t.Errorf("%v: %+v", origin, c)
			}
		}
	}
}

// A user without a time of its own is stamped with the instant at which it
// looked like this, not with that of the retry.
func TestAUserIsReadAgainAsOfThen(t *testing.T) {
	t.Parallel()
	l := usersync.DeadLetter{Payload: []byte(`{"id":"a","email":"a@example.com"}`), Headers: map[string]string{dateHeader: "Thu, 15 Jan 2026 11:59:00 GMT"}}
	d, err := listed(t, pagePaging).RereadUser(keptOf(l, usersync.MicrosOf(noon)), usersync.OriginBackfill, APISettings{})
	if err != nil {
		t.Fatal(err)
	}
	if c := one(t, d); c.OccurredAt != usersync.MicrosOf(noon.Add(-time.Minute)) || c.ReceivedAt != usersync.MicrosOf(noon) {
		t.Errorf("%+v", c)
	}
}

func TestAUserThatCannotBeReadAgain(t *testing.T) {
	t.Parallel()
	good := usersync.DeadLetter{Payload: []byte(`{"id":"a"}`), Headers: map[string]string{dateHeader: "Thu, 15 Jan 2026 11:59:00 GMT"}}
	dateless, broken := good, good
	dateless.Headers = nil
	broken.Payload = []byte(`{"id":"a"`)
	for want, c := range map[string]struct {
		p       *Provider
		letter  usersync.DeadLetter
		origin  usersync.Origin
		variant string
	}{
		"header Date does not say when":         {listed(t, pagePaging), dateless, usersync.OriginBackfill, ""},
		"it is no user":                         {listed(t, pagePaging), broken, usersync.OriginBackfill, ""},
		"has no such list of users any more":    {described(t, ""), good, usersync.OriginBackfill, ""},
		"api.variant: there are none here":      {listed(t, pagePaging), good, usersync.OriginBackfill, "other"},
		"authon_pro has no such list of users ": {open(t, "authon_pro", nil), good, usersync.OriginHydrate, ""},
	} {
		if d, err := c.p.RereadUser(keptOf(c.letter, usersync.MicrosOf(noon)), c.origin, APISettings{Variant: c.variant}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %+v, %v", want, d, err)
		}
	}
}
