package models_test

import (
	"slices"
	"testing"

	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

// Whatever takes a lock that events wait for is ended by the server if its client is
// cut off in the middle: an erasure, a change of partitions, pruning.
func TestLocksOfACutOffClientEnd(t *testing.T) {
	t.Parallel()
	db := databases["postgres"](t, models.Options{})
	models.ExecForTest(t, db, `CREATE TABLE limits (what text, idle text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO limits VALUES (TG_TABLE_NAME, current_setting('idle_in_transaction_session_timeout')); RETURN OLD; END $$;
CREATE FUNCTION note_change() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO limits VALUES (split_part(current_query(), ' ', 4), current_setting('idle_in_transaction_session_timeout')); END $$;
CREATE TRIGGER note AFTER DELETE ON users FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER note AFTER INSERT ON usersync.erased FOR EACH STATEMENT EXECUTE FUNCTION note();
CREATE TRIGGER note AFTER DELETE ON usersync.dead_letters FOR EACH ROW EXECUTE FUNCTION note();
CREATE EVENT TRIGGER note ON ddl_command_end WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION note_change();`)
	makeWeeks(t, db, 1)
	if err := applyOne(t, db, profiled("u1")); err != nil {
		t.Fatal(err)
	}
	letter := usersync.DeadLetter{Provider: "p", Reason: "bad_json", Payload: []byte("x"), ReceivedAt: storetest.Base}
	if r := storetest.Engine(db.Store()).Apply(t.Context(), []*usersync.Delivery{{Letters: []usersync.DeadLetter{letter}}})[0]; r.Err != nil {
		t.Fatal(r.Err)
	}
	eraseNow(t, db, "u1")
	prune(t, db, storetest.Base+21*dayLong)
	if gone, err := db.PruneLetters(t.Context(), storetest.Base+21*dayLong, noPause); err != nil || gone != 1 {
		t.Errorf("%d letters, %v", gone, err)
	}
	got := models.QueryForTest(t, db, "SELECT what || ' ' || idle FROM limits ORDER BY what COLLATE \"C\"")
	want := []string{"ATTACH 5s", "DETACH 5s", "dead_letters 5s", "erased 5s", "users 5s"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
