package models_test

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"usersync/internal/pgtest"
	"usersync/internal/rowtest"
	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

// databases opens an empty, migrated database of each kind.
var databases = map[string]func(t *testing.T, options models.Options) *models.DB{
	"postgres": func(t *testing.T, options models.Options) *models.DB { return open(t, pgtest.New(t), options) },
	"sqlite": func(t *testing.T, options models.Options) *models.DB {
		return open(t, sqliteURL(t), options)
	},
}

func sqliteURL(t testing.TB) string {
	return "sqlite:" + filepath.Join(t.TempDir(), "users with spaces.db")
}

func open(t *testing.T, url string, options models.Options) *models.DB {
	t.Helper()
	db := connect(t, url, options)
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

func connect(t *testing.T, url string, options models.Options) *models.DB {
	t.Helper()
	db, err := models.Open(url, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// onBoth runs a test on both kinds of databases.
func onBoth(t *testing.T, test func(t *testing.T, db *models.DB)) {
	for name, open := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t, models.Options{}))
		})
	}
}

func TestStoresKeepTheLaw(t *testing.T) {
	t.Parallel()
	for name, open := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, func(t *testing.T) storetest.Inspector {
				return inspect(t, open(t, models.Options{MaxConnections: 12}), "users")
			})
		})
	}
}

// The operator may name the users table, in another schema, in mixed case.
func TestUsersTableOfAnotherName(t *testing.T) {
	t.Parallel()
	storetest.RunCalm(t, func(t *testing.T) storetest.Inspector {
		db := connect(t, pgtest.New(t), models.Options{UsersTable: "App.Auth_Users", MaxConnections: 12})
		models.ExecForTest(t, db, `CREATE SCHEMA "App"`)
		if _, err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		return inspect(t, db, `"App"."Auth_Users"`)
	})
}

// box lets the inspector have a method Letters besides those of usersync.Letters.
type box = usersync.Letters

// inspector reads a database for the suite, through the GORM models.
type inspector struct {
	usersync.Store
	usersync.Runs
	usersync.Roll
	usersync.Hydrations
	box
	usersync.Eraser
	usersync.Outbox
	usersync.EventLog
	usersync.UserFinder
	usersync.RunLog
	usersync.Surveyor
	usersync.Activities
	usersync.Notices
	t     *testing.T
	db    *models.DB
	table string
}

func inspect(t *testing.T, db *models.DB, table string) *inspector {
	return &inspector{
		Store: db.Store(), Runs: db.Runs(), Roll: db.Roll(), Hydrations: db.Hydrations(), box: db.Letters(), Eraser: db.Eraser(), Outbox: db.Outbox(),
		EventLog: models.EventLogForTest(db, 4), UserFinder: db.UserFinder(), RunLog: db.RunLog(), Surveyor: db.Surveyor(), Activities: db.Activities(), Notices: db.Notices(),
		t: t, db: db, table: table,
	}
}

func (i *inspector) Rows() map[usersync.UserKey]storetest.Row {
	users, err := i.db.Users(i.t.Context())
	if err != nil {
		i.t.Fatal(err)
	}
	rows := make(map[usersync.UserKey]storetest.Row, len(users))
	for _, u := range users {
		key := usersync.UserKey{Provider: u.Provider, UserID: u.ProviderUserID}
		if u.ID != key.ID().String() {
			i.t.Errorf("%v has the id %s", key, u.ID)
		}
		rows[key] = storetest.Row{View: rowtest.View(i.t, u), CreatedAt: usersync.MicrosOf(u.CreatedAt.Time), UpdatedAt: usersync.MicrosOf(u.UpdatedAt.Time)}
	}
	return rows
}

func (i *inspector) Claims() []usersync.Claim {
	events, err := i.db.ProcessedEvents(i.t.Context())
	if err != nil {
		i.t.Fatal(err)
	}
	claims := make([]usersync.Claim, len(events))
	for n, e := range events {
		kind, _ := usersync.ParseKind(e.Kind)
		origin, _ := usersync.ParseOrigin(e.Origin)
		outcome := usersync.OutcomeApplied
		if e.Outcome == usersync.OutcomeStale.String() {
			outcome = usersync.OutcomeStale
		}
		claims[n] = usersync.Claim{
			ClaimKey: usersync.ClaimKey{
				OccurredAt: usersync.MicrosOf(e.OccurredAt.Time), EventID: e.EventID,
				UserKey: usersync.UserKey{Provider: e.Provider, UserID: e.ProviderUserID},
			},
			Kind: kind, ReceivedAt: usersync.MicrosOf(e.ReceivedAt.Time), Outcome: outcome, Origin: origin,
		}
	}
	return claims
}

func (i *inspector) Letters() []storetest.Letter {
	stored, err := i.db.DeadLetters(i.t.Context(), 1000)
	if err != nil {
		i.t.Fatal(err)
	}
	deref := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	letters := make([]storetest.Letter, len(stored))
	for n, l := range stored {
		letters[n] = storetest.Letter{Seen: l.Seen, DeadLetter: usersync.DeadLetter{
			Provider: l.Provider, EventID: deref(l.EventID), UserID: deref(l.ProviderUserID),
			Reason: l.Reason, Detail: l.Detail, Payload: l.Payload, ReceivedAt: usersync.MicrosOf(l.LastSeenAt.Time),
		}}
		if err := json.Unmarshal([]byte(l.Headers), &letters[n].Headers); err != nil {
			i.t.Fatal(err)
		}
		if l.DueAt != nil {
			letters[n].DueAt = usersync.MicrosOf(l.DueAt.Time)
		}
	}
	return letters
}

func (i *inspector) Posted() map[string]usersync.MessageState {
	stored, err := i.db.OutboxMessages(i.t.Context())
	if err != nil {
		i.t.Fatal(err)
	}
	all := make(map[string]usersync.MessageState, len(stored))
	for _, m := range stored {
		all[m.ID] = m
	}
	return all
}

// Damage implements storetest.Inspector.
func (i *inspector) Damage(key usersync.UserKey) {
	models.ExecForTest(i.t, i.db, `UPDATE `+i.table+` SET sync_state = `+map[models.Dialect]string{models.Postgres: `'\x99'`, models.SQLite: `x'99'`}[i.db.Dialect()]+` WHERE provider_user_id = '`+key.UserID+`'`)
}

// Refuse implements storetest.Inspector with what an app would do: a check on
// Postgres, a trigger on SQLite.
func (i *inspector) Refuse(email string) {
	if i.db.Dialect() == models.SQLite {
		for _, event := range []string{"INSERT", "UPDATE"} {
			models.ExecForTest(i.t, i.db, `CREATE TRIGGER app_refuses_`+event+` BEFORE `+event+` ON `+i.table+` WHEN new.email = '`+email+`' BEGIN SELECT RAISE(ABORT, 'refused by the app'); END`)
		}
		return
	}
	models.ExecForTest(i.t, i.db, `ALTER TABLE `+i.table+` ADD CHECK (email <> '`+email+`')`)
}
