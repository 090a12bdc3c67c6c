package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	usersync "usersync/sync"
)

// Letters that are read together hold a bounded number of bytes, whatever their number;
// one that is larger than that is read alone.
func largeLetters(t *testing.T, s Inspector) {
	const million = usersync.LettersBytes / 4
	for i, size := range []int{2, 2, 1, 5, 1, 2, 1} {
		l := numberedLetter(i)
		l.Payload, l.DueAt = bytes.Repeat([]byte{byte('a' + i)}, size*million), Base+usersync.Micros(i+1)
		bury(t, s, l)
	}
	var all []usersync.StoredLetter
	var pages []string
	for below := int64(0); ; {
		page, err := s.LetterPage(t.Context(), usersync.LetterScope{}, below, 6)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		all, below = append(all, page...), page[len(page)-1].ID
		pages = append(pages, eventsOf(page))
	}
	if got, want := fmt.Sprint(pages), "[[e6 e5 e4] [e3] [e2 e1] [e0]]"; got != want {
		t.Errorf("pages %s, want %s", got, want)
	}
	if page, err := s.LetterPage(t.Context(), usersync.LetterScope{}, 0, 2); err != nil || eventsOf(page) != "[e6 e5]" {
		t.Errorf("%s, %v", eventsOf(page), err)
	}

	// None of those that stay is taken for one that somebody has removed.
	retry := usersync.LetterRetry{Letters: s, Engine: Engine(s), Reread: func(*usersync.StoredLetter) (*usersync.Delivery, error) { return nil, errors.New("still not") }}
	tried, err := retry.Try(t.Context(), all)
	if err != nil || len(tried) != 7 {
		t.Fatalf("%d tried, %v", len(tried), err)
	}
	for _, one := range tried {
		if one.Gone || one.Why != "still not" || len(one.Letter.Payload) == 0 {
			t.Errorf("%s: gone %v, %q", one.Letter.EventID, one.Gone, one.Why)
		}
	}

	var loans []string
	for range 4 {
		lent, next, err := s.BorrowDue(t.Context(), []string{"p0", "p1"}, Base+60, Base+60*second, 6)
		if err != nil || next > Base+60 && len(loans) < 3 {
			t.Fatalf("next %d, %v", next, err)
		}
		slices.SortFunc(lent, func(a, b usersync.StoredLetter) int { return int(a.ID - b.ID) }) // which of them is first means nothing
		loans = append(loans, eventsOf(lent))
	}
	if got, want := fmt.Sprint(loans), "[[e0 e1] [e2] [e3] [e4 e5 e6]]"; got != want {
		t.Errorf("loans %s, want %s", got, want)
	}
}

func eventsOf(letters []usersync.StoredLetter) string {
	names := []string{}
	for _, l := range letters {
		names = append(names, l.EventID)
	}
	return fmt.Sprint(names)
}
