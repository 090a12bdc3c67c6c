package main

import (
	"cmp"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"usersync/internal/fakeprovider"
	"usersync/models"
)

// Killed at random moments, a backfill goes on each time with the page behind
// the last one that was committed: it ends as one that nobody interrupted, and
// no page was written twice.
func TestBackfillKilledAtRandomMoments(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		count, kills := 100_000, 20
		switch {
		case raceDetector:
			count, kills = 10_000, 10
		case strings.HasPrefix(databaseURL, "sqlite:"):
			count = 40_000
		}
		site := newBackfillSite(t, "authon", databaseURL, count)
		rewritten := countRewrites(t, databaseURL)
		random := rand.New(rand.NewPCG(9, 9))
		killed := 0
		for range kills {
			cmd := command(t, "backfill", "authon", "--config", site.config)
			enough := site.api.Counts().Users + random.IntN(count/25)
			// However late it is killed, it does not get much further.
			silence := site.api.Inject(fakeprovider.Trouble{Fault: fakeprovider.Slow, Delay: time.Hour, Route: fakeprovider.List, Skip: (enough-site.api.Counts().Users)/100 + 2})
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- cmd.Wait() }()
			for site.api.Counts().Users <= enough && len(ended) == 0 {
				time.Sleep(time.Millisecond)
			}
			time.Sleep(time.Duration(random.IntN(20)) * time.Millisecond)
			_ = cmd.Process.Signal(syscall.SIGKILL) // it may have ended
			if <-ended != nil {
				killed++
			}
			silence.Remove()
		}
		code, result, errs := site.run(t, "authon")
		// The run is saved with the rows: a page written twice would count twice.
		if code != exitOK || result.Outcome != "complete" || result.Users != int64(count) || result.Changed != int64(count) || result.Pages != int64(count/100+1) {
			t.Errorf("exit code %d, %+v\n%s", code, result, errs)
		}
		if n := rewritten(); n != 0 {
			t.Errorf("%d rows were written again", n)
		}
		t.Logf("killed %d times; %d users served for %d; the last run resumed: %v", killed, site.api.Counts().Users, count, result.Resumed)
		if killed < kills/2 || !result.Resumed {
			t.Errorf("killed %d times, resumed %v", killed, result.Resumed)
		}
		whole := newBackfillSite(t, "authon", freshURL(t, databaseURL), count)
		if code, _, errs := whole.run(t, "authon"); code != exitOK {
			t.Fatal(errs)
		}
		if !slices.EqualFunc(site.shown(t), whole.shown(t), sameUser) {
			t.Error("the rows are not those of a run that nobody interrupted")
		}
	})
}

// freshURL is another empty database of the same kind.
func freshURL(t *testing.T, databaseURL string) string {
	if strings.HasPrefix(databaseURL, "sqlite:") {
		return databaseURLs["sqlite"](t)
	}
	return databaseURLs["postgres"](t)
}

// countRewrites lets Postgres count the updates of rows. In SQLite a new row is
// made and filled by two statements: there is nothing to count.
func countRewrites(t *testing.T, databaseURL string) (count func() int) {
	t.Helper()
	if strings.HasPrefix(databaseURL, "sqlite:") {
		return func() int { return 0 }
	}
	db, err := models.Open(databaseURL, models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	if _, err := conn.Exec(t.Context(), `CREATE TABLE rewritten (id uuid);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO rewritten VALUES (new.id); RETURN NULL; END $$;
CREATE TRIGGER note AFTER UPDATE ON users FOR EACH ROW EXECUTE FUNCTION note();`); err != nil {
		t.Fatal(err)
	}
	return func() (n int) {
		if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM rewritten").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
}

// shown are the rows in the order of their ids.
func (s backfillSite) shown(t *testing.T) []models.User {
	users := s.users(t)
	slices.SortFunc(users, func(a, b models.User) int { return cmp.Compare(a.ID, b.ID) })
	return users
}

// sameUser compares what the app sees, but for the row's own times.
func sameUser(a, b models.User) bool {
	text := func(p *string) string {
		if p == nil {
			return "NULL"
		}
		return "=" + *p
	}
	at := func(p *models.Timestamp) time.Time {
		if p == nil {
			return time.Time{}
		}
		return p.UTC()
	}
	texts := func(u models.User) []string {
		return []string{u.ID, u.Provider, u.ProviderUserID, text(u.Email), text(u.Name), text(u.Username), text(u.AvatarURL), text(u.Phone), text(u.TenantID), text(u.Metadata), text(u.SuspendedReason)}
	}
	times := func(u models.User) []time.Time {
		return []time.Time{at(u.SuspendedAt), at(u.SuspendedUntil), at(u.LastSignInAt), at(u.DeletedAt), at(u.ProviderCreatedAt), at(u.ProviderUpdatedAt)}
	}
	verified := (a.EmailVerified == nil) == (b.EmailVerified == nil) && (a.EmailVerified == nil || *a.EmailVerified == *b.EmailVerified)
	return verified && a.Suspended == b.Suspended && slices.Equal(texts(a), texts(b)) && slices.EqualFunc(times(a), times(b), time.Time.Equal)
}

// With a slow provider several pages are asked for at once, where the next one
// can be named without asking.
func TestBackfillAsksForSeveralPagesAtOnce(t *testing.T) {
	t.Parallel()
	for kind, least := range map[string]int{"authon": 5, "node_auth": 5} { // by page, by offset
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			// The first requests wait for each other.
			var arrived atomic.Int64
			all := make(chan struct{})
			site := newBackfillSite(t, kind, databaseURLs["sqlite"](t), 3000, func(o *fakeprovider.Options) {
				o.Before = func(fakeprovider.Route, *http.Request) {
					n := arrived.Add(1)
					if n == int64(least) {
						close(all)
					}
					select {
					case <-all:
					case <-time.After(patience):
						t.Errorf("%d pages in flight", n)
					}
				}
			})
			site.api.Inject(fakeprovider.Trouble{Fault: fakeprovider.Slow, Delay: 50 * time.Millisecond})
			code, result, errs := site.run(t, kind)
			if code != exitOK || result.Users != 3000 {
				t.Fatalf("exit code %d, %+v\n%s", code, result, errs)
			}
			if top := site.api.Counts().MaxInFlight; top < least || top > pagesAhead+2 {
				t.Errorf("%d pages in flight", top)
			}
		})
	}
}
