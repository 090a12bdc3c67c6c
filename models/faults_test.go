package models_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"usersync/internal/pgtest"
	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

func applyOne(t *testing.T, db *models.DB, commands ...usersync.Command) error {
	t.Helper()
	r := storetest.Engine(db.Store()).Apply(t.Context(), []*usersync.Delivery{{Commands: commands}})[0]
	if r.Busy {
		return errors.New("busy")
	}
	return r.Err
}

func user(id string) usersync.Command {
	return usersync.Command{UserKey: usersync.UserKey{Provider: "p", UserID: id}, EventID: "e_" + id, Kind: usersync.KindCreated, OccurredAt: storetest.Base}
}

// An app session that holds a row keeps only that row's event waiting, and an
// app's row that refers to a user keeps nobody waiting.
func TestRowsHeldByTheApp(t *testing.T) {
	t.Parallel()
	db := databases["postgres"](t, models.Options{})
	if err := applyOne(t, db, user("held"), user("referred"), user("free")); err != nil {
		t.Fatal(err)
	}
	models.ExecForTest(t, db, "CREATE TABLE orders (user_id uuid REFERENCES users)")
	if err := applyOne(t, db, user("changed")); err != nil {
		t.Fatal(err)
	}
	tx := models.BeginForTest(t, db)
	tx("SELECT * FROM users WHERE provider_user_id = 'held' FOR UPDATE")
	tx("UPDATE users SET name = 'the app should not' WHERE provider_user_id = 'changed'")
	tx("INSERT INTO users (id, provider, provider_user_id, created_at, updated_at, sync_state) VALUES ('" + user("being made").ID().String() + "', 'p', 'being made', now(), now(), '')")
	tx("INSERT INTO orders SELECT id FROM users WHERE provider_user_id = 'referred'")

	ban := func(id string) *usersync.Delivery {
		c := user(id)
		c.EventID, c.Kind, c.OccurredAt = "ban_"+id, usersync.KindBanned, storetest.Base+1
		return &usersync.Delivery{Commands: []usersync.Command{c}}
	}
	engine := storetest.Engine(db.Store())
	waited := 0
	engine.Waited = func() { waited++ }
	if r := engine.Apply(t.Context(), []*usersync.Delivery{ban("held"), ban("free")}); waited != 0 || !r[0].Busy {
		t.Errorf("waited %d times for a row that is skipped: %+v", waited, r[0])
	}
	results := engine.Apply(t.Context(), []*usersync.Delivery{ban("held"), ban("referred"), ban("free"), ban("changed"), ban("unseen"), ban("being made")})
	// A row that somebody else is about to make stops all new ones for a
	// moment, but no others.
	for i, busy := range []bool{true, false, false, true, true, true} {
		if results[i].Err != nil || results[i].Busy != busy {
			t.Errorf("delivery %d: %+v", i, results[i])
		}
	}
	if waited == 0 {
		t.Error("nobody was told that the row which is being made was waited for")
	}
	tx("ROLLBACK")
	for _, r := range engine.Apply(t.Context(), []*usersync.Delivery{ban("held"), ban("changed"), ban("unseen"), ban("being made")}) {
		if r.Err != nil || r.Outcome != usersync.OutcomeApplied {
			t.Errorf("after the app let go: %+v", r)
		}
	}
}

// The settings of a transaction end with it: the pool's other users find a session as they
// expect it. (TestStatementsHaveNamesWhereNoPoolerIs looks at the names.)
func TestNoSettingStays(t *testing.T) {
	t.Parallel()
	db := databases["postgres"](t, models.Options{MaxConnections: 1})
	for i := range 3 {
		if err := applyOne(t, db, user(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Users(t.Context()); err != nil {
		t.Fatal(err)
	}
	if stayed := models.QueryForTest(t, db, "SELECT name FROM pg_settings WHERE source = 'session' AND setting <> reset_val"); len(stayed) != 0 {
		t.Errorf("settings that stayed: %q", stayed)
	}
}

// The connections of a restarted server are dead: the first batch afterwards
// must not fail for it.
func TestDeadConnectionsAreReplaced(t *testing.T) {
	t.Parallel()
	address := pgtest.New(t)
	db := open(t, address, models.Options{MaxConnections: 2})
	other := connect(t, address, models.Options{MaxConnections: 1})
	for i := range 3 {
		if err := applyOne(t, db, user(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
		models.ExecForTest(t, other, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	}
	if err := applyOne(t, db, user("last")); err != nil {
		t.Error(err)
	}
	if users, err := db.Users(t.Context()); err != nil || len(users) != 4 {
		t.Errorf("%d users, %v", len(users), err)
	}
}

// Serialization failures and deadlocks pass: here every third update of the
// users table meets one.
func TestPassingFailuresAreRepeated(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"serialization_failure", "deadlock_detected"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			db := databases["postgres"](t, models.Options{})
			models.ExecForTest(t, db, `CREATE SEQUENCE tries;
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF nextval('tries') % 3 <> 0 THEN RAISE EXCEPTION 'injected' USING ERRCODE = '`+code+`'; END IF; RETURN new;
END $$;
CREATE TRIGGER fail BEFORE INSERT OR UPDATE ON users FOR EACH STATEMENT EXECUTE FUNCTION fail();`)
			for i := range 10 {
				if err := applyOne(t, db, user(fmt.Sprint(i))); err != nil {
					t.Error(err)
				}
			}
			if users, err := db.Users(t.Context()); err != nil || len(users) != 10 {
				t.Errorf("%d users, %v", len(users), err)
			}
		})
	}
}

// A lock on the whole table (an ALTER of the app's) is not the data's fault:
// nothing becomes a dead letter, and the answer comes in time.
func TestLockedTableIsNotDurable(t *testing.T) {
	t.Parallel()
	db := databases["postgres"](t, models.Options{})
	tx := models.BeginForTest(t, db)
	tx("LOCK TABLE users")
	ctx, cancel := context.WithTimeout(t.Context(), 700*time.Millisecond)
	defer cancel()
	c := user("u")
	r := storetest.Engine(db.Store()).Apply(ctx, []*usersync.Delivery{{Commands: []usersync.Command{c}}})[0]
	if !errors.Is(r.Err, usersync.ErrNotDurable) {
		t.Errorf("%+v", r)
	}
	tx("ROLLBACK")
	if letters, err := db.DeadLetters(t.Context(), 10); err != nil || len(letters) != 0 {
		t.Errorf("%d dead letters, %v", len(letters), err)
	}
	if err := applyOne(t, db, c); err != nil {
		t.Error(err)
	}
}

// A warning of a trigger of the app's is not the commit's.
func TestWarningsOfTriggersDoNotMatter(t *testing.T) {
	t.Parallel()
	db := databases["postgres"](t, models.Options{})
	models.ExecForTest(t, db, `CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'careful'; RETURN new; END $$;
CREATE TRIGGER warn BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION warn();`)
	if err := applyOne(t, db, user("u")); err != nil {
		t.Error(err)
	}
}

// A row that an index of the app's keeps from being made is no held row:
// waiting would not help.
func TestRowThatCannotBeMade(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ because, reason string }{
		"index":      {"CREATE UNIQUE INDEX ON users ((email IS NULL)) WHERE email IS NULL", "refused"},
		"deferrable": {"ALTER TABLE users ADD twin boolean NOT NULL DEFAULT true, ADD UNIQUE (twin) DEFERRABLE", "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := databases["postgres"](t, models.Options{})
			models.ExecForTest(t, db, c.because)
			if err := applyOne(t, db, user("first"), user("second")); err != nil {
				t.Error(err)
			}
			letters, err := db.DeadLetters(t.Context(), 10)
			if err != nil || len(letters) != 1 || letters[0].Reason != c.reason {
				t.Errorf("%+v, %v", letters, err)
			}
		})
	}
}

// A trigger that leaves out users who are there does not make a list lose them.
func TestTriggerThatLeavesOutRows(t *testing.T) {
	t.Parallel()
	db := databases["postgres"](t, models.Options{})
	models.ExecForTest(t, db, `CREATE FUNCTION once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF EXISTS (SELECT FROM users WHERE id = new.id) THEN RETURN NULL; END IF; RETURN new; END $$;
CREATE TRIGGER once BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION once();`)
	if err := applyOne(t, db, user("u1205")); err != nil {
		t.Fatal(err)
	}
	list := pages{pageOf(0, 400, "1"), pageOf(400, 400, "2"), pageOf(800, 400, "3"), pageOf(1200, 400, "")}
	run, err := (&usersync.Backfill{Lister: list, Engine: storetest.Engine(db.Store()), InFlight: 1, Together: 400}).Run(t.Context(), usersync.Run{})
	if err != nil || run.Counts.Users != 1600 {
		t.Fatalf("%+v, %v", run, err)
	}
	if found, _, err := db.User(t.Context(), user("u1205").UserKey); err != nil || found.Email == nil || *found.Email != "a@x" {
		t.Errorf("%+v, %v", found, err)
	}
}

// pages is a list, its cursors the numbers of its pages.
type pages []usersync.Page

func (p pages) Page(_ context.Context, cursor string) (usersync.Page, error) {
	number, _ := strconv.Atoi(cursor)
	return p[number], nil
}

func (pages) After(string) (string, bool) { return "", false }

// A trigger of the app's that is broken for some rows, or raises a code of its
// own, fails those rows only; its message, which may quote the row, is not shown.
func TestAppTriggersFailTheirOwnRowsOnly(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		raise   string
		durable bool
	}{
		"own code":       {"RAISE EXCEPTION 'bad mail %', new.email USING ERRCODE = 'UE001'", true},
		"broken trigger": {"PERFORM 1 FROM table_that_is_gone", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := databases["postgres"](t, models.Options{})
			models.ExecForTest(t, db, `CREATE FUNCTION app() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF new.email = 'ann@secret.example' THEN `+want.raise+`; END IF; RETURN new; END $$;
CREATE TRIGGER app BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION app();`)
			ann := user("ann")
			ann.Fields[usersync.FieldEmail] = usersync.TextValue("ann@secret.example")
			results := storetest.Engine(db.Store()).Apply(t.Context(), []*usersync.Delivery{{Commands: []usersync.Command{user("bob")}}, {Commands: []usersync.Command{ann}}})
			if results[0].Err != nil || results[0].Outcome != usersync.OutcomeApplied {
				t.Errorf("bob: %+v", results[0])
			}
			if (results[1].Err == nil) != want.durable || strings.Contains(fmt.Sprint(results[1].Err), "secret") {
				t.Errorf("ann: %+v", results[1])
			}
		})
	}
}

// A cancelled wait for a synchronous standby comes as success with warning
// 01000: it is not durable. A warning of a trigger of the app's is none of it.
func TestUnconfirmedCommitIsNotDurable(t *testing.T) {
	t.Parallel()
	cluster, err := pgtest.Start(pgtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Stop(); err != nil {
			t.Error(err)
		}
	})
	db := open(t, cluster.URL(), models.Options{})
	models.ExecForTest(t, db, `CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'of the app'; RETURN null; END $$;
CREATE CONSTRAINT TRIGGER warn AFTER INSERT OR UPDATE ON users DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION warn();`)
	if err := applyOne(t, db, user("u")); err != nil {
		t.Errorf("a warning of the app's: %v", err)
	}
	models.ExecForTest(t, db, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
	models.ExecForTest(t, db, "SELECT pg_reload_conf()")
	waited := firstThatWaits(t, db)
	// The server's processes hear of it when they do: whoever waits then goes on.
	models.ExecForTest(t, db, "ALTER SYSTEM RESET synchronous_standby_names")
	models.ExecForTest(t, db, "SELECT pg_reload_conf()")
	if err := applyOne(t, db, waited); err != nil {
		t.Errorf("the connection remembers: %v", err)
	}
}

// firstThatWaits applies users until the commit of one waits for the standby,
// which the server begins with some time after it was told. That wait is
// cancelled, and the user returned.
func firstThatWaits(t *testing.T, db *models.DB) usersync.Command {
	t.Helper()
	for i := 0; ; i++ {
		c := user(fmt.Sprint("v", i))
		applied := make(chan error, 1)
		go func() { applied <- applyOne(t, db, c) }()
		for cancelled, ended := false, false; !ended; {
			select {
			case err := <-applied:
				if ended = true; cancelled || err != nil {
					if !errors.Is(err, usersync.ErrNotDurable) {
						t.Errorf("got %v", err)
					}
					return c
				}
			case <-time.After(10 * time.Millisecond):
				cancelled = len(models.QueryForTest(t, db, "SELECT pg_cancel_backend(pid)::text FROM pg_stat_activity WHERE wait_event = 'SyncRep'")) > 0 || cancelled
			}
		}
	}
}

// What the database refuses at the commit is the data's fault too.
func TestRefusalAtTheCommit(t *testing.T) {
	t.Parallel()
	db := databases["postgres"](t, models.Options{})
	models.ExecForTest(t, db, `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF new.email = 'poison@x' THEN RAISE EXCEPTION 'secret detail poison@x'; END IF; RETURN null; END $$;
CREATE CONSTRAINT TRIGGER refuse AFTER INSERT OR UPDATE ON users DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse();`)
	poison := user("poison")
	poison.Fields[usersync.FieldEmail] = usersync.TextValue("poison@x")
	if err := applyOne(t, db, user("good"), poison); err != nil {
		t.Error(err)
	}
	letters, err := db.DeadLetters(t.Context(), 10)
	if err != nil || len(letters) != 1 || letters[0].Reason != "refused" || strings.Contains(letters[0].Detail, "poison@x") {
		t.Errorf("%+v %v", letters, err)
	}
}

// Errors of opening and connecting never show the password.
func TestErrorsHideThePassword(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"postgres://user:hunter2@127.0.0.1:1/db?connect_timeout=1",
		"postgres://user:hunter2@[::1/db",
		"postgres://user:hunter2@127.0.0.1:notaport/db",
		"postgres://user:hunter2@no-such-host.invalid/db?connect_timeout=1",
		"mysql://user:hunter2@127.0.0.1/db",
	} {
		db, err := models.Open(url, models.Options{})
		if err == nil {
			err = db.Ping(t.Context())
			db.Close()
		}
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// Another process (a backfill beside the daemon) may hold SQLite's write lock.
func TestSQLiteWaitsForOtherWriters(t *testing.T) {
	t.Parallel()
	url := sqliteURL(t)
	db := open(t, url, models.Options{})
	other := connect(t, url, models.Options{})
	tx := models.BeginForTest(t, other)
	tx("CREATE TABLE busy (x)")
	applied := make(chan error, 1)
	go func() { applied <- applyOne(t, db, user("u")) }()
	for models.InUseForTest(db) == 0 {
		time.Sleep(time.Millisecond)
	}
	select {
	case err := <-applied:
		t.Errorf("it did not wait: %v", err)
		applied <- nil
	case <-time.After(150 * time.Millisecond):
	}
	tx("COMMIT")
	if err := <-applied; err != nil {
		t.Error(err)
	}
}

func TestSQLiteFileThatCannotBeMade(t *testing.T) {
	t.Parallel()
	_, err := models.Open("sqlite:"+t.TempDir()+"/no/such/dir/users.db", models.Options{})
	if err == nil || !strings.Contains(err.Error(), "directory") {
		t.Errorf("got %v", err)
	}
	if _, err := models.Open("sqlite:", models.Options{}); err == nil {
		t.Error("a file without a name")
	}
}
