package storetest

import (
	"fmt"
	"testing"

	usersync "usersync/sync"
)

func withEmail(c usersync.Command, email string) usersync.Command {
	c.Fields[usersync.FieldEmail] = usersync.TextValue(email)
	return c
}

func refusedMember(t *testing.T, s Inspector) {
	s.Refuse("poison@x")
	e := Engine(s)
	var batch []*usersync.Delivery
	var good []usersync.Command
	for i := range 40 {
		c := numbered(i)
		if i == 17 {
			c = withEmail(c, "poison@x")
		} else {
			good = append(good, c)
		}
		batch = append(batch, &usersync.Delivery{Commands: []usersync.Command{c}})
	}
	// A request with several events: only its poison member is set aside.
	mixed, poison := numbered(99), withEmail(numbered(98), "poison@x")
	good = append(good, mixed)
	batch = append(batch, &usersync.Delivery{Commands: []usersync.Command{mixed, poison}})

	for i, r := range e.Apply(t.Context(), batch) {
		want := usersync.OutcomeApplied
		if i == 17 || i == 40 {
			want = usersync.OutcomeDeadLetter
		}
		if r.Err != nil || r.Outcome != want {
			t.Errorf("delivery %d: %v %v, want %v", i, r.Outcome, r.Err, want)
		}
	}
	compareFold(t, s, good)
	letters := s.Letters()
	if len(letters) != 2 {
		t.Fatalf("%d dead letters, want 2", len(letters))
	}
	for _, l := range letters {
		if l.Reason != "refused" || l.UserID == "" || l.EventID == "" || len(l.Payload) == 0 {
			t.Errorf("dead letter %+v", l)
		}
	}
	if claims := s.Claims(); len(claims) != len(good) {
		t.Errorf("%d claims, want %d: a dead letter claims nothing", len(claims), len(good))
	}
	// The user's other events are not held up.
	apply(t, e, command1("u17", "later", usersync.KindCreated, 99))
}

// numbered returns the i-th of many different commands.
func numbered(i int) usersync.Command {
	return command1(fmt.Sprintf("u%d", i), fmt.Sprintf("e%d", i), usersync.KindCreated, i)
}

func manyRefused(t *testing.T, s Inspector) {
	s.Refuse("poison@x")
	var batch []*usersync.Delivery
	var good []usersync.Command
	for i := range 300 {
		c := numbered(i)
		if i%3 == 0 {
			c = withEmail(c, "poison@x")
		} else {
			good = append(good, c)
		}
		batch = append(batch, &usersync.Delivery{Commands: []usersync.Command{c}})
	}
	for i, r := range Engine(s).Apply(t.Context(), batch) {
		if want := map[bool]usersync.Outcome{true: usersync.OutcomeDeadLetter, false: usersync.OutcomeApplied}[i%3 == 0]; r.Err != nil || r.Outcome != want {
			t.Errorf("delivery %d: %v %v, want %v", i, r.Outcome, r.Err, want)
		}
	}
	compareFold(t, s, good)
	if letters := s.Letters(); len(letters) != 100 {
		t.Errorf("%d dead letters, want 100", len(letters))
	}
}

// Two facts of one event, wherever the refused batch is cut, are both merged:
// the claim of the first must not make the second look like a repetition.
func factsStayTogether(t *testing.T, s Inspector) {
	s.Refuse("poison@x")
	var good []usersync.Command
	for poisoned := range 6 {
		var batch []*usersync.Delivery
		for i := range 6 {
			user := fmt.Sprintf("u%d_%d", poisoned, i)
			first, second := command1(user, user, usersync.KindCreated, i), command1(user, user, usersync.KindUpdated, i)
			first.Unstable, second.Unstable = true, true
			second.Fields[usersync.FieldPhone] = usersync.TextValue("kept")
			if i == poisoned {
				first = withEmail(first, "poison@x")
			} else {
				good = append(good, first, second)
			}
			batch = append(batch, &usersync.Delivery{Commands: []usersync.Command{first, second}})
		}
		for i, r := range Engine(s).Apply(t.Context(), batch) {
			if want := map[bool]usersync.Outcome{true: usersync.OutcomeDeadLetter, false: usersync.OutcomeApplied}[i == poisoned]; r.Err != nil || r.Outcome != want {
				t.Errorf("poison %d, delivery %d: %v %v, want %v", poisoned, i, r.Outcome, r.Err, want)
			}
		}
	}
	compareFold(t, s, good)
}

// A row whose state cannot be read (a rolled-back version met a newer one)
// keeps only its own events waiting, as dead letters.
func damagedRow(t *testing.T, s Inspector) {
	e := Engine(s)
	broken, fine := numbered(1), numbered(2)
	apply(t, e, broken, fine)
	s.Damage(broken.UserKey)
	later := func(c usersync.Command) usersync.Command {
		c.EventID, c.Kind, c.OccurredAt = "later", usersync.KindBanned, c.OccurredAt+1_000_000
		return c
	}
	if got := apply(t, e, later(fine), later(broken), numbered(3)); got[0] != usersync.OutcomeApplied || got[1] != usersync.OutcomeDeadLetter || got[2] != usersync.OutcomeApplied {
		t.Errorf("outcomes %v", got)
	}
	letters := s.Letters()
	if len(letters) != 1 || letters[0].Reason != "unusable_row" || letters[0].UserID != broken.UserID {
		t.Errorf("dead letters %+v", letters)
	}
}
