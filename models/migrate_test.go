package models_test

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"usersync/internal/pgtest"
	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

func TestMigrateIsRepeatable(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *models.DB) {
		if pending, err := db.Pending(t.Context()); err != nil || pending != 0 {
			t.Errorf("%d pending, %v", pending, err)
		}
		if applied, err := db.Migrate(t.Context()); err != nil || len(applied) != 0 {
			t.Errorf("again: %v %v", applied, err)
		}
	})
}

func TestPendingOnAnEmptyDatabaseChangesNothing(t *testing.T) {
	t.Parallel()
	db := connect(t, pgtest.New(t), models.Options{})
	if pending, err := db.Pending(t.Context()); err != nil || pending == 0 {
		t.Errorf("%d pending, %v", pending, err)
	}
	if schemas := models.QueryForTest(t, db, "SELECT nspname FROM pg_namespace WHERE nspname = 'usersync'"); len(schemas) != 0 {
		t.Error("asking made a schema")
	}
}

// A users table that usersync did not make is never altered.
func TestForeignUsersTableIsRefused(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{"postgres": pgtest.New(t), "sqlite": sqliteURL(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := connect(t, url, models.Options{})
			models.ExecForTest(t, db, "CREATE TABLE users (id INTEGER PRIMARY KEY, nickname TEXT)")
			_, err := db.Migrate(t.Context())
			if err == nil {
				t.Fatal("migrated over a foreign table")
			}
			for _, want := range []string{"users", "nickname", "database.users_table"} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
			if pending, err := db.Pending(t.Context()); err != nil || pending == 0 {
				t.Errorf("something was applied: %d pending, %v", pending, err)
			}
			beside := connect(t, url, models.Options{UsersTable: "auth_users"})
			if _, err := beside.Migrate(t.Context()); err != nil {
				t.Errorf("beside it: %v", err)
			}
		})
	}
}

func TestForeignViewIsRefused(t *testing.T) {
	t.Parallel()
	db := connect(t, pgtest.New(t), models.Options{})
	models.ExecForTest(t, db, "CREATE VIEW active_users AS SELECT 1 AS one")
	if _, err := db.Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), "active_users") {
		t.Errorf("got %v", err)
	}
}

func TestReplicasMayMigrateTogether(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			db, err := models.Open(url, models.Options{})
			if err != nil {
				t.Error(err)
				return
			}
			defer db.Close()
			if _, err := db.Migrate(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
}

// What `migrate print` shows can be run by the owner, with the grants that it
// shows, and the daemon then works as another role.
func TestPrintedSchemaAndGrantsSuffice(t *testing.T) {
	t.Parallel()
	for name, table := range map[string]string{"default": "", "schema": "app.users"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			printedSchemaSuffices(t, table, "daemon_"+name)
		})
	}
}

func printedSchemaSuffices(t *testing.T, table, role string) {
	address := pgtest.New(t)
	owner := connect(t, address, models.Options{})
	schema, err := models.SchemaSQL(models.Postgres, table)
	if err != nil {
		t.Fatal(err)
	}
	models.ExecForTest(t, owner, "CREATE SCHEMA app")
	models.ExecForTest(t, owner, schema)
	models.ExecForTest(t, owner, "CREATE ROLE "+role+" LOGIN")
	t.Cleanup(func() {
		models.ExecForTest(t, owner, "DROP OWNED BY "+role)
		models.ExecForTest(t, owner, "DROP ROLE "+role)
	})
	for _, line := range strings.Split(schema, "\n") {
		if grant, printed := strings.CutPrefix(line, "--   GRANT"); printed && !strings.HasSuffix(grant, "TO app;") {
			models.ExecForTest(t, owner, "GRANT"+strings.NewReplacer("usersync_daemon", role, ", app;", ";").Replace(grant))
		}
	}
	daemonURL, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	daemonURL.User = url.User(role)
	daemon := connect(t, daemonURL.String(), models.Options{UsersTable: table})
	if pending, err := daemon.Pending(t.Context()); err != nil || pending != 0 {
		t.Errorf("%d pending, %v", pending, err)
	}
	c := usersync.Command{UserKey: usersync.UserKey{Provider: "p", UserID: "u"}, EventID: "e", Kind: usersync.KindCreated}
	if err := applyOne(t, daemon, c); err != nil {
		t.Error(err)
	}
	postTo(t, daemon, storetest.Base, "m")
	settleAll(t, daemon, storetest.Base, usersync.MessageSent, storetest.Base)
	if gone, err := daemon.PruneMessages(t.Context(), storetest.Base+1, noPause); err != nil || gone != 1 {
		t.Errorf("%d messages were pruned, %v", gone, err)
	}
	if _, err := daemon.Activities().NoteActivity(t.Context(), map[string]usersync.Micros{"p": storetest.Base}, storetest.Base); err != nil {
		t.Error(err)
	}
	if mine, err := daemon.Notices().ClaimNotice(t.Context(), "n", storetest.Base); err != nil || !mine {
		t.Errorf("a notice is claimed: %v, %v", mine, err)
	}
	if err := daemon.PruneNotices(t.Context(), storetest.Base+1); err != nil {
		t.Error(err)
	}
	if page, err := daemon.EventLog().EventPage(t.Context(), usersync.EventScope{}, "", 10); err != nil || len(page.Events) != 1 {
		t.Errorf("%+v, %v", page, err)
	}
	if found, err := daemon.UserFinder().FindUsers(t.Context(), usersync.UserSearch{Text: "u"}, 10); err != nil || len(found) != 1 {
		t.Errorf("%+v, %v", found, err)
	}
	if _, err := daemon.Surveyor().Census(t.Context(), storetest.Base); err != nil {
		t.Error(err)
	}
	if missing, err := daemon.MissingGrants(t.Context()); err != nil || len(missing) != 0 {
		t.Errorf("missing are %q, %v", missing, err)
	}
	run, _, err := daemon.Runs().Begin(t.Context(), usersync.RunKey{Kind: usersync.RunReconcile, Provider: "p"}, false, storetest.Base)
	if err == nil {
		err = daemon.Runs().End(t.Context(), run, usersync.RunComplete, storetest.Base)
	}
	users, failed := daemon.Roll().Call(t.Context(), "p", usersync.UUID{}, 10)
	if err != nil || failed != nil || len(users) != 1 {
		t.Errorf("%v, %v, %d users", err, failed, len(users))
	}
}

func TestUsersTableNames(t *testing.T) {
	t.Parallel()
	for name, fine := range map[string]bool{
		"users": true, "app.users": true, "Auth_Users2": true,
		"users; DROP TABLE x": false, `"users"`: false, "a.b.c": false, "2users": false, ".users": false, strings.Repeat("x", 60): false,
	} {
		if _, err := models.SchemaSQL(models.Postgres, name); (err == nil) != fine {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := models.SchemaSQL(models.SQLite, "app.users"); err == nil {
		t.Error("SQLite has no schemas")
	}
}

// The contract of DESIGN "Storage": names and types of the app's table.
func TestColumnsOfTheUsersTable(t *testing.T) {
	t.Parallel()
	db := databases["postgres"](t, models.Options{})
	got := models.QueryForTest(t, db, `SELECT column_name || ' ' || data_type || CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END
FROM information_schema.columns WHERE table_name = 'users' ORDER BY 1`)
	want := []string{
		"avatar_url text", "created_at timestamp with time zone not null", "deleted_at timestamp with time zone",
		"email text", "email_verified boolean", "id uuid not null", "last_sign_in_at timestamp with time zone",
		"metadata jsonb", "name text", "phone text", "provider text not null",
		"provider_created_at timestamp with time zone", "provider_updated_at timestamp with time zone",
		"provider_user_id text not null", "suspended boolean not null", "suspended_at timestamp with time zone",
		"suspended_reason text", "suspended_until timestamp with time zone", "sync_state bytea not null",
		"tenant_id text", "updated_at timestamp with time zone not null", "username text",
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	indexed := models.QueryForTest(t, db, `SELECT indexdef FROM pg_indexes WHERE tablename = 'users' AND indexdef LIKE '%lower(email)%'`)
	if len(indexed) != 1 || !strings.Contains(indexed[0], "deleted_at IS NULL") {
		t.Errorf("index on lower(email): %q", indexed)
	}
}

// active_users: not deleted, and not suspended now.
func TestActiveUsersFollowTheClock(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *models.DB) {
		for user, until := range map[string]usersync.Micros{"over": 1, "running": 253402300799_000000} {
			c := usersync.Command{UserKey: usersync.UserKey{Provider: "p", UserID: user}, EventID: "e", Kind: usersync.KindBanned}
			c.Fields[usersync.FieldSuspendedUntil] = usersync.TimeValue(until)
			if err := applyOne(t, db, c); err != nil {
				t.Fatal(err)
			}
		}
		for user, kind := range map[string]usersync.Kind{"fine": usersync.KindCreated, "gone": usersync.KindDeleted, "banned": usersync.KindBanned} {
			if err := applyOne(t, db, usersync.Command{UserKey: usersync.UserKey{Provider: "p", UserID: user}, EventID: "e", Kind: kind}); err != nil {
				t.Fatal(err)
			}
		}
		got := models.QueryForTest(t, db, "SELECT provider_user_id FROM active_users ORDER BY 1")
		if !slices.Equal(got, []string{"fine", "over"}) {
			t.Errorf("active: %q", got)
		}
	})
}

// A schema made by hand from what `migrate print` shows counts as migrated.
func TestPrintedSchemaOnSQLite(t *testing.T) {
	t.Parallel()
	db := connect(t, sqliteURL(t), models.Options{})
	schema, err := models.SchemaSQL(models.SQLite, "")
	if err != nil {
		t.Fatal(err)
	}
	models.ExecForTest(t, db, schema)
	if applied, err := db.Migrate(t.Context()); err != nil || len(applied) != 0 {
		t.Errorf("%v %v", applied, err)
	}
	if err := applyOne(t, db, user("u")); err != nil {
		t.Error(err)
	}
}

// A role named as our own schema has that schema in front of its search path.
func TestRoleNamedUsersync(t *testing.T) {
	t.Parallel()
	address := pgtest.New(t)
	owner := connect(t, address, models.Options{})
	models.ExecForTest(t, owner, `DO $$ BEGIN CREATE ROLE usersync LOGIN; EXCEPTION WHEN duplicate_object THEN END $$`)
	models.ExecForTest(t, owner, `DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO usersync', current_database()); END $$; GRANT CREATE ON SCHEMA public TO usersync`)
	t.Cleanup(func() { models.ExecForTest(t, owner, "DROP OWNED BY usersync CASCADE") })
	as, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	as.User = url.User("usersync")
	db := open(t, as.String(), models.Options{})
	if err := applyOne(t, db, user("u")); err != nil {
		t.Error(err)
	}
	place := models.QueryForTest(t, db, "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass('users')")
	if len(place) != 1 || place[0] != "public.users" {
		t.Errorf("the table is %q", place)
	}
	if rows := models.QueryForTest(t, owner, "SELECT provider_user_id FROM public.users"); len(rows) != 1 {
		t.Errorf("rows %q", rows)
	}
}

// A copy of the file of a stopped daemon is whole.
func TestCloseLeavesOneWholeFile(t *testing.T) {
	t.Parallel()
	address := sqliteURL(t)
	db, err := models.Open(address, models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := applyOne(t, db, user("u")); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	file := strings.TrimPrefix(address, "sqlite:")
	if _, err := os.Stat(file + "-wal"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the write-ahead log is still there: %v", err)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(copied, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if users, err := connect(t, "sqlite:"+copied, models.Options{}).Users(t.Context()); err != nil || len(users) != 1 {
		t.Errorf("%d users, %v", len(users), err)
	}
}
