package storetest

import (
	"slices"
	"testing"

	usersync "usersync/sync"
)

// erase erases a user of the suite.
func erase(t *testing.T, s Inspector, user string) usersync.Erased {
	t.Helper()
	done, err := s.Erase(t.Context(), usersync.UserKey{Provider: "p", UserID: user}, Base+7)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// nothingOf checks that nothing of a user is kept.
func nothingOf(t *testing.T, s Inspector, user string) {
	t.Helper()
	for key := range s.Rows() {
		if key.UserID == user {
			t.Errorf("%s has a row", user)
		}
	}
	for _, c := range s.Claims() {
		if c.UserID == user {
			t.Errorf("%s has the claim %+v", user, c)
		}
	}
	for _, l := range s.Letters() {
		if l.UserID == user {
			t.Errorf("%s has the dead letter %+v", user, l)
		}
	}
	waiting, err := s.Claim(t.Context(), "p", Base+1e15, Base+1e15, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range waiting {
		if h.UserID == user {
			t.Errorf("%s waits to be fetched", user)
		}
	}
}

// everyWay is what may be said about a user, in every way.
func everyWay(user string) (commands []usersync.Command) {
	created := withEmail(command1(user, "c", usersync.KindCreated, 1), user+"@x")
	banned, deleted := command1(user, "b", usersync.KindBanned, 2), command1(user, "d", usersync.KindDeleted, 3)
	thin := command1(user, "t", usersync.KindUpdated, 4)
	thin.Thin = true
	restamped := command1(user, "r", usersync.KindUpdated, 5)
	restamped.Unstable = true
	replayed := created
	replayed.Origin = usersync.OriginReplay
	spooled := withEmail(command1(user, "s", usersync.KindUpdated, 6), user+"@y")
	spooled.Origin = usersync.OriginSpool
	commands = []usersync.Command{created, banned, thin, restamped, replayed, spooled}
	for _, origin := range []usersync.Origin{usersync.OriginBackfill, usersync.OriginReconcile, usersync.OriginHydrate} {
		c := listed(user, 7)
		c.Origin = origin
		commands = append(commands, c)
	}
	return append(commands, deleted)
}

// asking is an engine that asks about users of whom an event tells nothing.
func asking(s Inspector) *usersync.Engine {
	e := Engine(s)
	e.Hydrates = func(string) bool { return true }
	return e
}

// Whatever is said about somebody who was erased is ignored, in any order, also
// beside others in one request, and also if the store was opened before.
func erasedForGood(t *testing.T, s Inspector) {
	e := asking(s)
	apply(t, e, everyWay("u1")[:5]...)
	apply(t, e, everyWay("u2")...)
	letter := usersync.DeadLetter{Provider: "p", UserID: "u1", Reason: "bad_field", Payload: []byte(`{"id":"u1"}`), ReceivedAt: Base}
	if r := e.Apply(t.Context(), []*usersync.Delivery{{Letters: []usersync.DeadLetter{letter}}})[0]; r.Err != nil {
		t.Fatal(r.Err)
	}
	others := s.Rows()
	done := erase(t, s, "u1")
	if done.Before != 0 || done.Row != usersync.RowDeleted || done.Events != 4 || done.Letters != 1 || done.Hydrations != 1 || done.Mentions != 0 {
		t.Errorf("%+v", done)
	}
	nothingOf(t, s, "u1")

	said := everyWay("u1")
	for range 2 { // forwards and backwards
		for _, outcome := range apply(t, e, said...) {
			if outcome != usersync.OutcomeIgnored {
				t.Errorf("%v", outcome)
			}
		}
		slices.Reverse(said)
		apply(t, e, said[:1]...) // and each time by itself
		nothingOf(t, s, "u1")
	}
	found := 0
	looking := asking(s)
	looking.DryRun, looking.Found = true, func(usersync.Drift) { found++ }
	apply(t, looking, listed("u1", 9))
	if found != 0 {
		t.Error("somebody who was erased counts as drift")
	}

	beside := withEmail(command1("u3", "c", usersync.KindCreated, 1), "u3@x")
	mixed := usersync.Delivery{Commands: append(everyWay("u1"), beside), Letters: []usersync.DeadLetter{letter}}
	if r := e.Apply(t.Context(), []*usersync.Delivery{&mixed})[0]; r.Err != nil || r.Busy || r.Outcome != usersync.OutcomeApplied {
		t.Errorf("%+v", r)
	}
	nothingOf(t, s, "u1")
	rows := s.Rows()
	if u2 := (usersync.UserKey{Provider: "p", UserID: "u2"}); rows[u2] != others[u2] {
		t.Errorf("somebody else was touched: %+v", rows[u2])
	}
	if _, there := rows[beside.UserKey]; !there || len(rows) != 2 {
		t.Errorf("%d rows, of the one beside: %v", len(rows), there)
	}
	if again := erase(t, s, "u1"); again.Before != Base+7 || !again.Nothing() {
		t.Errorf("again: %+v", again)
	}
}

func erasedUnknown(t *testing.T, s Inspector) {
	if done := erase(t, s, "u1"); !done.Nothing() || done.Before != 0 {
		t.Errorf("%+v", done)
	}
	e := asking(s)
	apply(t, e, everyWay("u1")...)
	nothingOf(t, s, "u1")
	// The same id at another provider is somebody else.
	other := command1("u1", "c", usersync.KindCreated, 1)
	other.Provider = "q"
	if got := apply(t, e, other); got[0] != usersync.OutcomeApplied || len(s.Rows()) != 1 {
		t.Errorf("%v, %d rows", got, len(s.Rows()))
	}
}

// A dead letter that names nobody goes if the user's id stands in it, and stays
// otherwise.
func erasedLetters(t *testing.T, s Inspector) {
	e := Engine(s)
	letter := func(provider, user, payload string) usersync.DeadLetter {
		return usersync.DeadLetter{Provider: provider, UserID: user, Reason: "bad_json", Payload: []byte(payload), ReceivedAt: Base}
	}
	var letters []usersync.DeadLetter
	for n := range 120 {
		letters = append(letters, letter("p", "", `{"id":"u1`+string(rune('a'+n%26))+`","n":`+string(rune('0'+n/26))+`}`))
	}
	letters = append(letters, letter("p", "", `{"user":{"id":"u1"}}`), letter("p", "", `{"user":"\u00751"} and more`), letter("p", "u1", "1"),
		letter("p", "u2", `{"id":"u1"}`), letter("q", "", `{"id":"u1"}`))
	binary, encoded := letter("p", "", "not JSON"), letter("p", "", "{}")
	binary.Headers, encoded.Headers = map[string]string{"Ce-Subject": "u1"}, map[string]string{"Ce-Subject": "%75%31"}
	if r := e.Apply(t.Context(), []*usersync.Delivery{{Letters: append(letters, binary, encoded)}})[0]; r.Err != nil {
		t.Fatal(r.Err)
	}
	if done := erase(t, s, "u1"); done.Letters != 1 || done.Mentions != 4 || done.Row != usersync.RowAbsent {
		t.Errorf("%+v", done)
	}
	if left := len(s.Letters()); left != 122 {
		t.Errorf("%d dead letters are left", left)
	}
	if r := e.Apply(t.Context(), []*usersync.Delivery{{Letters: letters[122:124]}})[0]; r.Err != nil || r.Outcome != usersync.OutcomeDeadLetter {
		t.Errorf("%+v", r)
	}
	if left := len(s.Letters()); left != 122 {
		t.Errorf("%d dead letters are left, one of them about somebody who was erased", left)
	}
}
