package main

import (
	"context"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"usersync/internal/pgtest"
	"usersync/models"
)

// execute runs statements on a Postgres database.
func execute(t *testing.T, databaseURL string, statements ...string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context()) // also while a test is tidied up
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	for _, s := range statements {
		if _, err := conn.Exec(ctx, s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// as is the URL of a database for another role or of another name.
func as(t *testing.T, databaseURL, role, database string) string {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	if role != "" {
		u.User = url.User(role)
	}
	if database != "" {
		u.Path = "/" + database
	}
	return u.String()
}

func TestCheckNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	server := pgtest.New(t)
	missing := filepath.Join(t.TempDir(), "missing", "x.db")
	for name, c := range map[string]struct{ url, says string }{
		"refused":     {"postgres://nobody:hunter2@127.0.0.1:1/none?connect_timeout=10", "nothing listens at 127.0.0.1:1: is Postgres running"},
		"no database": {as(t, server, "", "not_there"), "createdb not_there"},
		"no role":     {as(t, server, "nobody_at_all", ""), "check user and password in database.url"},
		"no folder":   {"sqlite:" + missing, "make it, or correct database.url"},
		"a folder":    {"sqlite:" + t.TempDir(), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := writeConfig(t, c.url, "")
			rewrite(t, file, func(text string) string { return strings.Replace(text, "  "+unhurried+"\n", "", 1) }) // it is warned about
			code, out, errs := runProgram(t, "check", "--config", file)
			if code != exitFailed || !strings.Contains(out, "FAILED database") || !strings.Contains(out, c.says) || errs != "" {
				t.Errorf("exit code %d, want %q\n%s%s", code, c.says, out, errs)
			}
			_, wrong, _ := strings.Cut(out, "FAILED")
			if strings.Contains(out+errs, "hunter2") || name == "refused" && strings.Contains(wrong, "password") {
				t.Errorf("a password is shown, or blamed for nothing:\n%s", out)
			}
			code, out, _ = runProgram(t, "check", "--json", "--config", file)
			var findings []finding
			if err := json.Unmarshal([]byte(out), &findings); err != nil || code != exitFailed || len(findings) < 3 || findings[len(findings)-1].OK || !slices.ContainsFunc(findings, func(f finding) bool { return f.Warning }) {
				t.Errorf("--json: exit code %d, %v: %s", code, err, out)
			}
		})
	}
}

// To check makes nothing, not even a file.
func TestCheckMakesNoDatabase(t *testing.T) {
	t.Parallel()
	database := filepath.Join(t.TempDir(), "new.db")
	for url, says := range map[string]string{
		"sqlite:" + database:   "ok     database       " + database + " does not exist yet: serve will make it\n",
		"sqlite://" + database: "ok     database       " + database + " does not exist yet: serve will make it\n",
	} {
		code, out, errs := runProgram(t, "check", "--config", writeConfig(t, url, ""))
		if code != exitOK || !strings.Contains(out, says) {
			t.Errorf("exit code %d\n%s%s", code, out, errs)
		}
	}
	code, out, _ := runProgram(t, "check", "--config", writeConfig(t, "sqlite:"+database, ""), "--set", "database.migrate=false")
	if code != exitFailed || !strings.Contains(out, "run `usersync migrate up`") {
		t.Errorf("without migrate: exit code %d\n%s", code, out)
	}
	if _, err := os.Stat(database); !os.IsNotExist(err) {
		t.Errorf("the file: %v", err)
	}
}

// serve would refuse a users table of somebody else's, so check tells before.
func TestCheckSeesAForeignTable(t *testing.T) {
	t.Parallel()
	server := pgtest.New(t)
	execute(t, server, "CREATE TABLE users (id int, nickname text)")
	file := writeConfig(t, server, "")
	code, out, errs := runProgram(t, "check", "--config", file)
	if code != exitFailed || !strings.Contains(out, "FAILED users table") || !strings.Contains(out, "nickname") {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	if code, out, errs := runProgram(t, "check", "--config", file, "--set", "database.users_table=auth_users"); code != exitOK {
		t.Errorf("beside it: exit code %d\n%s%s", code, out, errs)
	}
}

// A role without rights is told how to get them, whether it cannot even look
// or only lacks some.
func TestCheckNamesMissingGrants(t *testing.T) {
	t.Parallel()
	server := pgtest.New(t)
	if code, _, errs := runProgram(t, "migrate", "up", "--config", writeConfig(t, server, "")); code != exitOK {
		t.Fatal(errs)
	}
	const role = "usersync_check_test"
	execute(t, server, "CREATE ROLE "+role+" LOGIN")
	// Roles belong to the server, which other tests share.
	t.Cleanup(func() { execute(t, server, "DROP OWNED BY "+role, "DROP ROLE "+role) })
	file := writeConfig(t, as(t, server, role, ""), "")
	check := func(wantCode int, says ...string) {
		t.Helper()
		code, out, errs := runProgram(t, "check", "--config", file)
		for _, want := range says {
			if code != wantCode || !strings.Contains(out, want) {
				t.Errorf("exit code %d, want %d and %q\n%s%s", code, wantCode, want, out, errs)
			}
		}
	}
	check(exitFailed, "FAILED grants", "permission denied for schema usersync", "the grants at the end of `usersync migrate print`")
	if code, _, errs := runProgram(t, "serve", "--config", file); code != exitFailed || !strings.Contains(errs, "the grants at the end of `usersync migrate print`") {
		t.Errorf("serve: exit code %d\n%s", code, errs)
	}
	execute(t, server, "GRANT USAGE ON SCHEMA usersync TO "+role, "GRANT SELECT ON ALL TABLES IN SCHEMA usersync TO "+role)
	check(exitFailed, "FAILED grants", "INSERT on", "the grants at the end of `usersync migrate print`")
	schema, err := models.SchemaSQL(models.Postgres, "")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(schema) {
		if grant, found := strings.CutPrefix(line, "--   GRANT"); found && strings.Contains(grant, "usersync_daemon") {
			execute(t, server, "GRANT"+strings.ReplaceAll(grant, "usersync_daemon", role))
		}
	}
	check(exitOK, "ok     grants         complete")
}

func TestCheckCountsAndWarns(t *testing.T) {
	t.Parallel()
	words := []string{"check", "--config", os.DevNull, "--set", "database.url=" + databaseURLs["sqlite"](t), "--set", "providers.authon.type=authon", "--set", "providers.authon.secrets=short"}
	code, out, errs := runProgram(t, words...)
	if code != exitOK || !strings.HasPrefix(out, "ok     configuration  1 provider\nWARN   configuration  providers.authon.secrets: ") {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	if _, out, _ = runProgram(t, append(words, "--json")...); !strings.Contains(out, `{"name":"configuration","ok":true,"warning":true,"detail":"providers.authon.secrets: `) {
		t.Error(out)
	}
}

// A program that reads JSON gets it whatever is wrong.
func TestFaultsAsJSON(t *testing.T) {
	t.Parallel()
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	if err := os.WriteFile(bad, []byte("listen: nowhere\nlisten_on: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := runProgram(t, "check", "--json", "--config", bad)
	var findings []finding
	if err := json.Unmarshal([]byte(out), &findings); err != nil || code != exitConfig || len(findings) < 2 || !strings.Contains(errs, "bad.yaml:2") {
		t.Errorf("check: exit code %d, %v: %s%s", code, err, out, errs)
	}
	for _, f := range findings {
		if f.OK || f.Name != "configuration" || !strings.Contains(f.Detail, "bad.yaml") {
			t.Errorf("check: %+v", f)
		}
	}
	code, out, _ = runProgram(t, "health", "--json", "--config", bad)
	var answer readiness
	if err := json.Unmarshal([]byte(out), &answer); err != nil || code != exitConfig || answer.Ready || !strings.Contains(answer.Error, "bad.yaml:2") {
		t.Errorf("health: exit code %d, %v: %s", code, err, out)
	}
	code, out, _ = runProgram(t, "health", "--json", "--config", os.DevNull, "--set", "admin.listen=127.0.0.1:1")
	if code != exitFailed || !strings.HasPrefix(out, `{"ready":false,"error":"no daemon answers at http://127.0.0.1:1/readyz`) {
		t.Errorf("nobody there: exit code %d: %s", code, out)
	}
}
