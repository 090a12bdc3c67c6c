package main

import (
	"net"
	"strings"
	"testing"
	"time"

	"usersync/internal/logtest"
	"usersync/internal/pgtest"
)

// A role that may not make the tables is told before it tries, and once when it
// does.
func TestMigrateWithoutRights(t *testing.T) {
	t.Parallel()
	server := pgtest.New(t)
	const role = "usersync_migrate_test"
	execute(t, server, "CREATE ROLE "+role+" LOGIN", "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
	t.Cleanup(func() { execute(t, server, "DROP OWNED BY "+role, "DROP ROLE "+role) })
	file := writeConfig(t, as(t, server, role, ""), "")
	check := func(wantCode int, want string) {
		t.Helper()
		if code, out, errs := runProgram(t, "check", "--config", file); code != wantCode || !strings.Contains(out, want) {
			t.Errorf("exit code %d, want %d and %q\n%s%s", code, wantCode, want, out, errs)
		}
	}
	up := func() string {
		t.Helper()
		code, _, errs := runProgram(t, "migrate", "up", "--config", file)
		if code != exitFailed || strings.Count(errs, "migrate: ") != 1 || strings.Count(errs, "usersync migrate up") != 1 || strings.Contains(errs, "grants") {
			t.Errorf("exit code %d\n%s", code, errs)
		}
		return errs
	}
	check(exitFailed, "pending, and this role may not apply them: it lacks CREATE on database ")
	if errs := up(); !strings.HasPrefix(errs, "usersync: migrate: create schema usersync: permission denied for database ") {
		t.Error(errs)
	}
	execute(t, server, "CREATE SCHEMA usersync AUTHORIZATION "+role)
	check(exitFailed, "it lacks CREATE on schema public")
	up()
	execute(t, server, "GRANT CREATE ON SCHEMA public TO "+role)
	check(exitOK, "pending: serve will apply them")
	if code, _, errs := runProgram(t, "migrate", "up", "--config", file); code != exitOK {
		t.Errorf("exit code %d\n%s", code, errs)
	}
}

// Whoever looks for the grants at the end finds them there.
func TestPrintedGrantsAreAtTheEnd(t *testing.T) {
	t.Parallel()
	code, out, errs := runProgram(t, "migrate", "print", "--config", writeConfig(t, aPostgres, ""))
	_, grants, found := strings.Cut(out, "\n-- For a daemon that is not the owner")
	if code != exitOK || !found {
		t.Fatalf("exit code %d\n%s", code, errs)
	}
	for line := range strings.Lines("-- " + grants) {
		if !strings.HasPrefix(line, "-- ") {
			t.Errorf("behind the grants: %s", line)
		}
	}
	if !strings.Contains(out, "PARTITION OF") && !strings.Contains(out, "ATTACH PARTITION") {
		t.Error("no partition is printed")
	}
}

// A server that takes connections and says nothing is given up, whatever is asked
// of it.
func TestCommandsGiveUpASilentDatabase(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	file := writeConfig(t, "postgres://u@"+silent.Addr().String()+"/db?sslmode=disable", "")
	dir := leftBehind(t, 1)
	t.Run("all", func(t *testing.T) {
		for _, words := range []string{
			"events list", "events retry --all", "explain authon u", "erase authon u --yes", "migrate up", "migrate status",
			"spool drain --dir " + dir, "check",
		} {
			t.Run(words, func(t *testing.T) {
				t.Parallel()
				var told logtest.Log
				p := &program{stdout: &told, stderr: &told, answerWait: 200 * time.Millisecond}
				code := p.run(t.Context(), append(strings.Fields(words), "--config", file))
				if out := told.String(); code != exitFailed || !strings.Contains(out, "no answer from "+silent.Addr().String()+": check host and port") {
					t.Errorf("exit code %d\n%s", code, out)
				}
			})
		}
	})
}

// A refusal is not about the table that was to be looked at.
func TestARefusedConnectionIsNoMatterOfATable(t *testing.T) {
	t.Parallel()
	file := writeConfig(t, aPostgres, "")
	for _, words := range []string{"migrate status", "migrate up", "events list"} {
		code, _, errs := runProgram(t, append(strings.Fields(words), "--config", file)...)
		if code != exitFailed || !strings.HasPrefix(errs, "usersync: the database does not answer: ") || strings.Contains(errs, "look for table") {
			t.Errorf("%s: exit code %d\n%s", words, code, errs)
		}
	}
}
