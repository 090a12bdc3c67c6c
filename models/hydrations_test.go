package models_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"usersync/internal/pgtest"
	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

// thinEngine asks for everybody's users.
func thinEngine(db *models.DB) *usersync.Engine {
	e := storetest.Engine(db.Store())
	e.Hydrates = func(string) bool { return true }
	return e
}

func applyThrough(t *testing.T, e *usersync.Engine, c usersync.Command) {
	t.Helper()
	if r := e.Apply(t.Context(), []*usersync.Delivery{{Commands: []usersync.Command{c}}})[0]; r.Err != nil || r.Busy {
		t.Fatalf("%+v", r)
	}
}

// Events that say something cost nothing more: the queue is not even looked at.
func TestOnlyThinEventsTouchTheQueue(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.New(t), models.Options{})
	models.ExecForTest(t, db, "DROP TABLE usersync.hydrations")
	e := thinEngine(db)
	applyThrough(t, e, user("u1"))
	c := user("u2")
	c.Thin = true
	if r := e.Apply(t.Context(), []*usersync.Delivery{{Commands: []usersync.Command{c}}})[0]; r.Err == nil {
		t.Error("a thin event did not need the queue, so this test shows nothing")
	}
}

// An entry that an event's transaction holds at this moment is passed over: the
// claim does not wait, and takes the others.
func TestClaimPassesOverWhatIsHeld(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.New(t), models.Options{})
	e := thinEngine(db)
	for i := range 5 {
		c := user(fmt.Sprint("u", i))
		c.Thin = true
		applyThrough(t, e, c)
	}
	hold := models.BeginForTest(t, db)
	hold("UPDATE usersync.hydrations SET requests = requests + 1 WHERE provider_user_id = 'u3'")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // nobody lets go before it is over
	defer cancel()
	claimed, err := db.Hydrations().Claim(ctx, "p", e.Clock(), e.Clock()+1, 9)
	if err != nil || len(claimed) != 4 {
		t.Errorf("%+v, %v", claimed, err)
	}
	hold("COMMIT")
	claimed, err = db.Hydrations().Claim(t.Context(), "p", e.Clock(), e.Clock()+1, 9)
	if err != nil || len(claimed) != 1 || claimed[0].UserID != "u3" || claimed[0].Requests != 2 {
		t.Errorf("%+v, %v", claimed, err)
	}
}
