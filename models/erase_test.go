package models_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

// profiled is a user with something to erase in every column.
func profiled(id string) usersync.Command {
	c := user(id)
	c.Kind = usersync.KindBanned
	for f := range usersync.NumColumns {
		switch f.Kind() {
		case usersync.Bool:
			c.Fields[f] = usersync.BoolValue(true)
		case usersync.Time:
			c.Fields[f] = usersync.TimeValue(storetest.Base)
		case usersync.JSON:
			c.Fields[f] = usersync.JSONValue(`{"of":"` + id + `"}`)
		default:
			c.Fields[f] = usersync.TextValue("text of " + id)
		}
	}
	return c
}

// What becomes of a row to which the app's own tables refer. Those are never
// changed.
func TestErasedRowsOfTheApp(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, _ *models.DB) {
		open := databases[t.Name()[strings.LastIndex(t.Name(), "/")+1:]]
		for name, story := range map[string]struct {
			orders string // what the app has, besides a row of u1 in it
			row    usersync.ErasedRow
			keeps  bool
		}{
			"no foreign key":         {"CREATE TABLE orders (user_id {uuid}, provider text, uid text)", usersync.RowDeleted, false},
			"a foreign key":          {"CREATE TABLE orders (user_id {uuid} REFERENCES users, provider text, uid text)", usersync.RowBlanked, false},
			"restrict":               {"CREATE TABLE orders (user_id {uuid} REFERENCES users ON DELETE RESTRICT, provider text, uid text)", usersync.RowBlanked, false},
			"checked at the commit":  {"CREATE TABLE orders (user_id {uuid} REFERENCES users DEFERRABLE INITIALLY DEFERRED, provider text, uid text)", usersync.RowBlanked, false},
			"cascade":                {"CREATE TABLE orders (user_id {uuid} REFERENCES users ON DELETE CASCADE, provider text, uid text)", usersync.RowBlanked, false},
			"set null":               {"CREATE TABLE orders (user_id {uuid} REFERENCES users ON DELETE SET NULL, provider text, uid text)", usersync.RowBlanked, false},
			"to the provider's id":   {"CREATE TABLE orders (user_id {uuid}, provider text, uid text, FOREIGN KEY (provider, uid) REFERENCES users (provider, provider_user_id) ON UPDATE CASCADE)", usersync.RowBlanked, true},
			"two keys, one of none":  {"CREATE TABLE drafts (user_id {uuid} REFERENCES users ON DELETE CASCADE); CREATE TABLE orders (user_id {uuid} REFERENCES users, provider text, uid text)", usersync.RowBlanked, false},
			"cascade of others":      {"CREATE TABLE drafts (user_id {uuid} REFERENCES users ON DELETE CASCADE); INSERT INTO drafts VALUES ('{u2}'), (NULL); CREATE TABLE orders (user_id {uuid}, provider text, uid text)", usersync.RowDeleted, false},
			"the id of others":       {"CREATE TABLE drafts (p text, u text, FOREIGN KEY (p, u) REFERENCES users (provider, provider_user_id)); INSERT INTO drafts VALUES ('p', 'u2'); ALTER TABLE drafts ADD COLUMN user_id text DEFAULT '{u2}'; CREATE TABLE orders (user_id {uuid} REFERENCES users, provider text, uid text)", usersync.RowBlanked, false},
			"a table of another key": {"CREATE TABLE other (id {uuid} PRIMARY KEY); CREATE TABLE orders (user_id {uuid}, provider text, uid text, o {uuid} REFERENCES other ON DELETE CASCADE)", usersync.RowDeleted, false},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				db := open(t, models.Options{})
				if err := applyOne(t, db, profiled("u1"), profiled("u2")); err != nil {
					t.Fatal(err)
				}
				uuid := map[models.Dialect]string{models.Postgres: "uuid", models.SQLite: "text"}[db.Dialect()]
				u2 := usersync.UserKey{Provider: "p", UserID: "u2"}.ID().String()
				for statement := range strings.SplitSeq(strings.NewReplacer("{uuid}", uuid, "{u2}", u2).Replace(story.orders), ";") {
					models.ExecForTest(t, db, statement)
				}
				id := usersync.UserKey{Provider: "p", UserID: "u1"}.ID().String()
				models.ExecForTest(t, db, "INSERT INTO orders (user_id, provider, uid) VALUES ('"+id+"', 'p', 'u1')")
				before := models.QueryForTest(t, db, "SELECT user_id FROM orders WHERE provider = 'p' AND uid = 'u1'")

				done := eraseNow(t, db, "u1")
				if done.Row != story.row || done.KeepsID != story.keeps || (story.row == usersync.RowBlanked) != slices.Equal(done.Holders, []usersync.RowHolder{holderOf(db, name)}) {
					t.Errorf("%+v", done)
				}
				if strings.Contains(story.orders, "{u2}") {
					if drafts := models.QueryForTest(t, db, "SELECT count(*) FROM drafts WHERE user_id IS NOT NULL"); !slices.Equal(drafts, []string{"1"}) {
						t.Errorf("what refers to others: %v", drafts)
					}
				}
				if after := models.QueryForTest(t, db, "SELECT user_id FROM orders WHERE provider = 'p' AND uid = 'u1'"); !slices.Equal(before, after) {
					t.Errorf("the app's table had %v and has %v", before, after)
				}
				blank(t, db, id, story.row == usersync.RowBlanked, story.keeps)
				if err := applyOne(t, db, profiled("u1")); err != nil {
					t.Fatal(err)
				}
				blank(t, db, id, story.row == usersync.RowBlanked, story.keeps)

				// Once the app lets it go, to erase again removes the rest.
				models.ExecForTest(t, db, "DROP TABLE orders")
				if again := eraseNow(t, db, "u1"); (again.Row == usersync.RowDeleted) != (story.row == usersync.RowBlanked) || again.Before != storetest.Base {
					t.Errorf("again: %+v", again)
				}
				blank(t, db, id, false, false)
			})
		}
	})
}

// holderOf is the key of the app's table orders, by the name that it has by
// default or by its columns.
func holderOf(db *models.DB, story string) usersync.RowHolder {
	key := map[models.Dialect]string{models.Postgres: "orders_user_id_fkey", models.SQLite: "user_id"}[db.Dialect()]
	if story == "to the provider's id" {
		key = map[models.Dialect]string{models.Postgres: "orders_provider_uid_fkey", models.SQLite: "provider, uid"}[db.Dialect()]
	}
	return usersync.RowHolder{Table: "orders", Key: key}
}

// blank checks that a row is there and says nothing about anybody, or that it is
// not there; and that the other user is.
func blank(t *testing.T, db *models.DB, id string, there, keepsID bool) {
	t.Helper()
	users, err := db.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found, other := false, false
	for _, u := range users {
		if u.ID != id {
			other = other || u.ProviderUserID == "u2" && u.Email != nil
			continue
		}
		found = true
		if (u.ProviderUserID == "u1") != keepsID || u.DeletedAt == nil || u.Suspended || strings.Contains(string(u.SyncState), "e_u1") {
			t.Errorf("%+v", u)
		}
		u.ID, u.Provider, u.ProviderUserID, u.DeletedAt, u.SyncState, u.CreatedAt, u.UpdatedAt = "", "", "", nil, nil, models.Timestamp{}, models.Timestamp{}
		if fmt.Sprint(u) != fmt.Sprint(models.User{}) {
			t.Errorf("%+v is not blank", u)
		}
	}
	if found != there || !other {
		t.Errorf("the row is there: %v, want %v; the other user is: %v", found, there, other)
	}
}

// A trigger of the app's keeps rows, with and without an error; then one that
// does not let them be changed either.
func TestErasedRowsKeptByATrigger(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{"silent": "RETURN NULL", "raises": "RAISE EXCEPTION 'not in this house'"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := databases["postgres"](t, models.Options{})
			if err := applyOne(t, db, profiled("u1"), profiled("u2")); err != nil {
				t.Fatal(err)
			}
			models.ExecForTest(t, db, "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "+body+"; END $$; CREATE TRIGGER keep BEFORE DELETE ON users FOR EACH ROW EXECUTE FUNCTION keep()")
			if done := eraseNow(t, db, "u1"); done.Row != usersync.RowBlanked || len(done.Holders) != 0 {
				t.Errorf("%+v", done)
			}
			blank(t, db, usersync.UserKey{Provider: "p", UserID: "u1"}.ID().String(), true, false)
			if name == "silent" {
				return
			}
			models.ExecForTest(t, db, "CREATE TRIGGER keep_all BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION keep()")
			_, err := db.Eraser().Erase(t.Context(), usersync.UserKey{Provider: "p", UserID: "u2"}, storetest.Base)
			if err == nil || !strings.Contains(err.Error(), "neither be deleted nor be blanked") || strings.Contains(err.Error(), "text of") {
				t.Errorf("%v", err)
			}
		})
	}
}

// The user's processed events are found among many that are walked in parts, also
// those that have no time of their own.
func TestErasedEventsAmongMany(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *models.DB) {
		table := manyEvents(t, db)
		if done := eraseNow(t, db, "u1"); done.Events != 101 {
			t.Errorf("%+v", done)
		}
		left := models.QueryForTest(t, db, "SELECT count(*) FROM "+table+" UNION ALL SELECT count(*) FROM "+table+" WHERE provider = 'p' AND provider_user_id = 'u1'")
		if !slices.Equal(left, []string{"24911", "0"}) {
			t.Errorf("%v", left)
		}
	})
}

// manyEvents makes 25 012 processed events, of which every third has no time. 101
// are of user u1 of provider p, 100 of a user of the same id of q.
func manyEvents(t *testing.T, db *models.DB) (table string) {
	t.Helper()
	series, at, zero := "generate_series(0, 25011) AS s (n)", "timestamptz '2026-01-01' + n / 7 * interval '1 second'", "timestamptz '1970-01-01'"
	if table = "usersync.processed_events"; db.Dialect() == models.SQLite {
		table, series = "usersync_processed_events", "(WITH RECURSIVE s (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < 25011) SELECT n FROM s) AS s"
		at, zero = "strftime('%Y-%m-%dT%H:%M:%S.000000Z', '2026-01-01', (n / 7) || ' seconds')", "'1970-01-01T00:00:00.000000Z'"
	}
	models.ExecForTest(t, db, "INSERT INTO "+table+" SELECT CASE WHEN n % 3 = 0 THEN "+zero+" ELSE "+at+" END, CASE WHEN n % 2 = 0 THEN 'p' ELSE 'q' END, 'e' || n, CASE WHEN n % 125 = 0 THEN 'u1' ELSE 'u2' END, 'user.updated', "+at+", 'applied', 'live' FROM "+series)
	return table
}

// A database that was restored without the key of its hashes would bring people
// back: nothing is written.
func TestNothingIsWrittenWithoutTheKey(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *models.DB) {
		table := map[models.Dialect]string{models.Postgres: "usersync.erasure_key", models.SQLite: "usersync_erasure_key"}[db.Dialect()]
		eraseNow(t, db, "u1")
		models.ExecForTest(t, db, "DELETE FROM "+table)
		err := applyOne(t, db, user("u1"))
		if !errors.Is(err, usersync.ErrNotDurable) || !strings.Contains(err.Error(), "erasure_key") {
			t.Errorf("%v", err)
		}
		if users, err := db.Users(t.Context()); err != nil || len(users) != 0 {
			t.Errorf("%d users, %v", len(users), err)
		}
	})
}

// An app session that holds the row keeps the erasure waiting, and no event of
// anybody else.
func TestErasureOfARowThatIsHeld(t *testing.T) {
	t.Parallel()
	db := databases["postgres"](t, models.Options{})
	if err := applyOne(t, db, profiled("u1")); err != nil {
		t.Fatal(err)
	}
	app := models.BeginForTest(t, db)
	app("SELECT * FROM users FOR UPDATE")
	erased := make(chan usersync.Erased, 1)
	go func() {
		done, err := db.Eraser().Erase(t.Context(), usersync.UserKey{Provider: "p", UserID: "u1"}, storetest.Base)
		if err != nil {
			t.Error(err)
		}
		erased <- done
	}()
	for n := 0; len(models.QueryForTest(t, db, "SELECT 'x' FROM usersync.erased")) == 0 || n < 20; n++ {
		if err := applyOne(t, db, user(fmt.Sprint("other", n))); err != nil {
			t.Fatal(err)
		}
	}
	if err := applyOne(t, db, user("u1")); err != nil {
		t.Errorf("an event about who is being erased: %v", err)
	}
	select {
	case done := <-erased:
		t.Errorf("erased a row that is held: %+v", done)
	default:
	}
	app("COMMIT")
	if done := <-erased; done.Row != usersync.RowDeleted {
		t.Errorf("%+v", done)
	}
}
