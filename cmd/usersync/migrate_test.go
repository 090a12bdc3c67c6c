package main

import (
	"os"
	"strings"
	"testing"

	"usersync/internal/pgtest"
)

func TestMigrateUpStatusPrint(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		file := writeConfig(t, databaseURL, "")
		run := func(words string) string {
			code, out, errs := runProgram(t, append(strings.Fields(words), "--config", file)...)
			if code != exitOK {
				t.Fatalf("%s: exit code %d\n%s", words, code, errs)
			}
			return out
		}
		for _, step := range []struct{ words, says string }{
			{"migrate status", "pending"},
			{"migrate print", "CREATE TABLE"},
			{"migrate up", "applied 1 init"},
			{"migrate up", "nothing to do"},
			{"migrate status", "applied"},
			{"migrate status --json", `"applied":true`},
			{"check", "up to date"},
		} {
			if out := run(step.words); !strings.Contains(out, step.says) {
				t.Errorf("%s: no %q in\n%s", step.words, step.says, out)
			}
		}
	})
}

// On Postgres serve refuses to start with pending migrations unless told.
func TestServeRefusesPendingMigrations(t *testing.T) {
	t.Parallel()
	file := writeConfig(t, pgtest.New(t), "  migrate: false\n")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), "  migrate: true\n", "", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, errs := runProgram(t, "serve", "--config", file)
	if code != exitFailed || !strings.Contains(errs, "usersync migrate up") {
		t.Errorf("exit code %d\n%s", code, errs)
	}
	if code, out, _ := runProgram(t, "check", "--config", file); code != exitFailed || !strings.Contains(out, "FAILED migrations") {
		t.Errorf("check: exit code %d\n%s", code, out)
	}
}

// A migration that fails says which it was, and which before it were applied.
func TestMigrateThatFailsHalfway(t *testing.T) {
	t.Parallel()
	server := pgtest.New(t)
	execute(t, server, "CREATE SCHEMA usersync", "CREATE TABLE usersync.outbox (id int)")
	file := writeConfig(t, server, "")
	code, out, errs := runProgram(t, "migrate", "up", "--config", file)
	if code != exitFailed || out != "applied 1 init\napplied 2 runs\napplied 3 erasure\n" || !strings.HasPrefix(errs, "usersync: migrate: 4 outbox: relation \"outbox\" already exists (SQLSTATE 42P07)") {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	if _, out, _ := runProgram(t, "migrate", "status", "--config", file); !strings.Contains(out, "3  erasure              applied\n   4  outbox               pending") {
		t.Error(out)
	}
}
