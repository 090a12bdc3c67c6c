package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"

	usersync "usersync/sync"
)

// pages is a list of users in memory, in numbered pages.
type pages [][]usersync.Command

// Page implements usersync.Lister.
func (p pages) Page(_ context.Context, cursor string) (usersync.Page, error) {
	number, _ := strconv.Atoi(cursor)
	page := usersync.Page{Users: slices.Clone(p[number])}
	if number+1 < len(p) {
		page.Next = strconv.Itoa(number + 1)
	}
	return page, nil
}

// After implements usersync.Lister.
func (p pages) After(cursor string) (string, bool) {
	number, _ := strconv.Atoi(cursor)
	return strconv.Itoa(number + 1), number+1 < len(p)
}

// all are the users of all pages.
func (p pages) all() []usersync.Command { return slices.Concat(p...) }

// listed is a user as a list shows it, at a second.
func listed(user string, second int) usersync.Command {
	c := command1(user, "", usersync.KindUpdated, second)
	c.Origin = usersync.OriginBackfill
	c.Access, c.Payload = usersync.AccessUnbanned, []byte(`{"id":"`+user+`"}`)
	c.Fields[usersync.FieldEmail] = usersync.TextValue(user + "@x")
	c.Fields[usersync.FieldMetadata] = usersync.JSONValue(`{"of":"` + user + `"}`)
	return c
}

// listOf makes pages of 250 users each: enough for a store that writes many new
// rows in another way than few.
func listOf(count, second int) pages {
	list := make(pages, count)
	for n := range list {
		for i := range 250 {
			list[n] = append(list[n], listed(fmt.Sprintf("u%d", n*250+i), second))
		}
	}
	return list
}

// backfill runs a list into the store, several pages in a transaction.
func backfill(t *testing.T, s Inspector, list pages) usersync.Counts {
	t.Helper()
	run, _, err := s.Begin(t.Context(), usersync.RunKey{Kind: usersync.RunBackfill, Provider: "p"}, true, Base)
	if err != nil {
		t.Fatal(err)
	}
	b := usersync.Backfill{Lister: list, Engine: Engine(s), InFlight: 4, Together: 600}
	if run, err = b.Run(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	return run.Counts
}

// A first backfill meets new users only, until some are there already: from a
// webhook that was newer, and from an earlier page that drifted.
func firstBackfill(t *testing.T, s Inspector) {
	list := listOf(16, 5)
	list[11][7], list[11][8] = list[2][3], list[11][9]
	moved := listed("u3000", 6) // listed again, later
	moved.Fields[usersync.FieldEmail] = usersync.TextValue("moved@x")
	list[14][100] = moved
	for n := 5; n < 10; n++ {
		list[n][0] = list[n-1][249] // as if somebody on an earlier page had left
	}
	banned := command1("u2003", "ban", usersync.KindBanned, 9)
	renamed := command1("u3500", "old", usersync.KindUpdated, 1)
	renamed.Fields[usersync.FieldEmail] = usersync.TextValue("older than the list")
	apply(t, Engine(s), banned, renamed)

	counts := backfill(t, s, list)
	if counts.Pages != 16 || counts.Users != 4000 || counts.Letters != 0 {
		t.Errorf("%+v", counts)
	}
	compareFold(t, s, append(list.all(), banned, renamed))

	// Again, with newer stamps and nothing else that is new.
	before := s.Rows()
	again := listOf(16, 20)
	again[12][0] = moved // which stays what it was
	again[12][0].OccurredAt = again[0][0].OccurredAt
	again[14][100], again[11][7], again[11][8] = again[0][0], again[0][0], again[0][0]
	for n := 5; n < 10; n++ {
		again[n][0] = again[n-1][249]
	}
	again[8][3].Access = usersync.AccessBanned
	e := Engine(s)
	e.Clock = func() usersync.Micros { return Base + 7200_000_000 }
	run, err := (&usersync.Backfill{Lister: again, Engine: e, InFlight: 4, Together: 600}).Run(t.Context(), usersync.Run{})
	if err != nil || run.Counts.Changed != 0 {
		t.Errorf("again: %+v, %v", run.Counts, err)
	}
	for key, row := range s.Rows() {
		if row != before[key] {
			t.Errorf("%v was touched: %+v, then %+v", key, before[key], row)
			break
		}
	}
}

// What the database refuses of many new users written at once becomes dead
// letters, and nobody else is missing.
func refusedInBackfill(t *testing.T, s Inspector) {
	s.Refuse("poison@x")
	list := listOf(12, 5)
	var good []usersync.Command
	for n, page := range list {
		for i := range page {
			if n == 8 && i%100 == 7 {
				page[i] = withEmail(page[i], "poison@x")
			} else {
				good = append(good, page[i])
			}
		}
	}
	counts := backfill(t, s, list)
	if counts.Pages != 12 || counts.Users != 3000 || counts.Letters != 3 {
		t.Errorf("%+v", counts)
	}
	compareFold(t, s, good)
	if letters := s.Letters(); len(letters) != 3 {
		t.Errorf("%d dead letters, want 3", len(letters))
	}
}

var errNotYet = errors.New("it is not your turn")

// A transaction waits for its turn before it writes, and writes nothing if that
// does not come.
func turns(t *testing.T, s Inspector) {
	for _, unseen := range []bool{false, true} {
		for _, refused := range []error{errNotYet, nil} {
			user := usersync.UserKey{Provider: "p", UserID: fmt.Sprint("u", unseen)}
			asked := 0
			lock := usersync.Lock{At: Base, Users: []usersync.UserKey{user}, IDs: []usersync.UUID{user.ID()}, Unseen: unseen}
			lock.Turn = func(context.Context) error {
				asked++
				if _, there := s.Rows()[user]; there {
					t.Error("written before its turn")
				}
				return refused
			}
			_, err := s.Update(t.Context(), lock, func(known usersync.Known) usersync.Changes {
				c := listed(user.UserID, 1)
				state := usersync.Facts(&c)
				return usersync.Changes{Rows: []usersync.RowChange{{State: usersync.EncodeState(nil, &state), View: usersync.Project(&state), Visible: true, Metadata: true}}}
			})
			_, there := s.Rows()[user]
			if !errors.Is(err, refused) || asked != 1 || there != (refused == nil) {
				t.Errorf("unseen %v, turn %v: %v, asked %d times, written %v", unseen, refused, err, asked, there)
			}
		}
	}
}
