package main

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"usersync/internal/pgtest"
)

// The database's disk is full, again and again. A long run fills a small disk, on
// which the server fails as it really does: it refuses to extend tables, and ends
// when it cannot write its log. A short run, which may not mount anything, raises
// the same error by a trigger.
func TestChaosDiskFull(t *testing.T) {
	t.Parallel()
	if long() {
		diskFull(t)
		return
	}
	databaseURL := pgtest.New(t)
	c := newChaos(t, "database disk full", databaseURL, databaseURL)
	operator := session(t, databaseURL)
	operator.exec("CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$")
	load := c.load(8, newStream(t, c.daemon.providers, "u", 200).next)
	for range 2 {
		load.awaitLive(30)
		operator.exec("CREATE TRIGGER full_disk BEFORE INSERT ON usersync.processed_events FOR EACH STATEMENT EXECUTE FUNCTION full_disk()")
		load.awaitSpooled(20)
		operator.exec("DROP TRIGGER full_disk ON usersync.processed_events")
	}
	load.awaitLive(30)
	load.end()
	c.faults = int64(load.outcomes["spooled"])
	c.conclude(load)
}

func diskFull(t *testing.T) {
	t.Helper()
	disk := smallDisk(t, "size=200m,mode=0777")
	cluster, err := pgtest.Start(pgtest.Options{Within: disk, Settings: map[string]string{"min_wal_size": "32MB", "max_wal_size": "32MB"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Stop(); err != nil {
			t.Error(err)
		}
	})
	c := newChaos(t, "database disk full", cluster.URL(), cluster.URL())
	load := c.load(16, newStream(t, c.daemon.providers, "u", 2000).next)
	ballast, ends := filepath.Join(disk, "ballast"), 0
	for round := range 5 {
		load.awaitLive(500)
		fill(t, ballast)
		load.awaitSpooled(200)
		if round%2 == 1 {
			fillLog(t, cluster.URL())
		}
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		if revive(t, cluster) {
			ends++
		}
	}
	load.awaitLive(500)
	load.end()
	c.faults = int64(load.outcomes["spooled"])
	c.conclude(load)
	t.Logf("the server ended %d times for good", ends)
}

// fill writes a file until the disk is full.
func fill(t *testing.T, file string) {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size >= 4096; {
		_, err := f.Write(make([]byte, size))
		switch {
		case errors.Is(err, syscall.ENOSPC):
			size /= 2
		case err != nil:
			t.Fatal(err)
		}
	}
}

// fillLog writes the server's log until that fails, which the server does not
// survive.
func fillLog(t *testing.T, databaseURL string) {
	t.Helper()
	operator := session(t, databaseURL)
	defer operator.close()
	for range 1000 {
		if _, err := operator.conn.Exec(t.Context(), "SELECT pg_logical_emit_message(false, 'ballast', repeat('x', 1000000))"); err != nil {
			if !operator.conn.IsClosed() {
				t.Errorf("the server survived it: %v", err)
			}
			return
		}
	}
	t.Error("the log was never full")
}

// revive starts the server again if it ended because it could not write its log,
// and reports whether it had.
func revive(t *testing.T, cluster *pgtest.Cluster) (ended bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if conn, err := pgx.Connect(t.Context(), cluster.URL()); err == nil {
			_ = conn.Close(t.Context())
			return false
		}
	}
	if err := errors.Join(cluster.Down(), cluster.Up()); err != nil {
		t.Fatal(err)
	}
	return true
}
