package models_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

// eraseNow erases a user of provider p.
func eraseNow(t *testing.T, db *models.DB, id string) usersync.Erased {
	t.Helper()
	done, err := db.Eraser().Erase(t.Context(), usersync.UserKey{Provider: "p", UserID: id}, storetest.Base)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// A transaction has looked up who is erased and is about to write when somebody
// is: the erasure waits for it, and removes what it wrote. That is so for every
// way in which a transaction begins and writes.
func TestErasureWaitsForWhoWrites(t *testing.T) {
	t.Parallel()
	letter := usersync.DeadLetter{Provider: "p", UserID: "u7", Reason: "bad_field", Payload: []byte("1"), ReceivedAt: storetest.Base}
	thin := user("u7")
	thin.EventID, thin.Thin, thin.Kind = "thin", true, usersync.KindUpdated
	changed := user("u7")
	changed.EventID, changed.OccurredAt = "later", storetest.Base+1
	for name, write := range map[string]struct {
		there bool // the user has a row before
		do    func(ctx context.Context, e *usersync.Engine) error
	}{
		"a new user":       {false, deliver(&usersync.Delivery{Commands: []usersync.Command{user("u7")}})},
		"a user who is":    {true, deliver(&usersync.Delivery{Commands: []usersync.Command{changed}})},
		"a thin event":     {true, deliver(&usersync.Delivery{Commands: []usersync.Command{thin}})},
		"a dead letter":    {true, deliver(&usersync.Delivery{Letters: []usersync.DeadLetter{letter}})},
		"a page with COPY": {false, page},
	} {
		for _, first := range []bool{true, false} {
			t.Run(fmt.Sprint(name, ", the first to be erased ", first), func(t *testing.T) {
				t.Parallel()
				db := databases["postgres"](t, models.Options{})
				if !first {
					eraseNow(t, db, "somebody else")
				}
				if write.there {
					if err := applyOne(t, db, user("u7")); err != nil {
						t.Fatal(err)
					}
				}
				erased := make(chan error, 1)
				store := &between{Store: db.Store(), do: func() {
					go func() {
						_, err := db.Eraser().Erase(t.Context(), usersync.UserKey{Provider: "p", UserID: "u7"}, storetest.Base)
						erased <- err
					}()
					untilWaits(t, db, erased)
				}}
				engine := storetest.Engine(store)
				engine.Hydrates = func(string) bool { return true }
				if err := write.do(t.Context(), engine); err != nil {
					t.Fatal(err)
				}
				if err := <-erased; err != nil {
					t.Fatal(err)
				}
				for _, table := range []string{"users", "usersync.processed_events", "usersync.dead_letters", "usersync.hydrations"} {
					if left := models.QueryForTest(t, db, "SELECT provider_user_id FROM "+table+" WHERE provider_user_id = 'u7'"); len(left) > 0 {
						t.Errorf("back in %s", table)
					}
				}
			})
		}
	}
}

func deliver(d *usersync.Delivery) func(context.Context, *usersync.Engine) error {
	return func(ctx context.Context, e *usersync.Engine) error {
		return e.Apply(ctx, []*usersync.Delivery{d})[0].Err
	}
}

func page(ctx context.Context, e *usersync.Engine) error {
	_, _, err := e.ApplyPage(ctx, pageOf(0, 300, ""), usersync.Run{})
	return err
}

// untilWaits waits until an erasure waits for its lock. One that did not have to
// has put its result into erased.
func untilWaits(t *testing.T, db *models.DB, erased chan error) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		waiting := models.QueryForTest(t, db, "SELECT 'x' FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())")
		if len(waiting) > 0 || len(erased) > 0 {
			return
		}
	}
	t.Error("nobody is erased")
}

// Transactions that wait behind an erasure see it, although they began before it
// was committed.
func TestWhoWaitsBehindAnErasureSeesIt(t *testing.T) {
	t.Parallel()
	for _, first := range []bool{true, false} {
		for name, write := range map[string]func(ctx context.Context, e *usersync.Engine) error{
			"an event":         deliver(&usersync.Delivery{Commands: []usersync.Command{user("u7")}}),
			"a page with COPY": page,
		} {
			t.Run(fmt.Sprint(name, ", the first to be erased ", first), func(t *testing.T) {
				t.Parallel()
				db := databases["postgres"](t, models.Options{})
				if !first {
					eraseNow(t, db, "somebody else")
				}
				// Somebody who writes, and lets the erasure wait.
				holding := models.BeginForTest(t, db)
				holding("SELECT pg_advisory_xact_lock_shared(" + models.ErasingForTest + ")")
				erased, written := make(chan error, 1), make(chan error, 1)
				go func() {
					_, err := db.Eraser().Erase(t.Context(), usersync.UserKey{Provider: "p", UserID: "u7"}, storetest.Base)
					erased <- err
				}()
				untilWaits(t, db, erased)
				go func() { written <- write(t.Context(), storetest.Engine(db.Store())) }()
				time.Sleep(30 * time.Millisecond) // it most likely waits behind the erasure now; what follows holds in any case
				holding("COMMIT")
				if err := <-erased; err != nil {
					t.Error(err)
				}
				if err := <-written; err != nil {
					t.Error(err)
				}
				if left := models.QueryForTest(t, db, "SELECT provider_user_id FROM users WHERE provider_user_id = 'u7'"); len(left) > 0 {
					t.Error("back")
				}
			})
		}
	}
}

// fourPages is a list of so many new users that the last are taken to be new
// without looking: their transaction begins with the COPY.
type fourPages struct{}

func (fourPages) Page(_ context.Context, cursor string) (usersync.Page, error) {
	n, _ := strconv.Atoi(cursor)
	next := strconv.Itoa(n + 1)
	if n == 3 {
		next = ""
	}
	return pageOf(n*300, 300, next), nil
}

func (fourPages) After(string) (string, bool) { return "", false }

// A COPY that looks for nothing is under way when one of its users is erased: it goes on
// only when the erasure waits for it.
func TestErasureDuringACopy(t *testing.T) {
	t.Parallel()
	db := databases["postgres"](t, models.Options{})
	models.ExecForTest(t, db, `CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF (SELECT count(*) FROM users) >= 600 AND current_query() LIKE 'BEGIN%COPY%' THEN PERFORM pg_advisory_xact_lock_shared(4711); END IF; RETURN NULL; END $$;
CREATE TRIGGER dawdle BEFORE INSERT ON users FOR EACH STATEMENT EXECUTE FUNCTION dawdle();`)
	holding := models.BeginForTest(t, db)
	holding("SELECT pg_advisory_xact_lock(4711)")
	listed := make(chan error, 1)
	go func() {
		_, err := (&usersync.Backfill{Lister: fourPages{}, Engine: storetest.Engine(db.Store()), InFlight: 1, Together: 300}).Run(t.Context(), usersync.Run{})
		listed <- err
	}()
	copying := func() bool {
		return len(models.QueryForTest(t, db, "SELECT 'x' FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())")) > 0
	}
	for deadline := time.Now().Add(30 * time.Second); !copying(); time.Sleep(time.Millisecond) {
		if len(listed) > 0 || time.Now().After(deadline) {
			t.Fatal("no transaction began with a COPY")
		}
	}
	erased := make(chan error, 1)
	go func() {
		_, err := db.Eraser().Erase(t.Context(), usersync.UserKey{Provider: "p", UserID: "u777"}, storetest.Base)
		erased <- err
	}()
	untilWaits(t, db, erased)
	holding("COMMIT")
	if err := <-erased; err != nil {
		t.Fatal(err)
	}
	eraseNow(t, db, "u1111")
	if err := <-listed; err != nil {
		t.Fatal(err)
	}
	if left := models.QueryForTest(t, db, "SELECT count(*) FROM users UNION ALL SELECT count(*) FROM users WHERE provider_user_id IN ('u777', 'u1111')"); fmt.Sprint(left) != "[1198 0]" {
		t.Errorf("%v", left)
	}
}
