package pgtest

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// A primary that waits for its standby is killed, the standby is promoted and has
// everything; the old primary comes back as its standby, and so on.
func TestStandbyIsPromotedAndThePrimaryRejoins(t *testing.T) {
	t.Parallel()
	primary := start(t, Options{Settings: map[string]string{"synchronous_standby_names": StandbyName, "synchronous_commit": "remote_apply"}})
	standby, err := primary.Standby()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := standby.Stop(); err != nil {
			t.Error(err)
		}
	})
	ports := [2]int{primary.port, standby.port}
	execOn(t, primary.URL(), "CREATE TABLE kept (n int)")
	for round, want := range []string{"1", "2"} {
		execOn(t, primary.URL(), "INSERT INTO kept VALUES (1)")
		if got := query(t, standby.URL(), "SELECT count(*)::text || pg_is_in_recovery()::text FROM kept"); got != want+"true" {
			t.Fatalf("round %d: the standby says %s", round, got)
		}
		if err := primary.Follow(standby); err == nil {
			t.Fatal("a server that is up gave up its data")
		}
		if err := primary.Down(); err != nil {
			t.Fatal(err)
		}
		if err := standby.Promote(); err != nil {
			t.Fatal(err)
		}
		if got := query(t, standby.URL(), "SELECT count(*)::text || pg_is_in_recovery()::text FROM kept"); got != want+"false" {
			t.Fatalf("round %d: the promoted one says %s", round, got)
		}
		if err := primary.Follow(standby); err != nil {
			t.Fatal(err)
		}
		primary, standby = standby, primary
	}
	if now := [2]int{primary.port, standby.port}; now != ports {
		t.Errorf("the ports were %v and are %v", ports, now)
	}
}

// Without its standby a primary that waits for one does not confirm a commit.
func TestCommitWaitsForTheStandby(t *testing.T) {
	t.Parallel()
	primary := start(t, Options{Settings: map[string]string{"synchronous_standby_names": StandbyName}})
	done := make(chan error, 1)
	go func() { done <- execute(primary.URL(), "CREATE TABLE waits (n int)") }()
	waiting := func() string {
		return query(t, primary.URL(), "SELECT count(*)::text FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
	}
	for deadline := time.Now().Add(time.Minute); waiting() != "1"; time.Sleep(pollEvery) {
		if time.Now().After(deadline) {
			t.Fatal("nobody waits")
		}
	}
	standby, err := primary.Standby()
	if err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := standby.Stop(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(standby.dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is still there: %v", standby.dir, err)
	}
	if _, err := pgx.Connect(t.Context(), standby.URL()); err == nil {
		t.Error("the standby answers after Stop")
	}
}
