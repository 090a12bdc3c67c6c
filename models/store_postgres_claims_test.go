package models_test

import (
	"testing"

	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

// The merge cannot tell a repetition of an event that says nothing about its user. The
// transaction that has one is not repeated for that: each claim is inserted once.
func TestARepeatedThinEventCostsNoSecondTransaction(t *testing.T) {
	t.Parallel()
	db := databases["postgres"](t, models.Options{})
	if err := applyOne(t, db, user("a")); err != nil {
		t.Fatal(err)
	}
	// What was rolled back is counted, too.
	models.ExecForTest(t, db, "CREATE SEQUENCE tries")
	models.ExecForTest(t, db, "CREATE FUNCTION try() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM nextval(''tries''); RETURN NEW; END'")
	models.ExecForTest(t, db, "CREATE TRIGGER try BEFORE INSERT ON usersync.processed_events FOR EACH ROW EXECUTE FUNCTION try()")
	thin := user("a")
	thin.EventID, thin.Kind, thin.OccurredAt = "thin", usersync.KindUpdated, storetest.Base+1
	for _, commands := range [][]usersync.Command{{thin}, {thin, user("b")}, {thin}} {
		if err := applyOne(t, db, commands...); err != nil {
			t.Fatal(err)
		}
	}
	if tries := models.QueryForTest(t, db, "SELECT last_value FROM tries"); tries[0] != "4" {
		t.Errorf("%s claims were tried, want 4", tries[0])
	}
	if claims := models.QueryForTest(t, db, "SELECT count(*) FROM usersync.processed_events"); claims[0] != "3" {
		t.Errorf("%s claims, want 3", claims[0])
	}
}
