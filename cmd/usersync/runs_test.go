package main

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"usersync/internal/fakeprovider"
	"usersync/models"
	usersync "usersync/sync"
)

// The cursor of an interrupted run means another page in a list with pages of
// another size: then the whole list is read.
func TestBackfillOfAnotherListBeginsAnew(t *testing.T) {
	t.Parallel()
	site := newBackfillSite(t, "authon", databaseURLs["sqlite"](t), 400)
	text, err := os.ReadFile(site.config)
	if err != nil {
		t.Fatal(err)
	}
	withPages := func(size string) {
		t.Helper()
		if err := os.WriteFile(site.config, []byte(strings.Replace(string(text), "api: {", "api: {page_size: "+size+", ", 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	withPages("20")
	trouble := site.api.Inject(fakeprovider.Trouble{Fault: fakeprovider.Forbidden, Match: fakeprovider.Query("page", "6")})
	if code, result, errs := site.run(t, "authon"); code != exitFailed || result.Pages != 5 {
		t.Fatalf("exit code %d, %+v\n%s", code, result, errs)
	}
	trouble.Remove()
	withPages("50")
	code, result, errs := site.run(t, "authon")
	if code != exitOK || result.Resumed || result.Users != 400 || len(site.users(t)) != 400 {
		t.Errorf("exit code %d, %+v, %d rows\n%s", code, result, len(site.users(t)), errs)
	}
}

// Whoever works at a run is heard of, and stops when somebody else has it.
func TestRunsAreAttended(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		db, err := models.Open(databaseURL, models.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		key := usersync.RunKey{Kind: usersync.RunReconcile, Provider: "p"}
		run, _, err := db.Runs().Begin(t.Context(), key, false, now())
		if err != nil {
			t.Fatal(err)
		}
		working := make(chan struct{})
		ended := make(chan error, 1)
		go func() {
			ended <- attended(t.Context(), db.Runs(), run, 20*time.Millisecond, func(ctx context.Context) error {
				close(working)
				<-ctx.Done()
				return ctx.Err()
			})
		}()
		<-working
		// As long as somebody works nobody else is to begin: not even so long after
		// the beginning that without word of it the run would be abandoned.
		const quiet = 60_000_000 // longer than the test may take
		var started, heard usersync.Micros
		until(t, func() bool {
			runs, err := db.LastRuns(t.Context(), 1)
			if err != nil || len(runs) != 1 {
				t.Fatalf("%+v, %v", runs, err)
			}
			started = usersync.MicrosOf(runs[0].StartedAt.Time)
			if runs[0].SavedAt != nil {
				heard = usersync.MicrosOf(runs[0].SavedAt.Time)
			}
			return heard > started+1
		}, func() string { return "nothing is heard of the run" })
		if _, due, err := db.Runs().BeginDue(t.Context(), key, 3600_000_000, quiet, started+quiet+1); err != nil || due {
			t.Errorf("due %v, %v", due, err)
		}
		if _, resumed, err := db.Runs().Begin(t.Context(), key, false, now()); err != nil || !resumed {
			t.Fatalf("resumed %v, %v", resumed, err)
		}
		if err := <-ended; !errors.Is(err, usersync.ErrRunTaken) {
			t.Errorf("ended with %v", err)
		}
	})
}
