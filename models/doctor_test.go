package models_test

import (
	"slices"
	"strings"
	"testing"

	"usersync/internal/pgtest"
	"usersync/models"
)

// tampering is what somebody did to the database, and what has to be said of it.
type tampering struct {
	sql    string
	part   string
	broken bool
	says   string
	remedy string // the beginning of it; run, it must heal, unless keeps is set
	keeps  bool   // the remedy is no statement, or not for the one who runs the tests
}

// symptoms are all that the table and its indexes show.
func symptoms(t *testing.T, db *models.DB) []models.Symptom {
	t.Helper()
	found, err := db.TableSymptoms(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	more, err := db.IndexSymptoms(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return append(found, more...)
}

// A database as the migrations make it has no symptoms, whatever its table is called.
func TestAFreshDatabaseHasNoSymptoms(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{"postgres": pgtest.New(t), "sqlite": sqliteURL(t)} {
		for _, table := range []string{"users", "auth_users"} {
			t.Run(name+" "+table, func(t *testing.T) {
				db := open(t, url, models.Options{UsersTable: table})
				if found := symptoms(t, db); len(found) > 0 {
					t.Errorf("%+v", found)
				}
			})
			if name == "postgres" {
				url = pgtest.New(t)
			} else {
				url = sqliteURL(t)
			}
		}
	}
}

// A role that is called usersync finds the schema of its name on its search_path.
func TestNoSymptomsWithTheSchemaOnTheSearchPath(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.New(t)+"&search_path=usersync,public", models.Options{})
	if found := symptoms(t, db); len(found) > 0 {
		t.Errorf("%+v", found)
	}
	// What is made again is made where the app looks for it, whoever pastes the remedy.
	tamper(t, db, tampering{`DROP VIEW active_users`, "view", false, "active_users is not there", `CREATE VIEW "public"."active_users"`, false})
	tamper(t, db, tampering{`DROP INDEX users_email`, "indexes", false, "users_email is not there", `CREATE INDEX "users_email" ON "public"."users"`, false})
}

func TestTamperings(t *testing.T) {
	t.Parallel()
	shared := open(t, pgtest.New(t), models.Options{})
	for name, c := range map[string]tampering{
		"the e-mail index dropped":  {`DROP INDEX users_email`, "indexes", false, "users_email is not there", "CREATE INDEX", false},
		"an index of ours dropped":  {`DROP INDEX usersync.outbox_due_idx`, "indexes", false, "outbox_due_idx is not there", "CREATE INDEX outbox_due_idx ON usersync.outbox", false},
		"the key dropped":           {`ALTER TABLE users DROP CONSTRAINT users_provider_provider_user_id_key`, "indexes", true, "no unique index on (provider, provider_user_id)", "CREATE UNIQUE INDEX", false},
		"the primary key dropped":   {`ALTER TABLE users DROP CONSTRAINT users_pkey`, "indexes", true, "has lost its primary key", "ALTER TABLE", false},
		"a key of ours dropped":     {`ALTER TABLE usersync.dead_letters DROP CONSTRAINT dead_letters_fingerprint_key`, "indexes", true, "usersync.dead_letters has lost its key", "ALTER TABLE", false},
		"an invalid index":          {`UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'users_email'::regclass`, "indexes", false, "users_email is not valid", "REINDEX INDEX users_email", false},
		"an index on updated_at":    {`CREATE INDEX mine ON users (updated_at)`, "indexes", false, "mine is on updated_at", "DROP INDEX mine", false},
		"one that only looks at it": {`CREATE INDEX mine ON users (name) WHERE last_sign_in_at IS NOT NULL`, "indexes", false, "mine is on last_sign_in_at", "DROP INDEX mine", false},
		"a unique address":          {`CREATE UNIQUE INDEX mine ON users (lower(email)) WHERE deleted_at IS NULL`, "indexes", false, "two providers may know the same address", "DROP INDEX mine", false},
		"a unique constraint":       {`ALTER TABLE users ADD CONSTRAINT mine UNIQUE (username)`, "indexes", false, "mine makes username unique", "ALTER TABLE users DROP CONSTRAINT", false},
		"no e-mail is refused":      {`ALTER TABLE users ALTER email SET NOT NULL`, "columns", true, "users.email is NOT NULL", "ALTER TABLE users ALTER COLUMN", false},
		"NULL is let in":            {`ALTER TABLE users ALTER created_at DROP NOT NULL`, "columns", false, "users.created_at may be NULL", "ALTER TABLE users ALTER COLUMN", false},
		"a narrowed name":           {`DROP VIEW active_users; ALTER TABLE users ALTER tenant_id TYPE varchar(64)`, "columns", true, "users.tenant_id is character varying(64) and was made as text", "DROP VIEW", false},
		"another text":              {`DROP VIEW active_users; ALTER TABLE users ALTER tenant_id TYPE varchar`, "columns", false, "users.tenant_id is character varying", "DROP VIEW", false},
		"the default dropped":       {`ALTER TABLE users ALTER suspended DROP DEFAULT`, "columns", true, "suspended has lost its default", "ALTER TABLE users ALTER COLUMN", false},
		"a default of the app's":    {`ALTER TABLE users ALTER name SET DEFAULT 'nobody'`, "columns", false, "users.name has a default", "ALTER TABLE users ALTER COLUMN", false},
		"another collation":         {`DROP VIEW active_users; ALTER TABLE users ALTER provider_user_id TYPE text COLLATE "POSIX"`, "columns", false, "has the collation POSIX", "DROP VIEW", false},
		"renamed":                   {`ALTER TABLE users RENAME phone TO telephone`, "columns", true, "phone was renamed to telephone", "ALTER TABLE users RENAME COLUMN", false},
		"a column of the app's":     {`ALTER TABLE users ADD plan text NOT NULL`, "columns", true, "users.plan is a column of the app's", "ALTER TABLE users ALTER COLUMN", false},
		"a CHECK":                   {`ALTER TABLE users ADD CONSTRAINT mine CHECK (length(name) < 50)`, "constraints", false, "a CHECK of the app's, mine", "ALTER TABLE users DROP CONSTRAINT", false},
		"a foreign key":             {`CREATE TABLE tenants (id text PRIMARY KEY); ALTER TABLE users ADD CONSTRAINT mine FOREIGN KEY (tenant_id) REFERENCES tenants`, "constraints", false, "a foreign key to another table of the app's", "ALTER TABLE users DROP CONSTRAINT", false},
		"a rule":                    {`CREATE RULE mine AS ON DELETE TO users DO INSTEAD NOTHING`, "triggers", true, "a rule, mine", "DROP RULE", false},
		"not logged":                {`ALTER TABLE users SET UNLOGGED`, "durability", true, "users is UNLOGGED", "ALTER TABLE users SET LOGGED", false},
		"ours not logged":           {`ALTER TABLE usersync.erased SET UNLOGGED`, "durability", true, "usersync.erased is UNLOGGED", "ALTER TABLE usersync.erased SET LOGGED", false},
		"another fillfactor":        {`ALTER TABLE users SET (fillfactor = 100)`, "storage", false, "fillfactor of 85", "ALTER TABLE users SET", false},
		"no vacuum":                 {`ALTER TABLE users SET (autovacuum_enabled = off)`, "storage", false, "is not vacuumed", "ALTER TABLE users RESET", false},
		"the view dropped":          {`DROP VIEW active_users`, "view", false, "active_users is not there", "CREATE VIEW", false},
		"another view":              {`CREATE OR REPLACE VIEW active_users AS SELECT id, provider, provider_user_id, email, email_verified, name, username, avatar_url, phone, tenant_id, metadata, suspended, suspended_at, suspended_until, suspended_reason, last_sign_in_at, deleted_at, provider_created_at, provider_updated_at, created_at, updated_at FROM users`, "view", false, "no longer leaves out", "DROP VIEW", false},
		"a trigger":                 {`CREATE FUNCTION mine() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER watch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION mine()`, "triggers", false, "a trigger of the app's, watch (mine)", "DROP TRIGGER", true},
		"a column dropped":          {`ALTER TABLE users DROP COLUMN phone CASCADE`, "columns", true, "users.phone is not there", "ALTER TABLE users ADD COLUMN phone text; then", true},
		"a needed column dropped":   {`ALTER TABLE users DROP COLUMN created_at CASCADE`, "columns", true, "users.created_at is not there", "restore", true},
	} {
		t.Run(name, func(t *testing.T) {
			if c.keeps { // not healed, so not to be seen by the others
				t.Parallel()
				tamper(t, open(t, pgtest.New(t), models.Options{}), c)
				return
			}
			tamper(t, shared, c)
		})
	}
}

func TestTamperingsOnSQLite(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]tampering{
		"the e-mail index dropped": {`DROP INDEX users_email`, "indexes", false, "users_email is not there", "CREATE INDEX", false},
		"an index of ours dropped": {`DROP INDEX usersync_outbox_due_idx`, "indexes", false, "usersync_outbox_due_idx is not there", "CREATE INDEX", false},
		"a unique address":         {`CREATE UNIQUE INDEX mine ON users (email)`, "indexes", false, "two providers may know the same address", "DROP INDEX", false},
		"renamed":                  {`ALTER TABLE users RENAME phone TO telephone`, "columns", true, "phone was renamed to telephone", "ALTER TABLE", false},
		"a trigger":                {`CREATE TRIGGER watch AFTER UPDATE ON users BEGIN SELECT 1; END`, "triggers", false, "a trigger of the app's, watch", "DROP TRIGGER", true},
		"the view dropped":         {`DROP VIEW active_users`, "view", false, "active_users is not there", "CREATE VIEW", false},
		"a column of the app's":    {`DROP VIEW active_users; ALTER TABLE users RENAME TO old; CREATE TABLE users AS SELECT * FROM old`, "indexes", true, "no unique index", "CREATE UNIQUE INDEX", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tamper(t, open(t, sqliteURL(t), models.Options{}), c)
		})
	}
}

// tamper does it, expects it to be told, and that the remedy heals.
func tamper(t *testing.T, db *models.DB, c tampering) {
	t.Helper()
	models.ExecForTest(t, db, c.sql)
	found := symptoms(t, db)
	i := slices.IndexFunc(found, func(s models.Symptom) bool {
		return s.Part == c.part && s.Broken == c.broken && strings.Contains(s.Text, c.says) && strings.HasPrefix(s.Remedy, c.remedy)
	})
	if i < 0 {
		t.Fatalf("no %q in %+v", c.says, found)
	}
	if c.keeps {
		return
	}
	models.ExecForTest(t, db, found[i].Remedy)
	for _, left := range symptoms(t, db) {
		t.Errorf("%s leaves %+v", found[i].Remedy, left)
	}
}
