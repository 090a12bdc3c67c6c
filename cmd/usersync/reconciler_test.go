package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"usersync/internal/config"
	"usersync/internal/fakeprovider"
	"usersync/models"
	usersync "usersync/sync"
)

// scheduledSite is one whose configuration reconciles by itself.
func scheduledSite(t *testing.T, databaseURL string, users int) backfillSite {
	t.Helper()
	site := newBackfillSite(t, "authon", databaseURL, users)
	text, err := os.ReadFile(site.config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(site.config, append([]byte("reconcile: {every: 1h}\n"), text...), 0o600); err != nil {
		t.Fatal(err)
	}
	return site
}

// runs are the newest ones, but for those that a daemon prunes in: it may begin one a minute
// after its start.
func (s backfillSite) runs(t *testing.T) []models.SyncRun {
	t.Helper()
	db, err := models.Open(s.db, models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	runs, err := db.LastRuns(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(runs, func(r models.SyncRun) bool { return r.Kind == string(usersync.RunPrune) })
}

// look looks at the schedule once, as one more replica, and returns when it has
// done what is due.
func (s backfillSite) look(t *testing.T) {
	t.Helper()
	c, err := config.Load(config.Options{File: s.config, NeedProviders: true})
	if err != nil {
		t.Fatal(err)
	}
	db, err := models.Open(s.db, models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	(&reconciler{db: db, log: zerolog.Nop(), quiet: runQuiet}).reconcile(t.Context(), c, "authon")
}

// Of two replicas one reconciles, once; what no webhook told is repaired.
func TestScheduledReconcileRunsOnceAmongReplicas(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		site := scheduledSite(t, databaseURL, 230)
		if code, _, errs := site.run(t, "authon"); code != exitOK {
			t.Fatal(errs)
		}
		site.drift(t)
		replicas := []*process{startProcess(t, site.config, databaseURL), startProcess(t, site.config, databaseURL)}
		log := func() string { return replicas[0].log.String() + replicas[1].log.String() }
		until(t, func() bool { return strings.Contains(log(), "reconcile complete") }, log)
		runs := site.runs(t)
		if len(runs) != 2 || runs[0].Kind != "reconcile" || runs[0].Outcome == nil || *runs[0].Outcome != "complete" || strings.Count(log(), "reconcile begun") != 1 {
			t.Errorf("%+v\n%s", runs, log())
		}
		for _, u := range site.users(t) {
			if deleted := u.DeletedAt != nil; deleted != (u.ProviderUserID == "usr_0000005") {
				t.Errorf("%s deleted: %v", u.ProviderUserID, deleted)
			}
		}
		// After a restart nothing is due.
		for _, p := range replicas {
			if code := p.stop(); code != exitOK {
				t.Errorf("exit code %d", code)
			}
		}
		again := startProcess(t, site.config, databaseURL)
		site.look(t)
		if code := again.stop(); code != exitOK || len(site.runs(t)) != 2 {
			t.Errorf("exit code %d, %d runs", code, len(site.runs(t)))
		}
	})
}

// A daemon that is stopped in the middle leaves the run for whoever comes next.
func TestScheduledReconcileIsGoneOnWith(t *testing.T) {
	t.Parallel()
	site := scheduledSite(t, databaseURLs["postgres"](t), 900)
	trouble := site.api.Inject(fakeprovider.Trouble{Fault: fakeprovider.Slow, Delay: time.Hour, Match: fakeprovider.Query("page", "5")})
	first := startProcess(t, site.config, site.db)
	until(t, func() bool { return len(site.users(t)) == 400 }, func() string { return fmt.Sprintf("%d users:\n%s", len(site.users(t)), first.log) })
	if code := first.stop(); code != exitOK {
		t.Errorf("exit code %d\n%s", code, first.log)
	}
	trouble.Remove()
	if run := site.lastRun(t); run.Outcome != nil || run.Cursor == nil || *run.Cursor != "5" {
		t.Errorf("left as %+v", run)
	}
	// By hand it is gone on with at once.
	code, result, _, errs := site.reconcile(t, "authon", "--apply")
	if code != exitOK || !result.Resumed || result.Run.Users != 900 || len(site.users(t)) != 900 {
		t.Errorf("exit code %d, %+v\n%s", code, result, errs)
	}
}

func TestScheduleWithoutAnAPI(t *testing.T) {
	t.Parallel()
	file := writeConfig(t, databaseURLs["sqlite"](t), "reconcile: {every: 1h}\n")
	_, out, _ := runProgram(t, "check", "--config", file)
	for _, name := range []string{"authon", "authara", "node_auth"} {
		if !strings.Contains(out, "reconcile.every: "+name+" is left out") {
			t.Errorf("%s is not named:\n%s", name, out)
		}
	}
}
