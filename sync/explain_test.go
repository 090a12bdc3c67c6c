package usersync_test

import (
	"math/rand/v2"
	"testing"

	"usersync/internal/storetest"
	usersync "usersync/sync"
)

// personal fields fall with a redaction: these, and no others.
var impersonal = map[usersync.Field]bool{
	usersync.FieldSuspendedAt: true, usersync.FieldSuspendedUntil: true, usersync.FieldAccess: true, usersync.FieldLife: true,
}

// For random histories the event that is named for each field is the one that set
// it: of all that was said of the field, the one with the greatest stamp.
func TestExplainedFieldsAreThoseThatWereSet(t *testing.T) {
	t.Parallel()
	explained, hidden, floors := 0, 0, 0
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 9))
		commands := storetest.History(random, 1, 1+random.IntN(25))
		key := commands[0].UserKey
		state := storetest.Fold(commands)[key]
		view := usersync.Project(&state)
		store := storetest.NewMemory()
		for _, c := range commands {
			if r := storetest.Engine(store).Apply(t.Context(), []*usersync.Delivery{{Commands: []usersync.Command{c}}})[0]; r.Err != nil {
				t.Fatal(r.Err)
			}
		}
		claims := store.Claims()
		told := usersync.Explain(key, &state, &view, claims)

		all := map[usersync.Field]usersync.Explained{}
		for _, x := range told.Fields {
			all[x.Field] = x
		}
		if told.Access != nil {
			all[usersync.FieldAccess] = *told.Access
		}
		if told.Life != nil {
			all[usersync.FieldLife] = *told.Life
		}
		var floor usersync.Stamp
		for i := range commands {
			if f := usersync.Facts(&commands[i]).Floor; f.Compare(floor) > 0 {
				floor = f
			}
		}
		if (told.Floor != nil) != (floor != usersync.Stamp{}) || told.Floor != nil && told.Floor.Stamp != floor {
			t.Fatalf("seed %d: the floor is %+v, want %+v", seed, told.Floor, floor)
		}
		if told.Floor != nil {
			floors++
		}
		for f := range usersync.NumFields {
			setter := -1 // the command that set it
			var best usersync.Register
			for i := range commands {
				r := usersync.Facts(&commands[i]).Registers[f]
				if !r.Value.Present() || !impersonal[f] && floor != (usersync.Stamp{}) && r.Stamp.Compare(floor) < 0 {
					continue
				}
				if setter < 0 || r.Stamp.Compare(best.Stamp) >= 0 {
					setter, best = i, r
				}
			}
			x, known := all[f]
			if known != (setter >= 0) {
				t.Fatalf("seed %d: %v is explained: %v, set: %v", seed, f, known, setter >= 0)
			}
			if !known {
				continue
			}
			explained++
			c := commands[setter]
			if x.Stamp != best.Stamp || x.Event != c.EventID || x.At != c.OccurredAt {
				t.Fatalf("seed %d: %v was set by %+v, and %+v is named", seed, f, c, x)
			}
			listed := c.Origin.Listed()
			if (x.Claim == nil) != listed || !listed && (x.Claim.EventID != c.EventID || x.Claim.OccurredAt != c.OccurredAt) {
				t.Fatalf("seed %d: %v is of %+v, and its event is %+v", seed, f, c, x.Claim)
			}
			if x.Hidden {
				hidden++
				if view.Columns[f].Kind() != usersync.Null {
					t.Fatalf("seed %d: %v is shown", seed, f)
				}
			}
		}
	}
	if explained < 1000 || hidden == 0 || floors == 0 {
		t.Errorf("%d fields, %d hidden, %d floors: the test shows little", explained, hidden, floors)
	}
}

// An event whose time may change between deliveries is processed without one.
func TestExplainedByItsIDAlone(t *testing.T) {
	t.Parallel()
	key := usersync.UserKey{Provider: "p", UserID: "u"}
	c := usersync.Command{UserKey: key, EventID: "e1", Kind: usersync.KindUpdated, OccurredAt: 500, Unstable: true}
	c.Fields[usersync.FieldName] = usersync.TextValue("Ann")
	state := usersync.Facts(&c)
	view := usersync.Project(&state)
	claim := usersync.Claim{ClaimKey: usersync.ClaimKey{EventID: "e1", UserKey: key}, ReceivedAt: 777}
	other := usersync.Claim{ClaimKey: usersync.ClaimKey{OccurredAt: 400, EventID: "e1", UserKey: key}, ReceivedAt: 1}
	told := usersync.Explain(key, &state, &view, []usersync.Claim{other, claim})
	if len(told.Fields) != 1 || told.Fields[0].Claim == nil || told.Fields[0].Claim.ReceivedAt != 777 || told.Fields[0].Means != "updated" {
		t.Errorf("%+v", told.Fields)
	}
	sources := usersync.Sources(key, &state)
	if len(sources) != 2 || sources[0].OccurredAt != 500 || sources[1] != claim.ClaimKey {
		t.Errorf("%+v", sources)
	}
}
