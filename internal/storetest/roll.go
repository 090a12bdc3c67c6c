package storetest

import (
	"fmt"
	"testing"

	usersync "usersync/sync"
)

// The roll names everybody who is alive once, in the order of the ids, with the
// time at which the provider last spoke of them.
func rollCall(t *testing.T, s Inspector) {
	e := Engine(s)
	want := map[string]usersync.Micros{}
	for i := range 25 {
		c := command1(fmt.Sprint("u", i), "e", usersync.KindCreated, i)
		c.Fields[usersync.FieldEmail] = usersync.TextValue("a@x")
		apply(t, e, c)
		want[c.UserID] = c.OccurredAt
		switch i % 5 {
		case 1:
			c.Kind, c.EventID, c.OccurredAt = usersync.KindDeleted, "d", c.OccurredAt+1
			apply(t, e, c)
			delete(want, c.UserID)
		case 2:
			c.Kind, c.EventID, c.OccurredAt = usersync.KindBanned, "b", c.OccurredAt+7
			apply(t, e, c)
			want[c.UserID] = c.OccurredAt
		case 3:
			c.Provider = "q"
			apply(t, e, c)
		}
	}
	thin := command1("thin", "e", usersync.KindUpdated, 1)
	apply(t, e, thin)
	want["thin"] = 0
	damaged := command1("damaged", "e", usersync.KindCreated, 1)
	apply(t, e, damaged)
	s.Damage(damaged.UserKey)

	var after usersync.UUID
	got := map[string]bool{}
	for {
		users, err := s.Call(t.Context(), "p", after, 4)
		if err != nil || len(users) > 4 {
			t.Fatalf("%d users, %v", len(users), err)
		}
		for _, u := range users {
			id := u.ID()
			if string(id[:]) <= string(after[:]) || got[u.UserID] || u.Provider != "p" {
				t.Errorf("%v comes behind %v", u, after)
			}
			after, got[u.UserID] = id, true
			if at, known := want[u.UserID]; u.UserID != "damaged" && (!known || at != u.Latest) {
				t.Errorf("%v, want %v (%v)", u, at, known)
			}
		}
		if len(users) < 4 {
			break
		}
	}
	if len(got) != len(want)+1 {
		t.Errorf("%d users are called, want %d", len(got), len(want)+1)
	}
}
