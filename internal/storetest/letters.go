package storetest

import (
	"fmt"
	"testing"

	usersync "usersync/sync"
)

// bury stores letters as deliveries of their own.
func bury(t *testing.T, s usersync.Store, letters ...usersync.DeadLetter) {
	t.Helper()
	for _, l := range letters {
		if r := Engine(s).Apply(t.Context(), []*usersync.Delivery{{Letters: []usersync.DeadLetter{l}}})[0]; r.Err != nil || r.Outcome != usersync.OutcomeDeadLetter {
			t.Fatalf("%+v", r)
		}
	}
}

func numberedLetter(i int) usersync.DeadLetter {
	return usersync.DeadLetter{
		Provider: fmt.Sprint("p", i%2), UserID: fmt.Sprint("u", i%3), EventID: fmt.Sprint("e", i), Reason: fmt.Sprint("r", i%5), Detail: "a sentence",
		Payload: []byte(fmt.Sprintf(`{"n":%d}`, i)), Headers: map[string]string{"Content-Type": "application/json"}, ReceivedAt: Base + usersync.Micros(i)*second,
	}
}

// allLetters reads every letter, the oldest first.
func allLetters(t *testing.T, s Inspector) (all []usersync.StoredLetter) {
	t.Helper()
	page, err := s.LetterPage(t.Context(), usersync.LetterScope{}, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for i := range page {
		all = append(all, page[len(page)-1-i])
	}
	return all
}

// Only what is said about a letter changes when it is tried again; where it came
// from, when and how often stays.
func retryIsNoDelivery(t *testing.T, s Inspector) {
	for _, origin := range []usersync.Origin{usersync.OriginLive, usersync.OriginBackfill} {
		first := numberedLetter(int(origin))
		first.Origin, first.DueAt, first.Headers = origin, Base+1, map[string]string{"Date": "Mon, 02 Jan 2006 15:04:05 GMT"}
		bury(t, s, first, first)
		retried := first
		retried.Retried, retried.Reason, retried.Detail, retried.DueAt, retried.ReceivedAt = true, "refused", "another sentence", 0, Base+99*second
		if !origin.Listed() {
			retried.Origin = usersync.OriginReplay
		} else {
			retried.Headers = map[string]string{"Date": "Mon, 01 Jan 2001 15:04:05 GMT"}
		}
		bury(t, s, retried)
		all := allLetters(t, s)
		if l := all[len(all)-1]; l.Origin != origin || l.Seen != 2 || l.FirstSeen != first.ReceivedAt || l.ReceivedAt != first.ReceivedAt || l.Headers["Date"] != first.Headers["Date"] ||
			l.Reason != "refused" || l.Detail != "another sentence" || l.DueAt != 0 || string(l.Payload) != string(first.Payload) {
			t.Errorf("%+v", l)
		}
		again := first
		again.ReceivedAt += second
		bury(t, s, again)
		all = allLetters(t, s)
		if l := all[len(all)-1]; l.Seen != 3 || l.FirstSeen != first.ReceivedAt || l.ReceivedAt != again.ReceivedAt || l.DueAt != first.DueAt {
			t.Errorf("after another delivery: %+v", l)
		}
	}
}

func letterPages(t *testing.T, s Inspector) {
	for i := range 12 {
		bury(t, s, numberedLetter(i))
	}
	all := allLetters(t, s)
	for name, c := range map[string]struct {
		scope usersync.LetterScope
		want  string
	}{
		"all":              {usersync.LetterScope{}, "[e11 e10 e9 e8 e7 e6 e5 e4 e3 e2 e1 e0]"},
		"of a provider":    {usersync.LetterScope{Provider: "p1"}, "[e11 e9 e7 e5 e3 e1]"},
		"of a user":        {usersync.LetterScope{UserID: "u0"}, "[e9 e6 e3 e0]"},
		"for a reason":     {usersync.LetterScope{Reason: "r1"}, "[e11 e6 e1]"},
		"since":            {usersync.LetterScope{Since: Base + 9*second}, "[e11 e10 e9]"},
		"by id":            {usersync.LetterScope{IDs: []int64{all[2].ID, all[7].ID, 1 << 40}}, "[e7 e2]"},
		"all of it at one": {usersync.LetterScope{Provider: "p1", UserID: "u0", Reason: "r3", Since: Base + second, IDs: []int64{all[3].ID}}, "[e3]"},
		"nobody's":         {usersync.LetterScope{Provider: "p1", UserID: "u0", Reason: "r3", Since: Base + 4*second}, "[]"},
	} {
		events := []string{}
		for below, pages := int64(0), 0; ; pages++ {
			page, err := s.LetterPage(t.Context(), c.scope, below, 5)
			if err != nil || len(page) > 5 || pages > 3 {
				t.Fatalf("%s: page %d of %d letters, %v", name, pages, len(page), err)
			}
			if len(page) == 0 {
				break
			}
			for _, l := range page {
				events = append(events, l.EventID)
			}
			below = page[len(page)-1].ID
		}
		if got := fmt.Sprint(events); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	want := numberedLetter(4)
	if l := all[4]; l.Provider != want.Provider || l.UserID != want.UserID || l.Reason != want.Reason || l.Detail != want.Detail || string(l.Payload) != string(want.Payload) ||
		l.Headers["Content-Type"] != "application/json" || l.ReceivedAt != want.ReceivedAt || l.FirstSeen != want.ReceivedAt || l.Seen != 1 {
		t.Errorf("%+v", l)
	}
}

// borrow lends what is due and returns the events.
func borrow(t *testing.T, s Inspector, at usersync.Micros, limit int) (lent []usersync.StoredLetter, events string, next usersync.Micros) {
	t.Helper()
	lent, next, err := s.BorrowDue(t.Context(), []string{"p0", "p1"}, at, at+60*second, limit)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, l := range lent {
		names = append(names, l.EventID)
	}
	return lent, fmt.Sprint(names), next
}

func dueLetters(t *testing.T, s Inspector) {
	if _, events, next := borrow(t, s, Base, 9); events != "[]" || next != 0 {
		t.Errorf("of none: %s, next %d", events, next)
	}
	for i := range 5 {
		l := numberedLetter(i)
		if i > 0 { // the first has no time
			l.DueAt = Base + usersync.Micros(10*(6-i))*second // e4 20, e3 30, e2 40, e1 50
		}
		bury(t, s, l)
	}
	if _, events, next := borrow(t, s, Base+20*second-1, 9); events != "[]" || next != Base+20*second {
		t.Errorf("before their time: %s, next %d", events, next-Base)
	}
	// Nobody can try the letters of a provider that is configured no more. They are
	// not due again and again, so they are forgotten in their time.
	left := numberedLetter(9)
	left.Provider, left.DueAt = "q", Base
	bury(t, s, left)
	lent, events, next := borrow(t, s, Base+30*second, 1)
	if events != "[e4]" || next != Base+30*second || string(lent[0].Payload) != `{"n":4}` || lent[0].Headers == nil {
		t.Errorf("the longest due first: %s, next %d, %+v", events, next-Base, lent)
	}
	if _, events, next := borrow(t, s, Base+45*second, 9); events != "[e3 e2]" && events != "[e2 e3]" || next != Base+50*second {
		t.Errorf("while one is lent: %s, next %d", events, next-Base)
	}
	// Whoever borrowed it died; it comes back when its loan is over.
	if _, events, _ := borrow(t, s, Base+89*second, 9); events != "[e1]" {
		t.Errorf("before the loan is over: %s", events)
	}
	if _, events, _ := borrow(t, s, Base+90*second, 9); events != "[e4]" {
		t.Errorf("after the loan: %s", events)
	}
}

func deliveredAgain(t *testing.T, s Inspector) {
	bury(t, s, numberedLetter(0), numberedLetter(1), numberedLetter(2))
	read := allLetters(t, s)
	bury(t, s, numberedLetter(1))
	gone, err := s.RemoveLetters(t.Context(), append(read, usersync.StoredLetter{ID: 1 << 40}))
	if err != nil || fmt.Sprint(gone) != "[true false true true]" {
		t.Errorf("%v, %v", gone, err)
	}
	if left := allLetters(t, s); len(left) != 1 || left[0].EventID != "e1" || left[0].Seen != 2 {
		t.Errorf("%+v", left)
	}
	if gone, err := s.RemoveLetters(t.Context(), nil); err != nil || len(gone) != 0 {
		t.Errorf("none: %v, %v", gone, err)
	}
}
