package models_test

import (
	"context"
	"fmt"
	"net/url"
	"sync"
	"testing"

	"usersync/internal/pgtest"
	"usersync/internal/rowtest"
	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

// copied is a page of so many users that new ones are written by COPY.
func copied() usersync.Page { return pageOf(0, 300, "") }

// between does something once, between the reading and the writing of the first
// transaction.
type between struct {
	usersync.Store
	once sync.Once
	do   func()
}

func (b *between) Update(ctx context.Context, lock usersync.Lock, decide func(usersync.Known) usersync.Changes) ([]bool, error) {
	return b.Store.Update(ctx, lock, func(known usersync.Known) usersync.Changes {
		b.once.Do(b.do)
		return decide(known)
	})
}

// Somebody else makes one of the rows that a COPY is about to make.
func TestLostRaceDuringCopy(t *testing.T) {
	t.Parallel()
	db := databases["postgres"](t, models.Options{})
	page := copied()
	ban := page.Users[150]
	ban.EventID, ban.Kind, ban.Origin, ban.OccurredAt = "ban", usersync.KindBanned, usersync.OriginLive, ban.OccurredAt+1
	store := &between{Store: db.Store(), do: func() {
		if err := applyOne(t, db, ban); err != nil {
			t.Error(err)
		}
	}}
	run, busy, err := storetest.Engine(store).ApplyPage(t.Context(), page, usersync.Run{})
	if err != nil || busy || run.Counts.Changed != 299 {
		t.Fatalf("%+v, busy %v, %v", run, busy, err)
	}
	users, err := db.Users(t.Context())
	if err != nil || len(users) != 300 {
		t.Fatalf("%d users, %v", len(users), err)
	}
	want := storetest.Fold(append(page.Users, ban))
	for _, u := range users {
		key := usersync.UserKey{Provider: u.Provider, UserID: u.ProviderUserID}
		state := want[key]
		view, got := usersync.Project(&state), rowtest.View(t, u)
		if !got.Equal(&view) {
			t.Errorf("%v:\n got %+v\nwant %+v", key, got, view)
		}
	}
}

// Postgres takes no COPY into a table with row-level security: the rows are
// inserted, and COPY is not tried again.
func TestNoCopyUnderRowLevelSecurity(t *testing.T) {
	t.Parallel()
	address := pgtest.New(t)
	owner := open(t, address, models.Options{})
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	role := "tenant" + parsed.Path[len("/usersync_test_"):]
	models.ExecForTest(t, owner, `CREATE ROLE `+role+` LOGIN;
GRANT USAGE ON SCHEMA public, usersync TO `+role+`;
GRANT ALL ON ALL TABLES IN SCHEMA public, usersync TO `+role+`;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_rows ON users USING (true) WITH CHECK (true);
CREATE TABLE attempts (statement text);
GRANT INSERT ON attempts TO `+role+`;
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO attempts VALUES (split_part(current_query(), ' ', 1)); RETURN NULL; END $$;
CREATE TRIGGER note AFTER INSERT ON users FOR EACH STATEMENT EXECUTE FUNCTION note();`)
	t.Cleanup(func() {
		models.ExecForTest(t, owner, "DROP OWNED BY "+role)
		models.ExecForTest(t, owner, "DROP ROLE "+role)
	})
	parsed.User = url.User(role)
	db := connect(t, parsed.String(), models.Options{})
	engine := storetest.Engine(db.Store())
	for n := range 2 {
		run, busy, err := engine.ApplyPage(t.Context(), pageOf(n*300, 300, ""), usersync.Run{})
		if err != nil || busy || run.Counts.Changed != 300 {
			t.Fatalf("%+v, busy %v, %v", run, busy, err)
		}
	}
	if users, err := owner.Users(t.Context()); err != nil || len(users) != 600 {
		t.Errorf("%d users, %v", len(users), err)
	}
	if statements := models.QueryForTest(t, owner, "SELECT statement FROM attempts"); fmt.Sprint(statements) != "[INSERT INSERT]" {
		t.Errorf("the rows came by %v", statements)
	}
}

// Many new rows come by COPY, few do not.
func TestCopyIsForManyNewRows(t *testing.T) {
	t.Parallel()
	db := databases["postgres"](t, models.Options{})
	models.ExecForTest(t, db, `CREATE TABLE attempts (statement text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO attempts VALUES (split_part(current_query(), ' ', 1)); RETURN NULL; END $$;
CREATE TRIGGER note AFTER INSERT ON users FOR EACH STATEMENT EXECUTE FUNCTION note();`)
	engine := storetest.Engine(db.Store())
	for _, page := range []usersync.Page{pageOf(0, 10, ""), pageOf(0, 300, ""), pageOf(300, 500, "")} {
		if _, busy, err := engine.ApplyPage(t.Context(), page, usersync.Run{}); err != nil || busy {
			t.Fatalf("busy %v, %v", busy, err)
		}
	}
	if statements := models.QueryForTest(t, db, "SELECT statement FROM attempts"); fmt.Sprint(statements) != "[INSERT COPY COPY]" {
		t.Errorf("the rows came by %v", statements)
	}
}

// A deferred constraint of the app's is only looked at when the transaction
// commits: COPY has succeeded by then.
func TestRefusedAtTheCommitOfACopy(t *testing.T) {
	t.Parallel()
	db := databases["postgres"](t, models.Options{})
	page := copied()
	models.ExecForTest(t, db, `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF new.provider_user_id = '`+page.Users[77].UserID+`' THEN RAISE EXCEPTION 'refused by the app' USING ERRCODE = 'check_violation'; END IF; RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON users DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse();`)
	run, busy, err := storetest.Engine(db.Store()).ApplyPage(t.Context(), page, usersync.Run{})
	if err != nil || busy || run.Counts.Letters != 1 {
		t.Fatalf("%+v, busy %v, %v", run, busy, err)
	}
	users, err := db.Users(t.Context())
	letters, failed := db.DeadLetters(t.Context(), 10)
	if err != nil || failed != nil || len(users) != 299 || len(letters) != 1 || letters[0].Reason != "refused" {
		t.Errorf("%d users, %+v, %v, %v", len(users), letters, err, failed)
	}
}
