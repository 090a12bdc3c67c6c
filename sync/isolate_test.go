package usersync_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"usersync/internal/storetest"
	usersync "usersync/sync"
)

// picky is a store in memory that refuses some users, and counts.
type picky struct {
	*storetest.Memory
	refuses func(user string) bool
	// names tells of the users of a transaction, the refused among them, whom it names.
	names      func(users []usersync.UserKey, refused []int) []int
	held       string // a user whose row somebody else holds
	letterless error  // if not nil: no dead letter is stored, but this returned

	transactions, commits, rows int
}

func (p *picky) Update(ctx context.Context, lock usersync.Lock, decide func(usersync.Known) usersync.Changes) ([]bool, error) {
	p.transactions++
	p.rows += len(lock.Users)
	var refused []int
	for i, u := range lock.Users {
		if p.refuses(u.UserID) {
			refused = append(refused, i)
		}
	}
	if len(refused) > 0 {
		return nil, &usersync.RefusedError{Code: "picky", Suspects: p.names(lock.Users, refused)}
	}
	var err error
	known := func(known usersync.Known) usersync.Changes {
		for i, u := range lock.Users {
			if u.UserID == p.held {
				known.Users[i] = usersync.KnownUser{}
			}
		}
		changes := decide(known)
		if len(changes.Letters) > 0 && p.letterless != nil {
			err = p.letterless
			return usersync.Changes{}
		}
		return changes
	}
	stood, failed := p.Memory.Update(ctx, lock, known)
	if err == nil && failed == nil {
		p.commits++
	}
	return stood, errors.Join(err, failed)
}

func first(_ []usersync.UserKey, refused []int) []int { return refused[:1] }

func nobody([]usersync.UserKey, []int) []int { return nil }

func everybody(users []usersync.UserKey, _ []int) (all []int) {
	for i := range users {
		all = append(all, i)
	}
	return all
}

// innocent names somebody else than who is refused, if there is one.
func innocent(users []usersync.UserKey, refused []int) []int {
	for i := range users {
		if i != refused[0] {
			return []int{i}
		}
	}
	return nil
}

// outside names a user who is not in the transaction.
func outside(users []usersync.UserKey, _ []int) []int { return []int{len(users) + 7, -1} }

// refusing returns a store that refuses the numbered users.
func refusing(names func([]usersync.UserKey, []int) []int, numbers ...int) *picky {
	guilty := map[string]bool{}
	for _, n := range numbers {
		guilty[fmt.Sprint("u", n)] = true
	}
	return &picky{Memory: storetest.NewMemory(), names: names, refuses: func(user string) bool { return guilty[user] }}
}

func crowd(size int) (batch []*usersync.Delivery) {
	for i := range size {
		d := delivery(i)
		d.Commands[0].Payload = fmt.Appendf(nil, `{"id":%d}`, i)
		batch = append(batch, d)
	}
	return batch
}

// Whoever the database names, rightly or not: the guilty are set aside, the others
// applied. That it names the right one makes it quick.
func TestTheGuiltyAreFound(t *testing.T) {
	t.Parallel()
	all := make([]int, 64)
	for i := range all {
		all[i] = i
	}
	for name, c := range map[string]struct {
		names                 func([]usersync.UserKey, []int) []int
		guilty                []int
		transactions, commits int // at most
	}{
		"one":                 {first, []int{17}, 3, 1},
		"two":                 {first, []int{17, 40}, 5, 1},
		"four":                {first, []int{3, 17, 40, 63}, 9, 1},
		"several at once":     {func(_ []usersync.UserKey, refused []int) []int { return refused }, []int{17, 40}, 6, 2},
		"nobody is named":     {nobody, []int{17}, 14, 7},
		"everybody is named":  {everybody, []int{17}, 14, 7},
		"nobody of them":      {outside, []int{17}, 14, 7},
		"an innocent one":     {innocent, []int{17}, 36, 18},
		"all, named":          {first, all, 3*64 + 1, 1},
		"all, nobody named":   {nobody, all, 2 * 64, 1},
		"nobody is refused":   {first, nil, 1, 1},
		"none but the guilty": {everybody, all, 2 * 64, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := refusing(c.names, c.guilty...)
			for i, r := range storetest.Engine(store).Apply(t.Context(), crowd(64)) {
				want := usersync.OutcomeApplied
				if store.refuses(fmt.Sprint("u", i)) {
					want = usersync.OutcomeDeadLetter
				}
				if r.Outcome != want || r.Err != nil || r.Busy {
					t.Errorf("delivery %d: %+v, want %v", i, r, want)
				}
			}
			if len(store.Rows()) != 64-len(c.guilty) || len(store.Letters()) != len(c.guilty) {
				t.Errorf("%d rows, %d letters", len(store.Rows()), len(store.Letters()))
			}
			for _, l := range store.Letters() {
				if l.Reason != "refused" || l.Seen != 1 || !store.refuses(l.UserID) {
					t.Errorf("dead letter %+v", l)
				}
			}
			if store.transactions > c.transactions || store.commits > c.commits {
				t.Errorf("%d transactions, %d of them committed; want at most %d and %d", store.transactions, store.commits, c.transactions, c.commits)
			}
		})
	}
}

// However many are guilty, what is written again and again does not grow with them.
func TestManyGuiltyAreNotQuadratic(t *testing.T) {
	t.Parallel()
	const size = 512
	for every := 1; every <= size; every *= 4 {
		store := refusing(first)
		guilty := size / every
		number := 0
		store.refuses = func(user string) bool {
			_, err := fmt.Sscanf(user, "u%d", &number)
			return err == nil && number%every == 0
		}
		storetest.Engine(store).Apply(t.Context(), crowd(size))
		if len(store.Letters()) != guilty || len(store.Rows()) != size-guilty {
			t.Fatalf("every %d: %d letters, %d rows", every, len(store.Letters()), len(store.Rows()))
		}
		// 4 times the whole, then halves down to one; and each guilty alone.
		if most := size*(4+10) + guilty; store.rows > most || store.transactions > 3*guilty+5 {
			t.Errorf("every %d: %d rows in %d transactions", every, store.rows, store.transactions)
		}
	}
}

// Of a delivery that tells of two users one may be guilty. Whether it has to be tried
// again as a whole is known at the end only: nothing of it is set aside before.
func TestAGuiltyPartOfADelivery(t *testing.T) {
	t.Parallel()
	for _, held := range []string{"", "u5"} {
		store := refusing(first, 17)
		store.held = held
		batch := crowd(10)
		batch[5].Commands = append(batch[5].Commands, delivery(17).Commands...)
		results := storetest.Engine(store).Apply(t.Context(), batch)
		letters := 1
		if held != "" {
			letters = 0
		}
		if r := results[5]; r.Err != nil || r.Busy != (held != "") || (r.Outcome == usersync.OutcomeDeadLetter) == r.Busy {
			t.Errorf("held %q: %+v", held, r)
		}
		if len(store.Letters()) != letters || len(store.Rows()) != 9+letters {
			t.Errorf("held %q: %d letters, %d rows", held, len(store.Letters()), len(store.Rows()))
		}
	}
}

// All facts of an event are one unit, as is a delivery with a message: it stands alone as
// a whole, is buried as a whole, and sends nothing.
func TestAGuiltyUnitOfSeveralMembers(t *testing.T) {
	t.Parallel()
	store := refusing(first, 3, 7)
	batch := crowd(10)
	batch[3].Commands = append(batch[3].Commands, batch[3].Commands[0])
	batch[7].Commands = append(batch[7].Commands, delivery(8).Commands...)
	batch[7].Messages = []usersync.Message{{ID: "m", Provider: "authon", UserID: "u7", Action: "a", Body: []byte(`{}`)}}
	batch[9].Messages = []usersync.Message{{ID: "n", Provider: "authon", UserID: "u9", Action: "a", Body: []byte(`{}`)}}
	for i, r := range storetest.Engine(store).Apply(t.Context(), batch) {
		if set := i == 3 || i == 7; r.Err != nil || set != (r.Outcome == usersync.OutcomeDeadLetter) {
			t.Errorf("delivery %d: %+v", i, r)
		}
	}
	posted := store.Posted()
	if _, sent := posted["n"]; !sent || len(posted) != 1 {
		t.Errorf("messages %+v", posted)
	}
	if store.transactions != 5 || store.commits != 1 || len(store.Letters()) != 3 { // of u3, and of u7 and u8 together
		t.Errorf("%d transactions, %d commits, letters %+v", store.transactions, store.commits, store.Letters())
	}
}

// If no dead letter can be stored, the others are applied all the same.
func TestDeadLettersThatAreRefused(t *testing.T) {
	t.Parallel()
	store := refusing(first, 17)
	store.letterless = &usersync.RefusedError{Code: "no letters"}
	for i, r := range storetest.Engine(store).Apply(t.Context(), crowd(20)) {
		if (i == 17) != errors.Is(r.Err, usersync.ErrNotDurable) || i != 17 && r.Outcome != usersync.OutcomeApplied {
			t.Errorf("delivery %d: %+v", i, r)
		}
	}
}

// If it fails together with them, nobody knows of either: both are tried again.
func TestAFailureWithDeadLetters(t *testing.T) {
	t.Parallel()
	store := refusing(first, 17)
	store.letterless = errors.New("away")
	for i, r := range storetest.Engine(store).Apply(t.Context(), crowd(20)) {
		if !errors.Is(r.Err, usersync.ErrNotDurable) {
			t.Errorf("delivery %d: %+v", i, r)
		}
	}
	if store.transactions != 3 {
		t.Errorf("%d transactions", store.transactions)
	}
}

// A page of a list is written without whom the database names.
func TestAPageWithoutTheNamed(t *testing.T) {
	t.Parallel()
	store := refusing(first, 7, 31)
	pages := &list{users: 40, size: 40, edit: func(i int, c *usersync.Command) { c.Payload = fmt.Appendf(nil, `{"id":%d}`, i) }}
	b := &usersync.Backfill{Lister: pages, Engine: storetest.Engine(store), InFlight: 1}
	run, err := b.Run(t.Context(), usersync.Run{})
	if err != nil || run.Counts.Letters != 2 || len(store.Letters()) != 2 || len(store.Rows()) != 38 {
		t.Errorf("%+v, %v, %d letters, %d rows", run, err, len(store.Letters()), len(store.Rows()))
	}
}
