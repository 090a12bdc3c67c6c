package models_test

import (
	"testing"

	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

// While an erasure walks through the processed events others come in front of the
// user's: claims without a time lie in the order of their ids. It finds the user's
// all the same.
func TestErasedEventsWhileOthersCome(t *testing.T) {
	t.Parallel()
	db := databases["postgres"](t, models.Options{})
	if err := applyOne(t, db, user("u1")); err != nil {
		t.Fatal(err)
	}
	app := models.BeginForTest(t, db)
	app("LOCK TABLE usersync.processed_events IN SHARE MODE") // who reads goes on, who deletes waits
	erased := make(chan usersync.Erased, 1)
	go func() {
		done, err := db.Eraser().Erase(t.Context(), usersync.UserKey{Provider: "p", UserID: "u1"}, storetest.Base)
		if err != nil {
			t.Error(err)
		}
		erased <- done
	}()
	awaitWaiter(t, db, "usersync.processed_events")
	app("INSERT INTO usersync.processed_events SELECT '1970-01-01Z', 'p', 'e' || n, 'u2', 'user.updated', '2026-01-01Z', 'applied', 'live' FROM generate_series(1, 20000) AS s (n)")
	app("COMMIT")
	<-erased
	if left := models.QueryForTest(t, db, "SELECT event_id FROM usersync.processed_events WHERE provider_user_id = 'u1'"); len(left) != 0 {
		t.Errorf("left are %q", left)
	}
}
