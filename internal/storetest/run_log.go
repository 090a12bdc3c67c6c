package storetest

import (
	"fmt"
	"slices"
	"testing"

	usersync "usersync/sync"
)

// Runs over users are read, the newest first, as they are by now.
func runPages(t *testing.T, s Inspector) {
	var ids []int64
	begin := func(kind usersync.RunKind, provider string, at usersync.Micros) usersync.Run {
		run, _, err := s.Begin(t.Context(), usersync.RunKey{Kind: kind, Provider: provider}, true, Base+at)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, run.ID)
		return run
	}
	begin(usersync.RunPrune, "", 1)
	first := begin(usersync.RunBackfill, "p", 2)
	first.Instant, first.Counts = Base+1, usersync.Counts{Pages: 3, Users: 200}
	first, err := savePage(t, s, first, "u1")
	if err != nil {
		t.Fatal(err)
	}
	second := begin(usersync.RunReconcile, "q", 3)
	second.Counts = usersync.Counts{Users: 7, Drift: usersync.DriftCounts{Missing: 1, Changed: 2, Suspension: 3, Gone: 4}, Held: "too many"}
	if err := s.End(t.Context(), second, usersync.RunHeld, Base+9); err != nil {
		t.Fatal(err)
	}
	begin(usersync.RunBackfill, "p", 10) // which ends the first
	begin("push", "p", 11)

	page := func(provider string, below int64, limit int) (got []int64) {
		records, err := s.RunPage(t.Context(), provider, below, limit)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			got = append(got, r.ID)
			if one, err := s.RunByID(t.Context(), r.ID); err != nil || one == nil || *one != r {
				t.Errorf("by its id %+v, %v, want %+v", one, err, r)
			}
		}
		return got
	}
	for _, c := range []struct {
		got, want []int64
	}{
		{page("", 0, 10), []int64{ids[4], ids[3], ids[2], ids[1]}},
		{page("", 0, 2), []int64{ids[4], ids[3]}},
		{page("", ids[3], 10), []int64{ids[2], ids[1]}},
		{page("p", 0, 10), []int64{ids[4], ids[3], ids[1]}},
		{page("p", ids[4], 1), []int64{ids[3]}},
		{page("none", 0, 10), nil},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("got %v, want %v", c.got, c.want)
		}
	}
	for id, want := range map[int64]usersync.RunRecord{
		ids[1]: {Provider: "p", Kind: usersync.RunBackfill, Outcome: usersync.RunFailed, Counts: first.Counts, Instant: Base + 1, Started: Base + 2, Finished: Base + 10},
		ids[2]: {Provider: "q", Kind: usersync.RunReconcile, Outcome: usersync.RunHeld, Counts: second.Counts, Started: Base + 3, Seen: Base + 9, Finished: Base + 9},
		ids[3]: {Provider: "p", Kind: usersync.RunBackfill, Started: Base + 10, Seen: Base + 10},
		ids[4]: {Provider: "p", Kind: "push", Started: Base + 11, Seen: Base + 11},
	} {
		got, err := s.RunByID(t.Context(), id)
		if err != nil || got == nil {
			t.Errorf("%d: %v", id, err)
			continue
		}
		if want.ID = id; want.Seen == 0 {
			want.Seen = got.Seen // by the clock that saved the page
		}
		if *got != want {
			t.Errorf("got  %+v\nwant %+v", *got, want)
		}
	}
	for _, id := range []int64{-1, 0, 1 << 40} {
		if got, err := s.RunByID(t.Context(), id); err != nil || got != nil {
			t.Errorf("%d: %+v, %v", id, got, err)
		}
	}
	for _, text := range hostileTexts {
		if got := page(text, 0, 10); len(got) != 0 {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// The census counts what waits, of whomever, and names the last run of each kind.
func census(t *testing.T, s Inspector) {
	const day = 24 * 3600_000_000
	at := Base + 10*day
	if got, err := s.Census(t.Context(), at); err != nil || len(got.Letters)+len(got.Hydrations)+len(got.Messages)+len(got.Runs) != 0 {
		t.Errorf("of nothing: %+v, %v", got, err)
	}
	e := Engine(s)
	e.Hydrates = func(string) bool { return true }
	delivery := &usersync.Delivery{}
	for i, l := range []struct {
		provider string
		age, due usersync.Micros
	}{{"p", 5 * day, 0}, {"p", day + 1, 0}, {"p", day, 0}, {"p", 7, at + 1}, {"gone", 3 * day, 0}} {
		delivery.Letters = append(delivery.Letters, usersync.DeadLetter{Provider: l.provider, Reason: "bad_json", Payload: fmt.Append(nil, i), ReceivedAt: at - l.age, DueAt: l.due})
	}
	for i, action := range []string{"mail", "mail", "audit"} {
		delivery.Messages = append(delivery.Messages, usersync.Message{ID: fmt.Sprint("m", i), Provider: "p", Action: action, Body: []byte("{}"), ReceivedAt: at - usersync.Micros(i)})
	}
	if r := e.Apply(t.Context(), []*usersync.Delivery{delivery})[0]; r.Err != nil {
		t.Fatal(r.Err)
	}
	for i, provider := range []string{"p", "p", "q"} {
		e.Clock = func() usersync.Micros { return Base + 50 - usersync.Micros(i) }
		c := thinOne(fmt.Sprint("thin", i), "e", usersync.KindUpdated, i)
		c.Provider = provider
		apply(t, e, c)
	}
	lent, _, err := s.BorrowMessages(t.Context(), "audit", at, at+1, 1)
	if err != nil || len(lent) != 1 {
		t.Fatalf("%+v, %v", lent, err)
	}
	var reconcile usersync.Run
	for i, kind := range []usersync.RunKind{usersync.RunBackfill, usersync.RunBackfill, usersync.RunReconcile, usersync.RunPrune, "push"} {
		key := usersync.RunKey{Kind: kind, Provider: "p"}
		if kind == usersync.RunPrune {
			key.Provider = ""
		}
		run, _, err := s.Begin(t.Context(), key, true, Base+usersync.Micros(i))
		if err != nil {
			t.Fatal(err)
		}
		if kind == usersync.RunReconcile {
			reconcile = run
			run.Counts = usersync.Counts{Users: 3, Drift: usersync.DriftCounts{Changed: 1}}
			if err := s.End(t.Context(), run, usersync.RunComplete, Base+7); err != nil {
				t.Fatal(err)
			}
		}
	}
	got, err := s.Census(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	if want := []usersync.LettersWaiting{{Provider: "gone", Count: 1, Latest: at - 3*day}, {Provider: "p", Count: 4, Due: 1, Recent: 1, Latest: at - 7}}; !slices.Equal(got.Letters, want) {
		t.Errorf("letters %+v, want %+v", got.Letters, want)
	}
	if want := []usersync.HydrationsWaiting{{Provider: "p", Count: 2, Oldest: Base + 49}, {Provider: "q", Count: 1, Oldest: Base + 48}}; !slices.Equal(got.Hydrations, want) {
		t.Errorf("hydrations %+v, want %+v", got.Hydrations, want)
	}
	if want := []usersync.MessagesWaiting{{Action: "audit", Count: 1, Oldest: at - 2}, {Action: "mail", Count: 2, Oldest: at - 1}}; !slices.Equal(got.Messages, want) {
		t.Errorf("messages %+v, want %+v", got.Messages, want)
	}
	if len(got.Runs) != 2 || got.Runs[0].Kind != usersync.RunBackfill || got.Runs[0].Started != Base+1 || got.Runs[0].Finished != 0 ||
		got.Runs[1].Kind != usersync.RunReconcile || got.Runs[1].Outcome != usersync.RunComplete || got.Runs[1].Counts.Drift.Changed != 1 || got.Runs[1].ID != reconcile.ID {
		t.Errorf("runs %+v", got.Runs)
	}

	// One that goes on, or has failed, does not hide how the last one ended.
	key := usersync.RunKey{Kind: usersync.RunReconcile, Provider: "p"}
	var going usersync.Run
	for at := range usersync.Micros(2) { // the second ends the first
		if going, _, err = s.Begin(t.Context(), key, true, Base+20+at); err != nil {
			t.Fatal(err)
		}
	}
	if got, err = s.Census(t.Context(), at); err != nil || len(got.Runs) != 3 || got.Runs[1].ID != reconcile.ID || got.Runs[2].ID != going.ID || got.Runs[2].Outcome != "" {
		t.Errorf("%v, runs %+v", err, got.Runs)
	}
}
