package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"usersync/internal/fakeprovider"
	"usersync/models"
	usersync "usersync/sync"
)

func (s backfillSite) reconcile(t *testing.T, words ...string) (int, reconcileResult, string, string) {
	t.Helper()
	code, out, errs := runProgram(t, append(append([]string{"reconcile"}, words...), "--json", "--config", s.config)...)
	var result reconcileResult
	if out != "" {
		if err := json.Unmarshal([]byte(out), &result); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	return code, result, out, errs
}

// lastRun is how the newest run is recorded.
func (s backfillSite) lastRun(t *testing.T) models.SyncRun {
	t.Helper()
	db, err := models.Open(s.db, models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	runs, err := db.LastRuns(t.Context(), 1)
	if err != nil || len(runs) == 0 {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	return runs[0]
}

func must[T any](t *testing.T) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// rows are the rows of the table as text, but for the stamps.
func (s backfillSite) rows(t *testing.T) string {
	t.Helper()
	users := s.users(t)
	for i := range users {
		users[i].SyncState = nil
	}
	text, err := json.Marshal(users)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// laterOn is how far a provider's clock goes on between two lists: they know no less than a
// second, and an answer that a busy machine reads late is taken for as old as its request.
const laterOn = 20 * time.Second

// drift lets the provider's clock go on, and makes its users differ from the table: one
// new, one changed, one banned, one gone.
func (s backfillSite) drift(t *testing.T) {
	t.Helper()
	s.elapse(laterOn)
	users := s.api.Users()
	user := must[fakeprovider.User](t)
	user(users.Add(fakeprovider.User{Email: "new@example.com"}))
	user(users.Update("usr_0000003", func(u *fakeprovider.User) { u.Name, u.Email = "Renamed", "renamed@example.com" }))
	user(users.Ban("usr_0000004", "spam"))
	if err := users.Delete("usr_0000005"); err != nil {
		t.Fatal(err)
	}
}

// A plan says who differs and writes nothing; --apply repairs; then nobody
// differs. Of every provider with an HTTP list, on both databases.
func TestReconcileOfEveryProvider(t *testing.T) {
	t.Parallel()
	for _, kind := range fakeprovider.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, databaseURL string) {
				site := newBackfillSite(t, kind, databaseURL, 230)
				if code, _, errs := site.run(t, kind); code != exitOK {
					t.Fatal(errs)
				}
				if code, result, _, errs := site.reconcile(t, kind); code != exitOK || result.Total() != 0 || result.Run.Users != 230 || result.Alive != 230 {
					t.Fatalf("nobody differs: exit code %d, %+v\n%s", code, result, errs)
				}
				site.drift(t)
				before := site.rows(t)
				code, plan, _, errs := site.reconcile(t, kind)
				if code != exitDrift || plan.Applied || plan.Counts[usersync.DriftMissing] != 1 || plan.Counts[usersync.DriftGone] != 1 {
					t.Errorf("plan: exit code %d, %+v\n%s", code, plan, errs)
				}
				if after := site.rows(t); after != before {
					t.Error("the plan wrote something")
				}
				code, applied, _, errs := site.reconcile(t, kind, "--apply")
				if code != exitOK || !applied.Applied || applied.Run.Gone != 1 || applied.Digest != plan.Digest || applied.Total() != plan.Total() {
					t.Errorf("apply: exit code %d, %+v\n%s", code, applied, errs)
				}
				if run := site.lastRun(t); run.Kind != "reconcile" || run.Outcome == nil || *run.Outcome != "complete" {
					t.Errorf("recorded as %+v", run)
				}
				site.elapse(laterOn)
				if code, again, _, errs := site.reconcile(t, kind); code != exitOK || again.Total() != 0 {
					t.Errorf("afterwards: exit code %d, %+v\n%s", code, again, errs)
				}
				rows := map[string]models.User{}
				for _, u := range site.users(t) {
					rows[u.ProviderUserID] = u
				}
				if len(rows) != 231 || rows["usr_0000005"].DeletedAt == nil {
					t.Errorf("%d rows, %+v", len(rows), rows["usr_0000005"])
				}
				if kind == "authon" && (!rows["usr_0000004"].Suspended || *rows["usr_0000003"].Email != "renamed@example.com") {
					t.Errorf("%+v\n%+v", rows["usr_0000004"], rows["usr_0000003"])
				}
			})
		})
	}
}

// A saved plan is applied only if the world is as it says.
func TestReconcileAppliesASavedPlan(t *testing.T) {
	t.Parallel()
	site := newBackfillSite(t, "authon", databaseURLs["sqlite"](t), 120)
	if code, _, errs := site.run(t, "authon"); code != exitOK {
		t.Fatal(errs)
	}
	site.drift(t)
	_, _, text, _ := site.reconcile(t, "authon")
	file := filepath.Join(t.TempDir(), "plan.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text, "new@") || !strings.Contains(text, "n***@example.com") {
		t.Errorf("the plan shows an address, or none: %s", text)
	}
	must[fakeprovider.User](t)(site.api.Users().Update("usr_0000009", func(u *fakeprovider.User) { u.Name = "Moved" }))
	before := site.rows(t)
	if code, result, _, errs := site.reconcile(t, "authon", "--apply", file); code != exitDrift || !result.Moved || site.rows(t) != before {
		t.Errorf("the world moved: exit code %d, %+v\n%s", code, result, errs)
	}
	_, _, text, _ = site.reconcile(t, "authon")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	code, result, applied, errs := site.reconcile(t, "authon", "--apply", file)
	if code != exitOK || !result.Applied || result.Run.Gone != 1 {
		t.Errorf("exit code %d, %+v\n%s", code, result, errs)
	}
	for name, text := range map[string]string{"no file": "", "no plan": "{}", "no JSON": "plan", "a result": applied, "another provider": strings.Replace(text, `"provider":"authon"`, `"provider":"other"`, 1)} {
		bad := filepath.Join(t.TempDir(), "bad.json")
		if text != "" {
			if err := os.WriteFile(bad, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if code, _, _, errs := site.reconcile(t, "authon", "--apply", bad); code != exitUsage || !strings.Contains(errs, "--apply") {
			t.Errorf("%s: exit code %d\n%s", name, code, errs)
		}
	}
}

// A list from which many users vanished deletes nobody, unless it is allowed.
func TestReconcileHoldsBack(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		site := newBackfillSite(t, "node_auth", databaseURL, 200)
		if code, _, errs := site.run(t, "node_auth"); code != exitOK {
			t.Fatal(errs)
		}
		site.elapse(laterOn)
		for i := range 60 {
			if err := site.api.Users().Delete(fmt.Sprintf("usr_%07d", 3*i)); err != nil {
				t.Fatal(err)
			}
		}
		deleted := func() (count int) {
			for _, u := range site.users(t) {
				if u.DeletedAt != nil {
					count++
				}
			}
			return count
		}
		code, result, _, errs := site.reconcile(t, "node_auth", "--apply")
		if code != exitDrift || !strings.Contains(result.Held, "60 of 200") || deleted() != 0 || *site.lastRun(t).Outcome != "held" {
			t.Errorf("exit code %d, %+v, %d deleted\n%s", code, result, deleted(), errs)
		}
		if code, result, _, errs := site.reconcile(t, "node_auth", "--apply", "--max-deletes", "30%"); code != exitOK || result.Run.Gone != 60 || deleted() != 60 {
			t.Errorf("exit code %d, %+v, %d deleted\n%s", code, result, deleted(), errs)
		}
	})
}

// A listing that fails on page 7 of 9 deletes nobody, is recorded as failed, and
// goes on there.
func TestReconcileGoesOnWhereItFailed(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		site := newBackfillSite(t, "authon", databaseURL, 850)
		if code, _, errs := site.run(t, "authon"); code != exitOK {
			t.Fatal(errs)
		}
		site.drift(t)
		trouble := site.api.Inject(fakeprovider.Trouble{Fault: fakeprovider.Forbidden, Match: fakeprovider.Query("page", "7")})
		code, _, _, errs := site.reconcile(t, "authon", "--apply")
		run := site.lastRun(t)
		if code != exitFailed || *run.Outcome != "failed" || *run.Cursor != "7" {
			t.Fatalf("exit code %d, %+v\n%s", code, run, errs)
		}
		for _, u := range site.users(t) {
			if u.DeletedAt != nil {
				t.Errorf("%s is deleted", u.ProviderUserID)
			}
		}
		trouble.Remove()
		code, result, _, errs := site.reconcile(t, "authon", "--apply")
		if code != exitOK || !result.Resumed || result.Run.Pages != 9 || result.Run.Gone != 1 || result.Run.Users != 850 {
			t.Errorf("exit code %d, %+v\n%s", code, result, errs)
		}
		if again := site.api.Served("usr_0000000"); again != 2 {
			t.Errorf("the first page was asked for %d times, want once by each command", again)
		}
	})
}

// Page drift hides a live user: once page 1 is read somebody on it is deleted,
// and the first user of page 2 moves there. Only who is gone is deleted.
func TestReconcileSurvivesPageDrift(t *testing.T) {
	t.Parallel()
	var api *fakeprovider.Server
	read := make(chan struct{}) // closed once page 1 is
	var drifting atomic.Bool
	first := fakeprovider.Query("page", "1")
	site := newBackfillSite(t, "authon", databaseURLs["sqlite"](t), 350, func(o *fakeprovider.Options) {
		o.Before = func(route fakeprovider.Route, r *http.Request) {
			if drifting.Load() && route == fakeprovider.List && !first(r) {
				<-read
			}
		}
		o.After = func(_ fakeprovider.Route, r *http.Request) {
			if drifting.Load() && first(r) {
				if err := api.Users().Delete("usr_0000007"); err != nil {
					t.Error(err)
				}
				close(read)
			}
		}
	})
	api = site.api
	if code, _, errs := site.run(t, "authon"); code != exitOK {
		t.Fatal(errs)
	}
	site.elapse(laterOn)
	drifting.Store(true)
	code, result, _, errs := site.reconcile(t, "authon", "--apply")
	if code != exitOK || result.Unlisted != 1 || result.Hidden != 1 || result.Run.Gone != 0 {
		t.Errorf("exit code %d, %+v\n%s", code, result, errs)
	}
	drifting.Store(false)
	site.elapse(laterOn)
	if code, result, _, errs = site.reconcile(t, "authon", "--apply"); code != exitOK || result.Run.Gone != 1 {
		t.Errorf("afterwards: exit code %d, %+v\n%s", code, result, errs)
	}
	for _, u := range site.users(t) {
		if (u.DeletedAt != nil) != (u.ProviderUserID == "usr_0000007") {
			t.Errorf("%s is deleted: %v", u.ProviderUserID, u.DeletedAt != nil)
		}
	}
}
