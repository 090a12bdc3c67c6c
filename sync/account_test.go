package usersync_test

import (
	"math/rand/v2"
	"testing"

	"usersync/internal/storetest"
	usersync "usersync/sync"
)

// Whatever happened, Account says nothing of an event that is not so, and it says all that
// follows: a field is open only if two histories that differ in it leave the same behind.
func TestAccountsAreTrue(t *testing.T) {
	t.Parallel()
	seen, stale := map[usersync.Fate]int{}, map[usersync.Staleness]int{}
	for seed := range uint64(400) {
		random := rand.New(rand.NewPCG(seed, 6))
		commands := storetest.History(random, 1, 1+random.IntN(20))
		unstable := random.IntN(3) == 0
		store := storetest.NewMemory()
		var state usersync.State
		said := map[usersync.ClaimKey][]usersync.State{} // what was merged of each event
		for _, c := range commands {
			c.Unstable = unstable && !c.Origin.Listed()
			r := storetest.Engine(store).Apply(t.Context(), []*usersync.Delivery{{Commands: []usersync.Command{c}}})[0]
			if r.Err != nil {
				t.Fatal(r.Err)
			}
			if c.Unstable && r.Outcome == usersync.OutcomeDuplicate {
				continue
			}
			facts := usersync.Facts(&c)
			state = usersync.Join(state, facts)
			if !c.Origin.Listed() {
				said[claimKeyOf(&c)] = append(said[claimKeyOf(&c)], facts)
			}
		}
		view := usersync.Project(&state)
		claims := store.Claims()
		told := usersync.Explain(commands[0].UserKey, &state, &view, claims)
		for i := range claims {
			a := usersync.Account(&claims[i], told)
			judgeAccount(t, seed, a, &claims[i], &state, said[claims[i].ClaimKey])
			stale[a.Stale]++
			for _, x := range a.Fields {
				seen[x.Fate]++
			}
		}
	}
	for _, fate := range []usersync.Fate{usersync.FateStands, usersync.FateOvertaken, usersync.FateDropped, usersync.FateOpen, usersync.FateUnsaid} {
		if seen[fate] < 500 {
			t.Errorf("%s: %d times: the test shows little", fate, seen[fate])
		}
	}
	if seen[usersync.FateLost] > 0 {
		t.Errorf("%d fields are lost, and nothing was", seen[usersync.FateLost])
	}
	for _, why := range []usersync.Staleness{usersync.StaleNot, usersync.StaleOlder, usersync.StaleKnown} {
		if stale[why] < 5 {
			t.Errorf("%q: %d times: the test shows little", why, stale[why])
		}
	}
}

func claimKeyOf(c *usersync.Command) usersync.ClaimKey {
	key := usersync.ClaimKey{OccurredAt: c.OccurredAt, EventID: c.EventID, UserKey: c.UserKey}
	if c.Unstable {
		key.OccurredAt = 0
	}
	return key
}

// judgeAccount compares an account with all that its event said.
func judgeAccount(t *testing.T, seed uint64, a *usersync.Accounted, c *usersync.Claim, state *usersync.State, said []usersync.State) {
	t.Helper()
	if a.Unknown != "" || len(a.Fields) != int(usersync.NumFields) {
		t.Fatalf("seed %d: %+v", seed, a)
	}
	redacts := false
	for _, s := range said {
		redacts = redacts || s.Floor != usersync.Stamp{} && s.Floor == state.Floor
	}
	if a.Redacts != redacts {
		t.Fatalf("seed %d: %+v redacts: %v, said to: %v", seed, c, redacts, a.Redacts)
	}
	for _, x := range a.Fields {
		r := &state.Registers[x.Field]
		carried, stands, dropped := false, false, false
		for _, s := range said {
			if own := &s.Registers[x.Field]; own.Value.Present() {
				carried = true
				stands = stands || r.Value.Present() && own.Stamp == r.Stamp
				dropped = dropped || !r.Value.Present()
			}
		}
		var ok bool
		switch x.Fate {
		case usersync.FateStands:
			ok = stands
		case usersync.FateOvertaken:
			ok = carried && !stands && r.Value.Present()
		case usersync.FateOpen:
			ok = !stands && r.Value.Present()
		case usersync.FateDropped:
			ok = !r.Value.Present() && state.Floor != usersync.Stamp{}
		case usersync.FateUnsaid:
			ok = !carried && !dropped
		}
		if !ok {
			t.Fatalf("seed %d: %v of %+v is told to be %s; carried %v, stands %v, held by %+v, floor %+v", seed, x.Field, c, x.Fate, carried, stands, r, state.Floor)
		}
		if x.Fate == usersync.FateOpen || x.Fate == usersync.FateDropped {
			judgeOpen(t, seed, x, c, state)
		}
		if (x.Held != nil) != r.Value.Present() || x.Held != nil && x.Held.Stamp != r.Stamp {
			t.Fatalf("seed %d: %v is held by %+v, not %+v", seed, x.Field, r, x.Held)
		}
	}
	if c.Outcome == usersync.OutcomeStale != (a.Stale != usersync.StaleNot) {
		t.Fatalf("seed %d: %+v is stale: %q", seed, c, a.Stale)
	}
}

// judgeOpen finds something that the event could have said of the field, and that would
// have left nothing behind: else it is known that it said nothing.
func judgeOpen(t *testing.T, seed uint64, x usersync.Accounts, c *usersync.Claim, state *usersync.State) {
	t.Helper()
	least := usersync.Stamp{At: c.OccurredAt, Rank: usersync.RankCreated, Updated: -storetest.Base, Event: c.EventID}
	if c.OccurredAt == 0 {
		least.At = storetest.Base - 1_000_000_000
	}
	if x.Fate == usersync.FateDropped && least.Event == state.Floor.Event {
		return // its own deletion takes whatever it says
	}
	var more usersync.State
	more.Registers[x.Field] = usersync.Register{Value: usersync.NullValue(), Stamp: least}
	if joined := usersync.Join(*state, more); !joined.Equal(*state) {
		t.Fatalf("seed %d: had %+v said anything of %v, it would show: it is %s", seed, c, x.Field, x.Fate)
	}
}

func TestAccountOfOneEvent(t *testing.T) {
	t.Parallel()
	key := usersync.UserKey{Provider: "p", UserID: "u"}
	event := func(id string, kind usersync.Kind, at usersync.Micros, fields ...usersync.Field) usersync.Command {
		c := usersync.Command{UserKey: key, EventID: id, Kind: kind, OccurredAt: at}
		for _, f := range fields {
			c.Fields[f] = usersync.TextValue(id)
		}
		return c
	}
	created := event("created", usersync.KindCreated, 100, usersync.FieldName, usersync.FieldEmail)
	updated := event("updated", usersync.KindUpdated, 200, usersync.FieldName)
	redacting := event("deleted", usersync.KindDeleted, 300)
	redacting.Redact = true
	listed := event("", usersync.KindUpdated, 100, usersync.FieldName)
	listed.Origin = usersync.OriginBackfill
	untimed := event("created", usersync.KindCreated, 100, usersync.FieldName)
	untimed.Unstable = true

	name, email, life, phone := usersync.FieldName, usersync.FieldEmail, usersync.FieldLife, usersync.FieldPhone
	for what, c := range map[string]struct {
		of      usersync.Command
		and     []usersync.Command
		outcome usersync.Outcome
		want    map[usersync.Field]usersync.Fate
		holder  string // of the name
		stale   usersync.Staleness
		redacts bool
	}{
		"alone":     {of: created, want: map[usersync.Field]usersync.Fate{name: usersync.FateStands, email: usersync.FateStands, life: usersync.FateStands, phone: usersync.FateUnsaid}, holder: "created"},
		"overtaken": {of: created, and: []usersync.Command{updated}, want: map[usersync.Field]usersync.Fate{name: usersync.FateOpen, email: usersync.FateStands, life: usersync.FateStands}, holder: "updated"},
		"silent":    {of: updated, and: []usersync.Command{created}, want: map[usersync.Field]usersync.Fate{name: usersync.FateStands, email: usersync.FateUnsaid, life: usersync.FateUnsaid}, holder: "updated"},
		"dropped":   {of: created, and: []usersync.Command{redacting}, want: map[usersync.Field]usersync.Fate{name: usersync.FateDropped, phone: usersync.FateDropped, life: usersync.FateOvertaken, usersync.FieldAccess: usersync.FateUnsaid}, holder: "deleted"},
		"redacts":   {of: redacting, and: []usersync.Command{created}, want: map[usersync.Field]usersync.Fate{name: usersync.FateDropped, life: usersync.FateStands}, holder: "deleted", redacts: true},
		"a list":    {of: created, and: []usersync.Command{listed}, want: map[usersync.Field]usersync.Fate{name: usersync.FateStands, life: usersync.FateStands}, holder: "created"},
		"older":     {of: created, and: []usersync.Command{redacting}, outcome: usersync.OutcomeStale, want: map[usersync.Field]usersync.Fate{name: usersync.FateDropped}, holder: "deleted", stale: usersync.StaleOlder},
		"known":     {of: created, outcome: usersync.OutcomeStale, want: map[usersync.Field]usersync.Fate{name: usersync.FateStands}, holder: "created", stale: usersync.StaleKnown},
		"untimed":   {of: untimed, and: []usersync.Command{updated}, want: map[usersync.Field]usersync.Fate{name: usersync.FateOpen, life: usersync.FateStands, phone: usersync.FateUnsaid}, holder: "updated"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			state := usersync.Facts(&c.of)
			claims := []usersync.Claim{{ClaimKey: claimKeyOf(&c.of), Kind: c.of.Kind, Outcome: c.outcome}}
			for _, other := range c.and {
				state = usersync.Join(state, usersync.Facts(&other))
				if !other.Origin.Listed() {
					claims = append(claims, usersync.Claim{ClaimKey: claimKeyOf(&other), Kind: other.Kind})
				}
			}
			view := usersync.Project(&state)
			a := usersync.Account(&claims[0], usersync.Explain(key, &state, &view, claims))
			for f, fate := range c.want {
				if a.Fields[f].Fate != fate {
					t.Errorf("%v: %s, want %s", f, a.Fields[f].Fate, fate)
				}
			}
			if h := a.Fields[name].Holder; h == nil || h.Event != c.holder {
				t.Errorf("the name is held by %+v, want %s", h, c.holder)
			}
			if a.Stale != c.stale || a.Redacts != c.redacts {
				t.Errorf("stale %q, redacts %v", a.Stale, a.Redacts)
			}
		})
	}
}

// A row that was put back to an older copy does not know what the event said.
func TestAccountOfARowThatForgot(t *testing.T) {
	t.Parallel()
	key := usersync.UserKey{Provider: "p", UserID: "u"}
	created := usersync.Command{UserKey: key, EventID: "created", Kind: usersync.KindCreated, OccurredAt: 100}
	state := usersync.Facts(&created)
	view := usersync.Project(&state)
	deleted := usersync.Claim{ClaimKey: usersync.ClaimKey{OccurredAt: 200, EventID: "deleted", UserKey: key}, Kind: usersync.KindDeleted}
	told := usersync.Explain(key, &state, &view, nil)
	if a := usersync.Account(&deleted, told); a.Fields[usersync.FieldLife].Fate != usersync.FateLost {
		t.Errorf("%+v", a.Fields[usersync.FieldLife])
	}
	// The id comes again with another time, and the record of the first is not kept.
	again := usersync.Claim{ClaimKey: usersync.ClaimKey{OccurredAt: 300, EventID: "created", UserKey: key}, Kind: usersync.KindUpdated}
	if a := usersync.Account(&again, told); a.Stands() != 0 || a.Fields[usersync.FieldLife].Fate != usersync.FateUnsaid {
		t.Errorf("%+v", a.Fields[usersync.FieldLife])
	}
	// Of an event without a time nothing is known to be greater, whatever the other's is.
	created.OccurredAt = -5
	state = usersync.Facts(&created)
	again.OccurredAt, again.EventID = 0, "other"
	if a := usersync.Account(&again, usersync.Explain(key, &state, &view, nil)); a.Fields[usersync.FieldLife].Fate != usersync.FateOpen {
		t.Errorf("%+v", a.Fields[usersync.FieldLife])
	}
	for what, blank := range map[string]*usersync.Explanation{
		"no row": {UserKey: key}, "unreadable": {UserKey: key, Row: true, Unreadable: "it is damaged"}, "erased": {UserKey: key, Row: true, Erased: 5},
	} {
		if a := usersync.Account(&deleted, blank); a.Unknown == "" || a.Fields != nil || a.Stands() != 0 {
			t.Errorf("%s: %+v", what, a)
		}
	}
}
