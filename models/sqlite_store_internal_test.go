package models

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"path/filepath"
	"testing"

	usersync "usersync/sync"
)

// openFile opens a file that has no tables yet.
func openFile(t *testing.T) *DB {
	t.Helper()
	db, err := Open("sqlite:"+filepath.Join(t.TempDir(), "usersync.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// A statement keeps none of what it was called with.
func TestSQLiteStatementForgets(t *testing.T) {
	t.Parallel()
	conn, err := openFile(t).pool.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for name, call := range map[string]func(*sqliteStatement) error{
		"exec": func(s *sqliteStatement) error { _, err := s.exec(t.Context(), "a letter", []byte("x")); return err },
		"query": func(s *sqliteStatement) error {
			return s.query(t.Context(), func([]driver.Value) error { return nil }, "a letter", []byte("x"))
		},
	} {
		s, err := prepareSQLite(conn, "SELECT ?, ?")
		if err != nil {
			t.Fatal(err)
		}
		if err := call(&s); err != nil {
			t.Error(err)
		}
		kept := s.arguments[:cap(s.arguments)]
		if len(kept) < 2 {
			t.Errorf("%s: room for %d", name, len(kept))
		}
		for i := range kept {
			if kept[i] != (driver.NamedValue{}) {
				t.Errorf("%s keeps %v", name, kept[i])
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A store that could not be connected, as there are no tables, leaves the connection to
// the others as it was.
func TestSQLiteStoreThatCannotConnect(t *testing.T) {
	t.Parallel()
	db := openFile(t)
	conn, err := db.pool.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	setting := func(from interface {
		QueryRowContext(context.Context, string, ...any) *sql.Row
	}) (pages int) {
		t.Helper()
		if err := from.QueryRowContext(t.Context(), "PRAGMA wal_autocheckpoint").Scan(&pages); err != nil {
			t.Fatal(err)
		}
		return pages
	}
	before := setting(db.pool)
	if open := db.pool.Stats().OpenConnections; open != 1 {
		t.Fatalf("%d connections", open)
	}
	store := newSQLiteStore(db.pool, db.names)
	decide := func(usersync.Known) usersync.Changes { return usersync.Changes{} }
	if _, err := store.Update(t.Context(), usersync.Lock{}, decide); err == nil {
		t.Fatal("it works without tables")
	}
	if got := setting(db.pool); got != before {
		t.Errorf("others move the log at %d pages, before at %d", got, before)
	}
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Update(t.Context(), usersync.Lock{}, decide); err != nil {
		t.Fatal(err)
	}
	if got := setting(store.conn); got != 4*checkpointPages {
		t.Errorf("the store's own at %d pages", got)
	}
	if err := store.Close(); err != nil {
		t.Error(err)
	}
}

// The rest of the log is moved although who committed last does not wait any more.
func TestSQLiteRestIsMovedWithoutItsCaller(t *testing.T) {
	t.Parallel()
	db := openFile(t)
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	store := newSQLiteStore(db.pool, db.names)
	defer store.Close()
	if err := store.connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	left := func() (pages int64) {
		t.Helper()
		err := store.prepared.length.query(t.Context(), func(row []driver.Value) error {
			log, _ := row[1].(int64)
			moved, _ := row[2].(int64)
			pages = log - moved
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return pages
	}
	if left() == 0 {
		t.Fatal("nothing is to be moved: the test proves nothing")
	}
	ended, end := context.WithCancel(t.Context())
	end()
	store.checkpoint.rest.Store(true)
	store.checkpoint.after(ended, &store.prepared)
	if got := left(); got != 0 {
		t.Errorf("%d pages are left", got)
	}
}
