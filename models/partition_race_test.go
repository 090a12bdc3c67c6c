package models_test

import (
	"testing"
	"time"

	"usersync/models"
)

// An event that waits for the default partition while its week is made goes to the
// week: it is not taken for data that the database refuses.
func TestAnEventWaitsWhileItsWeekIsMade(t *testing.T) {
	t.Parallel()
	db := databases["postgres"](t, models.Options{})
	maker := models.BeginForTest(t, db)
	maker("CREATE TABLE " + firstWeek + " (LIKE usersync.processed_events INCLUDING ALL)")
	maker("ALTER TABLE usersync.processed_events ATTACH PARTITION " + firstWeek + " FOR VALUES FROM ('2026-01-12 00:00:00Z') TO ('2026-01-19 00:00:00Z')")
	applied := make(chan error, 1)
	go func() { applied <- applyOne(t, db, user("u1")) }()
	awaitWaiter(t, db, "usersync.processed_events_default")
	maker("COMMIT")
	if err := <-applied; err != nil {
		t.Fatal(err)
	}
	if letters, err := db.DeadLetters(t.Context(), 10); err != nil || len(letters) != 0 {
		t.Errorf("%+v, %v", letters, err)
	}
	if got := placed(t, db); len(got) != 1 || got[0] != "e_u1 "+firstWeek {
		t.Errorf("%q", got)
	}
}

// awaitWaiter waits until somebody waits for a lock on a table.
func awaitWaiter(t *testing.T, db *models.DB, table string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		if len(models.QueryForTest(t, db, "SELECT mode FROM pg_locks WHERE NOT granted AND relation = to_regclass($1)", table)) > 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("nobody waits for %s", table)
		}
	}
}
