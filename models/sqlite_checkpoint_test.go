package models_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

// The log of committed pages is moved into the file while the store writes, and begins
// anew: it does not grow as long as somebody writes.
func TestSQLiteLogBeginsAnew(t *testing.T) {
	t.Parallel()
	url := sqliteURL(t)
	db, err := models.Open(url, models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	watcher, err := sql.Open("sqlite", "file:"+strings.TrimPrefix(url, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	defer watcher.Close()
	watcher.SetMaxOpenConns(1)

	engine := storetest.Engine(db.Store())
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	bury := func(size int) {
		letter := usersync.DeadLetter{Provider: "p", Reason: "a test", Payload: []byte(fmt.Sprint(size) + strings.Repeat("x", size)), ReceivedAt: storetest.Base}
		if r := engine.Apply(ctx, []*usersync.Delivery{{Letters: []usersync.DeadLetter{letter}}})[0]; r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	// The pages of 18 letters of 2 MB are more than are left in the log.
	for i := range 18 {
		bury(2<<20 + i)
	}
	for size := 0; ; size++ {
		bury(size)
		var busy, log, moved int
		if err := watcher.QueryRowContext(ctx, "PRAGMA wal_checkpoint(NOOP)").Scan(&busy, &log, &moved); err != nil {
			t.Fatal(err)
		}
		if log < 8000 {
			break
		}
	}
	letters, err := db.DeadLetters(ctx, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if len(letters) < 19 {
		t.Errorf("%d letters", len(letters))
	}
}
