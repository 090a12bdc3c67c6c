package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"usersync/internal/pgtest"
	usersync "usersync/sync"
)

// Postgres fails at each transaction with one user, as it does where a page of the
// disk is damaged (XX001). That is no outage: only the event of that user waits.
func TestPostgresFailsAtOneRow(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	o := &outage{t: t, acknowledged: map[usersync.UserKey]bool{}}
	daemon := startDaemon(t, databaseURL, hurried+fmt.Sprintf("spool: {dir: %q}\n", filepath.Join(t.TempDir(), "spool")))
	o.send(daemon, "before")
	operator := session(t, databaseURL)
	operator.exec(`CREATE FUNCTION damaged() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			IF NEW.provider_user_id = 'damaged' THEN
				RAISE EXCEPTION 'invalid page' USING ERRCODE = 'XX001';
			END IF;
			RETURN NEW;
		END $$`,
		"CREATE TRIGGER damaged BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION damaged()")
	if answer, _ := o.insist(daemon, "damaged"); !strings.Contains(answer, "spooled") {
		t.Errorf("the one: %s", answer)
	}
	damaged := usersync.UserKey{Provider: "authara", UserID: "damaged"}
	delete(o.acknowledged, damaged)
	for round := range 3 {
		awaitAnswer(t, "the database is used", func() bool {
			_, answer := o.send(daemon, fmt.Sprintf("other_%d_%d", round, len(o.acknowledged)))
			return strings.Contains(answer, "applied")
		})
		o.send(daemon, "damaged") // again
		delete(o.acknowledged, damaged)
	}
	o.settled(daemon.inspect())
	awaitAnswer(t, "a word on what waits", func() bool { return strings.Contains(daemon.log.String(), "SQLSTATE XX001: see its log") })
	operator.exec("DROP TRIGGER damaged ON users")
	o.acknowledged[damaged] = true
	o.settled(daemon.inspect())
}
