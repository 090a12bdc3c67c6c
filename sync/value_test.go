package usersync_test

import (
	"strings"
	"testing"
	"time"

	usersync "usersync/sync"
)

// The row id is a public contract: any app can compute it.
func TestRowID(t *testing.T) {
	t.Parallel()
	for key, want := range map[usersync.UserKey]string{
		{Provider: "authon", UserID: "usr_1"}: "70c63a73-e48a-5f94-9503-f8f32174c3d2",
		// from another implementation of RFC 9562
		{Provider: "node_auth", UserID: "Ä"}: "715d2c22-4c08-5d37-8955-1f106a42a1ab",
	} {
		if got := key.ID().String(); got != want {
			t.Errorf("%v: got %s, want %s", key, got, want)
		}
	}
	if long := (usersync.UserKey{Provider: "p", UserID: strings.Repeat("x", 255)}).ID(); long == (usersync.UUID{}) {
		t.Error("a long id has no UUID")
	}
}

func TestMicrosCutTowardsThePast(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]usersync.Micros{
		"1970-01-01T00:00:00.000000999Z":      0,
		"1969-12-31T23:59:59.999999999Z":      -1,
		"2026-11-21T01:49:18.926030542Z":      1795225758_926030,
		"2026-11-21T02:49:18.926030542+01:00": 1795225758_926030,
	} {
		parsed, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		if got := usersync.MicrosOf(parsed); got != want || !got.Time().Equal(time.UnixMicro(int64(want))) {
			t.Errorf("%s: got %d, want %d", text, got, want)
		}
	}
	for year, want := range map[int]bool{0: false, 1: true, 9999: true, 10000: false} {
		if got := usersync.MicrosOf(time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC)).Storable(); got != want {
			t.Errorf("year %d storable: %v", year, got)
		}
	}
}

func TestDocumentsAreComparedByTheirHash(t *testing.T) {
	t.Parallel()
	whole := usersync.JSONValue(`{"a":1}`)
	known := usersync.JSONHash(whole.Hash())
	if !whole.Equal(known) || whole.Equal(usersync.JSONValue(`{"a":2}`)) {
		t.Error("hashes do not decide")
	}
	if text, ok := whole.Document(); !ok || text != `{"a":1}` {
		t.Errorf("document %q", text)
	}
	if _, ok := known.Document(); ok {
		t.Error("a hash has no document")
	}
	if _, ok := usersync.TextValue("x").Document(); ok || usersync.TextValue("x").Hash() != "" {
		t.Error("a text is no document")
	}
}

// An accessor of another kind of value gives the zero value.
func TestAccessorsOfOtherKinds(t *testing.T) {
	t.Parallel()
	if usersync.BoolValue(true).Str() != "" || usersync.TextValue("1").True() || usersync.TextValue("1").Micros() != 0 {
		t.Error("an accessor read another kind")
	}
	if (usersync.Value{}).Present() || !usersync.NullValue().Present() {
		t.Error("absent is not null")
	}
}

func TestNamesRoundTrip(t *testing.T) {
	t.Parallel()
	for k := usersync.KindCreated; k <= usersync.KindUnbanned; k++ {
		if got, ok := usersync.ParseKind(k.String()); !ok || got != k {
			t.Errorf("kind %v came back as %v", k, got)
		}
	}
	for f := range usersync.NumColumns {
		if got, ok := usersync.ParseField(f.String()); !ok || got != f {
			t.Errorf("field %v came back as %v", f, got)
		}
	}
	for _, name := range []string{"", "access", "life", "sync_state"} {
		if _, ok := usersync.ParseField(name); ok {
			t.Errorf("%q is a column", name)
		}
	}
	if _, ok := usersync.ParseKind(""); ok {
		t.Error("the empty text is a kind")
	}
	if usersync.OriginReplay.String() != "replay" || usersync.OutcomeDeadLetter.String() != "dead_letter" {
		t.Error("public names changed")
	}
	if usersync.Kind(99).String()+usersync.Origin(99).String()+usersync.Outcome(99).String()+usersync.Field(99).String() != "" {
		t.Error("numbers without a name have one")
	}
}

// The outcome of a request with several events (DESIGN "HTTP contract").
func TestOutcomePrecedence(t *testing.T) {
	t.Parallel()
	order := []usersync.Outcome{usersync.OutcomeDeadLetter, usersync.OutcomeApplied, usersync.OutcomeStale, usersync.OutcomeDuplicate, usersync.OutcomeIgnored}
	for i, first := range order {
		for _, second := range order[i:] {
			if first.Or(second) != first || second.Or(first) != first {
				t.Errorf("%v and %v", first, second)
			}
		}
		if first.Or(usersync.OutcomeNone) != first || usersync.OutcomeNone.Or(first) != first {
			t.Errorf("%v and nothing", first)
		}
	}
}
