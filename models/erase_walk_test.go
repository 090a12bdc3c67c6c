package models_test

import (
	"strings"
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

// Who may not touch a week that was taken out removes all else, and is told which table
// it is and who has to end it.
func TestErasureWithoutOwnership(t *testing.T) {
	t.Parallel()
	owner, daemon := ownerAndDaemon(t, "daemon_erase")
	makeWeeks(t, owner, 3)
	place(t, daemon, "old", storetest.Base, storetest.Base)
	place(t, daemon, "new", storetest.Base+14*dayLong, storetest.Base+14*dayLong)
	models.ExecForTest(t, owner, "UPDATE usersync.processed_events SET provider_user_id = 'u1'")
	models.ExecForTest(t, owner, "ALTER TABLE usersync.processed_events DETACH PARTITION "+firstWeek)
	erase := func() (usersync.Erased, error) {
		return daemon.Eraser().Erase(t.Context(), usersync.UserKey{Provider: "p", UserID: "u1"}, storetest.Base)
	}
	done, err := erase()
	if err == nil || done.Events != 1 {
		t.Fatalf("%+v, %v", done, err)
	}
	for _, want := range []string{firstWeek, "as the owner", "wait until"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in: %v", want, err)
		}
	}
	prune(t, owner, storetest.Base+14*dayLong)
	if done, err = erase(); err != nil || done.Before == 0 {
		t.Errorf("after it was dropped: %+v, %v", done, err)
	}
}

// A week that was taken out of the table, and not dropped since, is part of what is
// kept; so is what goes back from there into the table while an erasure walks.
func TestErasedEventsOfAWeekThatWasTakenOut(t *testing.T) {
	t.Parallel()
	db := databases["postgres"](t, models.Options{})
	makeWeeks(t, db, 3)
	late := user("u1")
	late.ReceivedAt = storetest.Base + 50*dayLong
	if err := applyOne(t, db, late, user("u2")); err != nil {
		t.Fatal(err)
	}
	models.ExecForTest(t, db, "ALTER TABLE usersync.processed_events DETACH PARTITION "+firstWeek)
	if done := eraseNow(t, db, "u1"); done.Events != 1 {
		t.Errorf("%+v", done)
	}
	if left := models.QueryForTest(t, db, "SELECT provider_user_id FROM "+firstWeek); len(left) != 1 || left[0] != "u2" {
		t.Errorf("left are %q", left)
	}
	prune(t, db, storetest.Base+14*dayLong)

	const thirdWeek = "usersync.processed_events_20260126"
	late.UserID = "u3"
	late.OccurredAt += 14 * dayLong
	if err := applyOne(t, db, late); err != nil {
		t.Fatal(err)
	}
	app := models.BeginForTest(t, db) // a pruner
	app("ALTER TABLE usersync.processed_events DETACH PARTITION " + thirdWeek)
	erased := make(chan usersync.Erased, 1)
	go func() {
		done, err := db.Eraser().Erase(t.Context(), usersync.UserKey{Provider: "p", UserID: "u3"}, storetest.Base)
		if err != nil {
			t.Error(err)
		}
		erased <- done
	}()
	awaitWaiter(t, db, "usersync.processed_events")
	app("INSERT INTO usersync.processed_events SELECT * FROM " + thirdWeek)
	app("DROP TABLE " + thirdWeek)
	app("COMMIT")
	<-erased
	if left := models.QueryForTest(t, db, "SELECT event_id FROM usersync.processed_events WHERE provider_user_id = 'u3'"); len(left) != 0 {
		t.Errorf("left are %q", left)
	}
}
