package storetest

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	usersync "usersync/sync"
)

// hostileTexts are found nowhere, whatever they mean to a database.
var hostileTexts = []string{"\x00", "a\x00b", "\xff", "u\xc3", strings.Repeat("x", 10_000), "%", "u%", "_", "u_", `\`, `u\`, "'", `"`, "\U0010FFFF", "u\U0010FFFF", "\uD7FF", "🦄"}

// manyKinds makes events of two providers that differ in all that is asked for. Every
// third has no time of its own, and some share their time, also with those that came then.
func manyKinds(t *testing.T, s Inspector) []usersync.Claim {
	t.Helper()
	var commands []usersync.Command
	for i := range 60 {
		second := i * 7 % 40
		c := command1(fmt.Sprint("u", i%4), fmt.Sprint("e", i), usersync.KindCreated+usersync.Kind(i%5), second)
		c.Provider = []string{"p", "q", "p"}[i%3]
		c.Unstable = i%3 == 2 || i%10 == 9
		c.ReceivedAt = Base + usersync.Micros(i*11%40)*1_000_000
		if i%4 == 3 {
			c.Origin = usersync.OriginSpool
		}
		if i%12 == 4 {
			c.OccurredAt = -usersync.Micros(i) * 1_000_000 // before 1970
		}
		commands = append(commands, c)
	}
	apply(t, Engine(s), commands...)
	claims := s.Claims()
	slices.SortFunc(claims, byTime)
	if len(claims) != len(commands) {
		t.Fatalf("%d events, want %d", len(claims), len(commands))
	}
	return claims
}

var inURL = regexp.MustCompile(`^[A-Za-z0-9_.~-]*$`)

// allPages reads all events of a scope, so many at a time.
func allPages(t *testing.T, s Inspector, scope usersync.EventScope, limit int) (events []usersync.Claim) {
	t.Helper()
	seen := map[string]bool{}
	for from := ""; ; {
		page, err := s.EventPage(t.Context(), scope, from, limit)
		if err != nil || len(page.Events) > limit || !inURL.MatchString(page.Next) {
			t.Fatalf("%d events, then %q, %v", len(page.Events), page.Next, err)
		}
		events = append(events, page.Events...)
		if seen[page.Next] {
			t.Fatalf("%+v: comes to %q again", scope, page.Next)
		}
		if from = page.Next; from == "" {
			return events
		}
		seen[from] = true
	}
}

// The newest event comes first, with a time of its own or without, and each once,
// whatever the pages' size.
func eventPages(t *testing.T, s Inspector) {
	if got := allPages(t, s, usersync.EventScope{}, 10); len(got) != 0 {
		t.Errorf("of no events: %+v", got)
	}
	all := manyKinds(t, s)
	spool, live := usersync.OriginSpool, usersync.OriginLive
	for _, scope := range []usersync.EventScope{
		{}, {Provider: "q"}, {Kind: usersync.KindBanned}, {Outcome: usersync.OutcomeStale}, {Outcome: usersync.OutcomeApplied, Provider: "p"},
		{Origin: &spool}, {Origin: &live, UserID: "u3"}, {UserID: "u1"}, {EventID: "e17"}, {EventID: "e17", Provider: "q"}, {Provider: "r"},
	} {
		var want []usersync.Claim
		for _, c := range all {
			if scope.Covers(&c) {
				want = append(want, c)
			}
		}
		for _, limit := range []int{1, 7, 100} {
			if got := allPages(t, s, scope, limit); !slices.Equal(got, want) {
				t.Errorf("%+v, %d at a time:\n got %+v\nwant %+v", scope, limit, got, want)
			}
		}
	}
}

// What comes while somebody reads on neither hides nor repeats what was there.
func eventsMeanwhile(t *testing.T, s Inspector) {
	all := manyKinds(t, s)
	first, err := s.EventPage(t.Context(), usersync.EventScope{}, "", 20)
	if err != nil || first.Next == "" {
		t.Fatalf("%+v, %v", first, err)
	}
	for i, second := range []int{100, 3} { // one in front, one behind
		c := command1("u9", fmt.Sprint("new", i), usersync.KindUpdated, second)
		c.Provider = "q"
		apply(t, Engine(s), c)
	}
	events := first.Events
	for from := first.Next; from != ""; {
		page, err := s.EventPage(t.Context(), usersync.EventScope{}, from, 20)
		if err != nil {
			t.Fatal(err)
		}
		events, from = append(events, page.Events...), page.Next
	}
	events = slices.DeleteFunc(events, func(c usersync.Claim) bool { return c.EventID == "new1" })
	if !slices.Equal(events, all) {
		t.Errorf("got  %+v\nwant %+v", events, all)
	}
}

// One event is read by its key. Nothing that is asked for is an error.
func oneEvent(t *testing.T, s Inspector) {
	all := manyKinds(t, s)
	for _, want := range all {
		if got, err := s.Event(t.Context(), want.ClaimKey); err != nil || got == nil || *got != want {
			t.Errorf("%+v, %v, want %+v", got, err, want)
		}
		other := want.ClaimKey
		other.OccurredAt++
		if got, err := s.Event(t.Context(), other); err != nil || got != nil {
			t.Errorf("of another time: %+v, %v", got, err)
		}
	}
	for _, text := range hostileTexts {
		for _, scope := range []usersync.EventScope{{Provider: text}, {UserID: text}, {EventID: text}} {
			if got := allPages(t, s, scope, 50); len(got) != 0 {
				t.Errorf("%+v: %+v", scope, got)
			}
		}
		for _, key := range []usersync.ClaimKey{
			{EventID: text, UserKey: all[0].UserKey}, {EventID: "e1", UserKey: usersync.UserKey{Provider: text, UserID: "u1"}},
			{EventID: "e1", UserKey: usersync.UserKey{Provider: "p", UserID: text}}, {OccurredAt: 1 << 62, EventID: "e1", UserKey: all[0].UserKey},
		} {
			if got, err := s.Event(t.Context(), key); err != nil || got != nil {
				t.Errorf("%+v: %+v, %v", key, got, err)
			}
		}
		if page, err := s.EventPage(t.Context(), usersync.EventScope{}, text, 50); !errors.Is(err, usersync.ErrNoPlace) {
			t.Errorf("behind %q: %+v, %v", text, page, err)
		}
	}
}
