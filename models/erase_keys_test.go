package models_test

import (
	"net/url"
	"slices"
	"testing"

	"usersync/internal/pgtest"
	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

// A table of the app's that the role may not read, or of which it may not see all
// rows, is taken to refer to the user.
func TestErasedRowsOfUnreadTables(t *testing.T) {
	t.Parallel()
	address := pgtest.New(t)
	owner := connect(t, address, models.Options{})
	if _, err := owner.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	const role = "usersync_erase_test"
	models.ExecForTest(t, owner, "CREATE ROLE "+role+" LOGIN; GRANT USAGE ON SCHEMA usersync TO "+role+"; GRANT ALL ON ALL TABLES IN SCHEMA usersync, public TO "+role)
	t.Cleanup(func() { models.ExecForTest(t, owner, "DROP OWNED BY "+role+"; DROP ROLE "+role) })
	models.ExecForTest(t, owner, `CREATE TABLE "the orders" (n int, user_id uuid REFERENCES users ON DELETE CASCADE)`)
	server, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	server.User = url.User(role)
	db := connect(t, server.String(), models.Options{})
	if err := applyOne(t, db, profiled("u1"), profiled("u2")); err != nil {
		t.Fatal(err)
	}
	models.ExecForTest(t, owner, `INSERT INTO "the orders" SELECT 1, id FROM users WHERE provider_user_id = 'u2'`)
	unread := []usersync.RowHolder{{Table: `"the orders"`, Key: "the orders_user_id_fkey", Unread: true}}
	for _, step := range []struct {
		statement string
		row       usersync.ErasedRow
		holders   []usersync.RowHolder
	}{
		{`REVOKE ALL ON "the orders" FROM ` + role, usersync.RowBlanked, unread},
		{`GRANT SELECT (n) ON "the orders" TO ` + role, usersync.RowBlanked, unread},
		{`GRANT SELECT (user_id) ON "the orders" TO ` + role + `; ALTER TABLE "the orders" ENABLE ROW LEVEL SECURITY`, usersync.RowBlanked, unread},
		{`ALTER TABLE "the orders" DISABLE ROW LEVEL SECURITY`, usersync.RowDeleted, nil},
	} {
		models.ExecForTest(t, owner, step.statement)
		done, err := db.Eraser().Erase(t.Context(), usersync.UserKey{Provider: "p", UserID: "u1"}, storetest.Base)
		if err != nil || done.Row != step.row || !slices.Equal(done.Holders, step.holders) {
			t.Errorf("%s: %+v, %v", step.statement, done, err)
		}
	}
	if orders := models.QueryForTest(t, owner, `SELECT count(*) FROM "the orders"`); !slices.Equal(orders, []string{"1"}) {
		t.Errorf("%v orders", orders)
	}
}

// An order that is being made while its user is erased stays, also where its key
// says that it goes with the user.
func TestErasureWaitsForWhoComesToRefer(t *testing.T) {
	t.Parallel()
	db := databases["postgres"](t, models.Options{})
	if err := applyOne(t, db, profiled("u1")); err != nil {
		t.Fatal(err)
	}
	models.ExecForTest(t, db, "CREATE TABLE orders (user_id uuid REFERENCES users ON DELETE CASCADE)")
	app := models.BeginForTest(t, db)
	app("INSERT INTO orders SELECT id FROM users")
	erased := make(chan usersync.Erased, 1)
	go func() {
		done, err := db.Eraser().Erase(t.Context(), usersync.UserKey{Provider: "p", UserID: "u1"}, storetest.Base)
		if err != nil {
			t.Error(err)
		}
		erased <- done
	}()
	for len(models.QueryForTest(t, db, "SELECT 'x' FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")) == 0 {
		if t.Context().Err() != nil {
			t.Fatal("it does not wait")
		}
	}
	app("COMMIT")
	if done := <-erased; done.Row != usersync.RowBlanked || len(done.Holders) != 1 {
		t.Errorf("%+v", done)
	}
	if orders := models.QueryForTest(t, db, "SELECT count(*) FROM orders"); !slices.Equal(orders, []string{"1"}) {
		t.Errorf("%v orders", orders)
	}
}
