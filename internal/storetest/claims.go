package storetest

import (
	"context"
	"testing"

	usersync "usersync/sync"
)

func outcomes(t *testing.T, s Inspector) {
	e := Engine(s)
	created := command1("u1", "e1", usersync.KindCreated, 1)
	late := command1("u1", "e0", usersync.KindCreated, 0)
	batch := command1("u1", "e3", usersync.KindUpdated, 3)
	for i, step := range []struct {
		command usersync.Command
		want    usersync.Outcome
	}{
		{created, usersync.OutcomeApplied},
		{created, usersync.OutcomeDuplicate},
		{late, usersync.OutcomeStale},
		{late, usersync.OutcomeDuplicate},
	} {
		if got := apply(t, e, step.command); got[0] != step.want {
			t.Errorf("step %d: %v, want %v", i, got[0], step.want)
		}
	}
	if got := apply(t, e, batch, batch); got[0] != usersync.OutcomeApplied || got[1] != usersync.OutcomeDuplicate {
		t.Errorf("twice in one batch: %v", got)
	}
	replay := created
	replay.Origin = usersync.OriginReplay
	if got := apply(t, e, replay); got[0] != usersync.OutcomeStale {
		t.Errorf("a replay ignores claims: %v", got)
	}
	listed := command1("u1", "", usersync.KindUpdated, 9)
	listed.Origin = usersync.OriginBackfill
	if got := apply(t, e, listed); got[0] != usersync.OutcomeApplied {
		t.Errorf("a listed user: %v", got)
	}
	if claims := s.Claims(); len(claims) != 3 {
		t.Errorf("%d claims, want 3: a listed user is no event", len(claims))
	} else {
		for _, c := range claims {
			if c.EventID == "e0" && (c.Outcome != usersync.OutcomeStale || c.OccurredAt != late.OccurredAt || c.ReceivedAt != late.ReceivedAt || c.Kind != usersync.KindCreated) {
				t.Errorf("claim %+v", c)
			}
		}
	}
	// Two facts of one event share its claim.
	first, second := command1("u2", "e1", usersync.KindCreated, 1), command1("u2", "e1", usersync.KindBanned, 1)
	results := e.Apply(t.Context(), []*usersync.Delivery{{Commands: []usersync.Command{first, second}}})
	if results[0].Err != nil || results[0].Outcome != usersync.OutcomeApplied || len(s.Claims()) != 4 {
		t.Errorf("two facts: %+v, %d claims", results[0], len(s.Claims()))
	}
}

func restamped(t *testing.T, s Inspector) {
	e := Engine(s)
	restamp := func(second int, name string) usersync.Command {
		c := command1("u1", "e1", usersync.KindUpdated, second)
		c.Unstable = true
		c.Fields[usersync.FieldName] = usersync.TextValue(name)
		return c
	}
	later := command1("u1", "e2", usersync.KindUpdated, 5)
	later.Fields[usersync.FieldName] = usersync.TextValue("new")
	apply(t, e, restamp(1, "old"), later)
	if got := apply(t, e, restamp(9, "old")); got[0] != usersync.OutcomeDuplicate {
		t.Errorf("a retry with another time: %v", got)
	}
	if got := apply(t, e, restamp(9, "old"), restamp(10, "old")); got[0] != usersync.OutcomeDuplicate || got[1] != usersync.OutcomeDuplicate {
		t.Errorf("two retries in one batch: %v", got)
	}
	compareFold(t, s, []usersync.Command{restamp(1, "old"), later})

	// Nobody knows the user, but the event was seen: no row appears.
	ghost := restamp(1, "ghost")
	ghost.UserID, ghost.EventID = "u2", "e3"
	repeated := ghost
	repeated.OccurredAt += 7
	if got := apply(t, e, ghost, repeated); got[0] != usersync.OutcomeApplied || got[1] != usersync.OutcomeDuplicate {
		t.Errorf("first and retry in one batch: %v", got)
	}
}

func cancelled(t *testing.T, s Inspector) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := command1("u1", "e1", usersync.KindCreated, 1)
	if r := Engine(s).Apply(ctx, []*usersync.Delivery{{Commands: []usersync.Command{c}}}); r[0].Err == nil {
		t.Error("applied without a context to do so")
	}
	if len(s.Rows())+len(s.Claims()) != 0 {
		t.Error("something stayed")
	}
	if got := apply(t, Engine(s), c); got[0] != usersync.OutcomeApplied {
		t.Errorf("the store did not recover: %v", got)
	}
}
