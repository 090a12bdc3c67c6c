package models_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

// counted counts transactions.
type counted struct {
	usersync.Store
	transactions int
}

func (c *counted) Update(ctx context.Context, lock usersync.Lock, decide func(usersync.Known) usersync.Changes) ([]bool, error) {
	c.transactions++
	return c.Store.Update(ctx, lock, decide)
}

// Both databases say whose data they refuse: the guilty event costs two transactions, not
// those that it takes to find it. What they quote is kept nowhere.
func TestTheRefusedUserIsNamed(t *testing.T) {
	t.Parallel()
	const secret = "Secret (of)=(the, app)"
	triggers := map[models.Dialect]string{
		models.SQLite: `CREATE TRIGGER app BEFORE UPDATE ON users WHEN new.name LIKE 'Secret%' BEGIN SELECT RAISE(ABORT, 'refused by the app'); END`,
		models.Postgres: `CREATE FUNCTION app() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF new.name LIKE 'Secret%' THEN new.provider = NULL; END IF; RETURN new; END $$;
CREATE TRIGGER app BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION app()`,
	}
	check := map[models.Dialect]string{
		models.SQLite:   strings.Replace(triggers[models.SQLite], "UPDATE", "INSERT", 1),
		models.Postgres: `ALTER TABLE users ADD CHECK (name NOT LIKE 'Secret%')`,
	}
	unique := map[models.Dialect]string{}
	pair := map[models.Dialect]string{}
	for _, d := range []models.Dialect{models.SQLite, models.Postgres} {
		unique[d] = `CREATE UNIQUE INDEX app ON users (lower(email))`
		pair[d] = `CREATE UNIQUE INDEX app ON users (provider, username)`
	}
	for name, c := range map[string]struct {
		because map[models.Dialect]string
		known   bool // the users are there before
		guilty  func(c *usersync.Command)
	}{
		"check":              {check, false, func(c *usersync.Command) { c.Fields[usersync.FieldName] = usersync.TextValue(secret) }},
		"trigger":            {triggers, true, func(c *usersync.Command) { c.Fields[usersync.FieldName] = usersync.TextValue(secret) }},
		"unique e-mail":      {unique, false, func(c *usersync.Command) { c.Fields[usersync.FieldEmail] = usersync.TextValue("SECRET@x") }},
		"unique e-mail, old": {unique, true, func(c *usersync.Command) { c.Fields[usersync.FieldEmail] = usersync.TextValue("SECRET@x") }},
		"unique pair":        {pair, true, func(c *usersync.Command) { c.Fields[usersync.FieldUsername] = usersync.TextValue("secret, ann") }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, db *models.DB) {
				first := user("first")
				first.Fields[usersync.FieldEmail] = usersync.TextValue("secret@x")
				first.Fields[usersync.FieldUsername] = usersync.TextValue("secret, ann")
				commands, later := []usersync.Command{first}, []*usersync.Delivery{}
				for i := range 40 {
					u := user(fmt.Sprint("u", i))
					u.Payload = fmt.Appendf(nil, `{"id":%d}`, i)
					if c.known {
						commands = append(commands, u)
						u.EventID, u.Kind, u.OccurredAt = fmt.Sprint("later", i), usersync.KindUpdated, u.OccurredAt+1_000_000
					}
					u.Fields[usersync.FieldName] = usersync.TextValue(fmt.Sprint("name ", i))
					if i == 17 {
						c.guilty(&u)
					}
					later = append(later, &usersync.Delivery{Commands: []usersync.Command{u}})
				}
				if err := applyOne(t, db, commands...); err != nil {
					t.Fatal(err)
				}
				models.ExecForTest(t, db, c.because[db.Dialect()])
				store := &counted{Store: db.Store()}
				engine := storetest.Engine(store)
				var log bytes.Buffer
				engine.Log = slog.New(slog.NewTextHandler(&log, nil))
				for i, r := range engine.Apply(t.Context(), later) {
					want := usersync.OutcomeApplied
					if i == 17 {
						want = usersync.OutcomeDeadLetter
					}
					if r.Err != nil || r.Outcome != want {
						t.Errorf("delivery %d: %+v, want %v", i, r, want)
					}
				}
				if store.transactions != 3 {
					t.Errorf("%d transactions, want 3", store.transactions)
				}
				letters, err := db.DeadLetters(t.Context(), 10)
				if err != nil || len(letters) != 1 || letters[0].Reason != "refused" || strings.Contains(strings.ToLower(letters[0].Detail+log.String()), "secret") {
					t.Errorf("%+v, %v; log %s", letters, err, log.String())
				}
				if users, err := db.Users(t.Context()); err != nil || c.known && len(users) != 41 || !c.known && len(users) != 40 {
					t.Errorf("%d users, %v", len(users), err)
				}
			})
		})
	}
}
