package models_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"usersync/internal/pgtest"
	"usersync/models"
)

// sound is a server of which there is nothing to say.
func sound() models.Server {
	return models.Server{
		Version: 150004, Encoding: "UTF8", Role: "usersync_daemon", Isolation: "read committed", DateStyle: "ISO, MDY",
		Commit: "on", Fsync: "on", FullPages: "on", Connections: 97, InUse: 5, MayLock: true,
	}
}

func TestServerSymptoms(t *testing.T) {
	t.Parallel()
	if found := sound().Symptoms(0); len(found) > 0 {
		t.Errorf("sound: %+v", found)
	}
	for name, c := range map[string]struct {
		change func(*models.Server)
		part   string
		broken bool
		says   string
	}{
		"too old":          {func(s *models.Server) { s.Version = 110022 }, "server", true, "Postgres 11.22 is older"},
		"a standby":        {func(s *models.Server) { s.Standby, s.ReadOnly = true, true }, "server", true, "this is a standby"},
		"read-only":        {func(s *models.Server) { s.ReadOnly = true }, "server", true, "read-only"},
		"latin 1":          {func(s *models.Server) { s.Encoding = "LATIN1" }, "server", true, "LATIN1"},
		"no encoding":      {func(s *models.Server) { s.Encoding = "SQL_ASCII" }, "server", false, "SQL_ASCII"},
		"serializable":     {func(s *models.Server) { s.Isolation = "serializable" }, "server", false, "serializable"},
		"dates":            {func(s *models.Server) { s.DateStyle = "SQL, DMY" }, "server", true, "SQL, DMY"},
		"superuser":        {func(s *models.Server) { s.Superuser = true }, "role", false, "usersync_daemon is a superuser"},
		"no locks":         {func(s *models.Server) { s.MayLock = false }, "grants", true, "advisory locks"},
		"commits":          {func(s *models.Server) { s.Commit = "off" }, "durability", false, "synchronous_commit is off"},
		"fsync":            {func(s *models.Server) { s.Fsync = "off" }, "durability", false, "fsync is off"},
		"full pages":       {func(s *models.Server) { s.FullPages = "off" }, "durability", false, "full_page_writes is off"},
		"short statements": {func(s *models.Server) { s.StatementTimeout = 30_000 }, "timeouts", false, "statement_timeout is 30s"},
		"no statements":    {func(s *models.Server) { s.StatementTimeout = 200 }, "timeouts", true, "batches of deliveries are cut"},
		"idle":             {func(s *models.Server) { s.IdleTimeout = 1000 }, "timeouts", false, "idle_in_transaction_session_timeout is 1s"},
		"transactions":     {func(s *models.Server) { s.TransactionTimeout = 10_000 }, "timeouts", false, "transaction_timeout is 10s"},
		"no connections":   {func(s *models.Server) { s.Connections = 9 }, "connections", true, "is 10, and this role gets 9"},
		"few connections":  {func(s *models.Server) { s.Connections = 19 }, "connections", false, "too few for a second replica"},
		"crowded":          {func(s *models.Server) { s.InUse = 90 }, "connections", false, "90 of 97 connections are in use"},
	} {
		s := sound()
		c.change(&s)
		found := s.Symptoms(0)
		if len(found) != 1 || found[0].Part != c.part || found[0].Broken != c.broken || !strings.Contains(found[0].Text, c.says) || found[0].Remedy == "" {
			t.Errorf("%s: %+v", name, found)
		}
	}
}

func TestPoolerMode(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		seen models.Pooler
		want models.PoolerMode
	}{
		{models.Pooler{}, models.PoolerNone}, // SQLite
		{models.Pooler{Told: 7, Served: []uint32{7, 7, 7, 7}}, models.PoolerNone},
		{models.Pooler{Told: 1, Served: []uint32{7, 7, 7, 7}}, models.PoolerSession},
		{models.Pooler{Told: 1, Served: []uint32{7}, Alone: true}, models.PoolerSession},
		{models.Pooler{Told: 1, Served: []uint32{7, 8, 8, 7}}, models.PoolerTransaction}, // as pgbouncer 1.18 answered
		{models.Pooler{Told: 1, Served: []uint32{7, 7, 7, 8}}, models.PoolerTransaction},
		{models.Pooler{Told: 1, Refused: true}, models.PoolerStatement},
	} {
		if got := c.seen.Mode(); got != c.want {
			t.Errorf("%+v: %s, want %s", c.seen, got, c.want)
		}
	}
}

// roleOf makes a role that may do everything the printed grants allow, and returns the
// database's URL for it. settings are clauses of ALTER ROLE.
func roleOf(t *testing.T, owner *models.DB, server, role string, settings ...string) string {
	t.Helper()
	models.ExecForTest(t, owner, "CREATE ROLE "+role+" LOGIN")
	t.Cleanup(func() {
		models.ExecForTest(t, owner, "DROP OWNED BY "+role)
		models.ExecForTest(t, owner, "DROP ROLE "+role)
	})
	models.ExecForTest(t, owner, "GRANT USAGE ON SCHEMA usersync TO "+role+"; GRANT SELECT, INSERT, UPDATE, DELETE ON users TO "+role+
		"; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA usersync TO "+role)
	for _, s := range settings {
		models.ExecForTest(t, owner, "ALTER ROLE "+role+" "+s)
	}
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User(role)
	return u.String()
}

// What a real server says of a role with settings of its own.
func TestServerOfARole(t *testing.T) {
	t.Parallel()
	server := pgtest.New(t)
	owner := open(t, server, models.Options{})
	s, ok, err := owner.Server(t.Context())
	if err != nil || !ok || !s.Superuser || s.Version < 120000 || s.Encoding == "" || s.InUse < 1 || s.Standby || s.ReadOnly || !s.MayLock || !s.MakesPartitions || s.Fsync != "off" {
		t.Fatalf("%+v, %t, %v", s, ok, err)
	}
	odd := connect(t, roleOf(t, owner, server, "usersync_odd",
		"SET default_transaction_read_only = on", "SET synchronous_commit = off", "SET statement_timeout = '2s'",
		"SET idle_in_transaction_session_timeout = '1s'", "SET default_transaction_isolation = 'serializable'", "CONNECTION LIMIT 12"), models.Options{})
	if s, _, err = odd.Server(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := models.Server{
		Version: s.Version, Encoding: s.Encoding, Role: "usersync_odd", Database: s.Database, ReadOnly: true, Isolation: "serializable", DateStyle: s.DateStyle,
		Commit: "off", Fsync: "off", FullPages: "off", Connections: 12, InUse: s.InUse, StatementTimeout: 2000, IdleTimeout: 1000, MayLock: true,
	}
	if s != want {
		t.Errorf("%+v\nwant %+v", s, want)
	}
	p, err := odd.Pooler(t.Context())
	if err != nil || p.Mode() != models.PoolerNone || len(p.Served) != 4 {
		t.Errorf("pooler: %+v, %v", p, err)
	}
}

// Row security counts where it hides something from our role.
func TestRowSecurity(t *testing.T) {
	t.Parallel()
	server := pgtest.New(t)
	owner := open(t, server, models.Options{})
	db := connect(t, roleOf(t, owner, server, "usersync_blind"), models.Options{})
	hidden := func(d *models.DB) bool {
		t.Helper()
		return slices.ContainsFunc(symptoms(t, d), func(s models.Symptom) bool {
			return s.Part == "row security" && s.Broken && strings.HasPrefix(s.Text, "users hides rows")
		})
	}
	if hidden(db) {
		t.Error("nothing is hidden so far")
	}
	models.ExecForTest(t, owner, "ALTER TABLE users ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON users USING (email = current_user)")
	if !hidden(db) || hidden(owner) {
		t.Error("rows are hidden from the role, and not from the owner")
	}
	models.ExecForTest(t, owner, "CREATE POLICY usersync ON users TO usersync_blind USING (true) WITH CHECK (true)")
	if hidden(db) {
		t.Error("the remedy does not help")
	}
	models.ExecForTest(t, owner, "CREATE POLICY never ON users AS RESTRICTIVE USING (deleted_at IS NULL)")
	if !hidden(db) {
		t.Error("a restrictive policy hides what others show")
	}
	models.ExecForTest(t, owner, "ALTER TABLE usersync.erased ENABLE ROW LEVEL SECURITY")
	if !slices.ContainsFunc(symptoms(t, db), func(s models.Symptom) bool { return strings.HasPrefix(s.Text, "usersync.erased hides rows") }) {
		t.Error("a table of ours hides its rows")
	}
}

// A newer program has been here.
func TestNewer(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *models.DB) {
		if v, err := db.Newer(t.Context()); v != 0 || err != nil {
			t.Errorf("%d, %v", v, err)
		}
		versions := map[models.Dialect]string{models.Postgres: "usersync.schema_migrations", models.SQLite: "usersync_schema_migrations"}[db.Dialect()]
		models.ExecForTest(t, db, "INSERT INTO "+versions+" (version_id, is_applied, tstamp) VALUES (4711, true, '"+time.Now().UTC().Format(time.DateTime)+"')")
		if v, err := db.Newer(t.Context()); v != 4711 || err != nil {
			t.Errorf("%d, %v", v, err)
		}
	})
}
