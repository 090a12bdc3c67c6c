package providers

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"usersync/internal/pgtest"
	"usersync/internal/secret"
	usersync "usersync/sync"
)

const sqlParts = `
api: {params: {schema: {about: its schema, default: public}}}
list:
  sql: {table: "{schema}.people", key: id, columns: [id, email, updated], updated: updated}
  size: {max: 3}
  id: id
  user: same
fetch:
  sql: {table: "{schema}.people", key: id, columns: [id, email, updated]}
  id: id
  user: same
`

// sqlLister lists a database without waiting long.
func sqlLister(t *testing.T, s APISettings) *Lister {
	t.Helper()
	l, err := described(t, sqlParts).Lister(s, usersync.OriginBackfill)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	l.pages.(*sqlPages).patience = hasty
	return l
}

func peopleDatabase(t *testing.T, n int) string {
	t.Helper()
	address := pgtest.New(t)
	runSQL(t, address, "CREATE TABLE people (id bigint PRIMARY KEY, email text, updated timestamptz)",
		fmt.Sprintf("INSERT INTO people SELECT i, 'u' || i, timestamptz '2026-01-15 12:00:00Z' + i * interval '1 s' FROM generate_series(1, %d) i", n),
		"ALTER DATABASE "+databaseName(t, address)+" SET TimeZone TO 'Asia/Kathmandu'")
	return address
}

func databaseName(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Path[1:]
}

func TestSQLListsByKeyset(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "", 1: "1", 3: "1 2 3", 11: "1 2 3 4 5 6 7 8 9 10 11"} {
		l := sqlLister(t, APISettings{URL: peopleDatabase(t, n)})
		ids, err := all(t, l)
		if got := strings.Join(ids, " "); err != nil || got != want {
			t.Errorf("%d users: %q, %v", n, got, err)
		}
		if _, ok := l.After(""); ok {
			t.Error("a keyset has a next page without asking")
		}
	}
}

func TestSQLListsOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	since := usersync.MicrosOf(time.Date(2026, 1, 15, 12, 0, 6, 0, time.UTC))
	l := sqlLister(t, APISettings{URL: peopleDatabase(t, 11), Since: since, PageSize: 2})
	ids, err := all(t, l)
	if got := strings.Join(ids, " "); err != nil || got != "6 7 8 9 10 11" {
		t.Errorf("%q, %v", got, err)
	}
}

// The stamp is the database's clock, also where its zone is odd.
func TestSQLStamps(t *testing.T) {
	t.Parallel()
	address := peopleDatabase(t, 1)
	from := usersync.MicrosOf(time.Now())
	page, err := sqlLister(t, APISettings{URL: address, Lag: time.Hour}).Page(t.Context(), "")
	if err != nil || len(page.Users) != 1 {
		t.Fatal(page, err)
	}
	const hour, second = 3600_000000, 1_000000
	if at := page.Instant + hour; at%second != 0 || at < from-2*second || at > usersync.MicrosOf(time.Now()) {
		t.Errorf("the instant is %s", showMicros(page.Instant))
	}
	c := page.Users[0]
	if c.OccurredAt != page.Instant || showMicros(c.UpdatedAt) != "2026-01-15T12:00:01.000000Z" || c.ReceivedAt < from {
		t.Errorf("%+v", c)
	}
}

func TestSQLFaults(t *testing.T) {
	t.Parallel()
	address := peopleDatabase(t, 4)
	_, err := sqlLister(t, APISettings{URL: address, Params: map[string]string{"schema": "auth\"; DROP TABLE people; --"}}).Page(t.Context(), "")
	wantError(t, err, `Postgres refused it (42P01): relation "auth"; DROP TABLE people; --.people" does not exist: check api.url`)
	l := sqlLister(t, APISettings{URL: address})
	_, err = l.Page(t.Context(), "x'y")
	wantError(t, err, "the cursor is not one of this list")
	if page, err := l.Page(t.Context(), "2"); err != nil || len(page.Users) != 2 {
		t.Errorf("%+v, %v", page, err)
	}

	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/nowhere"
	_, err = sqlLister(t, APISettings{URL: u.String()}).Page(t.Context(), "")
	wantError(t, err, "(3D000)")
	u.Host = "127.0.0.1:1"
	u.User = url.UserPassword("u", apiKey)
	_, err = sqlLister(t, APISettings{URL: u.String(), Key: secret.New(apiKey + "\n")}).Page(t.Context(), "")
	wantError(t, err, "given up after 4 attempts")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Page(ctx, ""); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// A query that waits for a lock is given up, and asked again.
func TestSQLThatHangs(t *testing.T) {
	t.Parallel()
	address := peopleDatabase(t, 1)
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec("LOCK TABLE people"); err != nil {
		t.Fatal(err)
	}
	l := sqlLister(t, APISettings{URL: address, Timeout: 200 * time.Millisecond})
	_, err = l.Page(t.Context(), "")
	wantError(t, err, "no complete answer within 200ms (given up after 4 attempts)")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := l.Page(ctx, ""); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	// The lock is gone; how soon it is answered then is the machine's matter.
	l = sqlLister(t, APISettings{URL: address, Timeout: time.Minute})
	if page, err := l.Page(t.Context(), ""); err != nil || len(page.Users) != 1 {
		t.Errorf("%+v, %v", page, err)
	}
}

func TestSQLFetch(t *testing.T) {
	t.Parallel()
	f, err := described(t, sqlParts).Fetcher(APISettings{URL: peopleDatabase(t, 3)}, usersync.OriginHydrate)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	f.source.(*sqlUser).patience = hasty
	c, found, err := f.Fetch(t.Context(), "2")
	if err != nil || !found || c.UserID != "2" || c.Fields[usersync.FieldEmail] != usersync.TextValue("u2") {
		t.Errorf("%+v, %v, %v", c, found, err)
	}
	for _, id := range []string{"4", "x", "1; SELECT 1"} {
		if _, found, err := f.Fetch(t.Context(), id); found || err != nil {
			t.Errorf("%s: %v, %v", id, found, err)
		}
	}
	f.source.(*sqlUser).table = &sqlTable{table: []template{"none"}, key: "id", columns: []string{"id"}}
	_, _, err = f.Fetch(t.Context(), "1")
	wantError(t, err, "42P01")
}

func TestSQLErrors(t *testing.T) {
	t.Parallel()
	address := peopleDatabase(t, 1)
	l := sqlLister(t, APISettings{URL: address})
	d := l.pages.(*sqlPages).database
	// The message of such an error quotes data, so it is not shown.
	_, _, err := d.rows(t.Context(), l.budget, "SELECT 'a', (1 / (id - 1))::text FROM people")
	wantError(t, err, "Postgres refused the query (22012)")
	_, _, err = d.rows(t.Context(), l.budget, "SELECT pg_terminate_backend(pg_backend_pid())::text, 'a'")
	wantError(t, err, "Postgres failed (57P01) (given up after 4 attempts)")
	_, _, err = d.rows(t.Context(), l.budget, "SELECT 'a'")
	wantError(t, err, "expected 1 destination")
	_, _, err = d.rows(t.Context(), l.budget, "DELETE FROM people RETURNING 'a', 'b'")
	wantError(t, err, "Postgres refused the query (25006)")
	if page, err := l.Page(t.Context(), ""); err != nil || len(page.Users) != 1 {
		t.Errorf("%+v, %v", page, err)
	}
}
