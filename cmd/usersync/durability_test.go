package main

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"usersync/internal/faultproxy"
	"usersync/internal/pgtest"
	"usersync/internal/spool"
	"usersync/models"
	usersync "usersync/sync"
)

// A database that is cut off, which no delivery has found out so far, does not keep
// those waiting who ask whether the daemon is ready.
func TestReadinessBesideADatabaseThatIsCutOff(t *testing.T) {
	t.Parallel()
	proxy, through := behind(t, pgtest.New(t))
	if err := proxy.Set(faultproxy.Blackhole); err != nil {
		t.Fatal(err)
	}
	db, err := models.Open(through, models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	kept, err := spool.Open(filepath.Join(t.TempDir(), "spool"), spool.Options{MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	d := &durability{db: db, spool: kept, breaker: usersync.NewBreaker(nil)}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	began := time.Now()
	for _, part := range d.parts() {
		if err := part.Ready(ctx); (err == nil) != (part.Name == "spool") {
			t.Errorf("%s: %v", part.Name, err)
		}
	}
	if ctx.Err() != nil {
		t.Errorf("it took %v", time.Since(began))
	}
}
