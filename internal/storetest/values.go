package storetest

import (
	"fmt"
	"testing"

	usersync "usersync/sync"
)

func everyValue(t *testing.T, s Inspector) { valuesOf(t, s, 8) }

// So many that a store may write them in another way than few.
func everyValueOfMany(t *testing.T, s Inspector) { valuesOf(t, s, 400) }

func valuesOf(t *testing.T, s Inspector, users int) {
	e := Engine(s)
	texts := []string{"", "a", "Ä漢字😀", "line\nbreak \"quoted\" \\ back", "'; DROP TABLE users; --", "{a,b}", "NULL"}
	times := []usersync.Micros{0, 1, -1, Base + 1, -62135596800_000000, 253402300799_999999}
	documents := []string{`{}`, `{"a":[1,2,{"b":null}],"n":12345678901234567890.5}`, `[]`, `"x"`, `null`, `{"Ä":"ü😀"}`}
	var commands []usersync.Command
	want := map[usersync.UserKey]usersync.View{}
	for i := range users {
		c := command1(fmt.Sprintf("u%d", i), "e", usersync.KindCreated, i)
		for f := range usersync.NumColumns {
			switch n := i + int(f); {
			case n%9 == 0:
				c.Fields[f] = usersync.NullValue()
			case f.Kind() == usersync.Text:
				c.Fields[f] = usersync.TextValue(texts[n%len(texts)])
			case f.Kind() == usersync.Bool:
				c.Fields[f] = usersync.BoolValue(n%2 == 0)
			case f.Kind() == usersync.Time:
				c.Fields[f] = usersync.TimeValue(times[n%len(times)])
			case f.Kind() == usersync.JSON:
				c.Fields[f] = usersync.JSONValue(documents[n%len(documents)])
			}
		}
		state := usersync.Facts(&c)
		want[c.UserKey] = usersync.Project(&state)
		commands = append(commands, c)
	}
	apply(t, e, commands...)
	compare(t, s, want)
	// What was read back is merged, not only what was written.
	again := make([]usersync.Command, len(commands))
	for i, c := range commands {
		c.Fields = [usersync.NumColumns]usersync.Value{}
		c.Kind, c.EventID, c.OccurredAt = usersync.KindBanned, "ban", c.OccurredAt+1
		again[i] = c
		state := usersync.Join(usersync.Facts(&commands[i]), usersync.Facts(&c))
		want[c.UserKey] = usersync.Project(&state)
	}
	apply(t, e, again...)
	compare(t, s, want)
}

func quietRows(t *testing.T, s Inspector) {
	e := Engine(s)
	first := command1("u1", "e1", usersync.KindCreated, 1)
	first.Fields[usersync.FieldEmail] = usersync.TextValue("a@x")
	apply(t, e, first)
	before := s.Rows()[first.UserKey]
	e.Clock = func() usersync.Micros { return Base + 7200_000_000 }
	same := first
	same.EventID, same.Kind, same.OccurredAt = "e2", usersync.KindUpdated, first.OccurredAt+1
	if got := apply(t, e, same); got[0] != usersync.OutcomeApplied {
		t.Errorf("a newer event with the same content: %v", got)
	}
	if after := s.Rows()[first.UserKey]; after.UpdatedAt != before.UpdatedAt || after.CreatedAt != before.CreatedAt {
		t.Errorf("the row's own times moved: %+v, then %+v", before, after)
	}
	// The stamps did move: what lies between is stale now.
	between := first
	between.EventID, between.Kind = "e3", usersync.KindUpdated
	between.Fields[usersync.FieldEmail] = usersync.TextValue("old@x")
	if got := apply(t, e, between); got[0] != usersync.OutcomeStale {
		t.Errorf("an event older than the stamps: %v", got)
	}
	changed := same
	changed.EventID, changed.OccurredAt = "e4", same.OccurredAt+1
	changed.Fields[usersync.FieldEmail] = usersync.TextValue("b@x")
	apply(t, e, changed)
	if after := s.Rows()[first.UserKey]; after.UpdatedAt == before.UpdatedAt || after.CreatedAt != before.CreatedAt {
		t.Errorf("a visible change: %+v, then %+v", before, after)
	}
}

func thin(t *testing.T, s Inspector) {
	e := Engine(s)
	for i, second := range []int{5, 3} {
		if got := apply(t, e, command1("u1", fmt.Sprint("e", i), usersync.KindUpdated, second)); got[0] != usersync.OutcomeApplied {
			t.Errorf("thin event %d: %v", i, got)
		}
	}
	var nothing usersync.State
	compare(t, s, map[usersync.UserKey]usersync.View{{Provider: "p", UserID: "u1"}: usersync.Project(&nothing)})
}
