package pgtest

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestDatabasesAreIsolated(t *testing.T) {
	t.Parallel()
	one, two := New(t), New(t)
	execOn(t, one, "CREATE TABLE users (n text)", "INSERT INTO users VALUES ('one')")
	execOn(t, two, "CREATE TABLE users (n text)", "INSERT INTO users VALUES ('two')")
	if got := query(t, one, "SELECT n FROM users"); got != "one" {
		t.Errorf("the first database holds %q", got)
	}
	if got := query(t, two, "SELECT n FROM users"); got != "two" {
		t.Errorf("the second database holds %q", got)
	}
}

func TestDatabaseGoesWithTheTestDespiteOpenSessions(t *testing.T) {
	t.Parallel()
	var name string
	t.Run("inner", func(t *testing.T) {
		url := New(t)
		name = query(t, url, "SELECT current_database()")
		if _, err := pgx.Connect(t.Context(), url); err != nil { // left open
			t.Fatal(err)
		}
	})
	server, err := serverURL()
	if err != nil {
		t.Fatal(err)
	}
	if got := query(t, server, "SELECT count(*)::text FROM pg_database WHERE datname = '"+name+"'"); got != "0" {
		t.Fatalf("database %s is still there", name)
	}
}

func TestServerVariableMustBeAnURL(t *testing.T) {
	t.Parallel()
	_, err := withDatabase("host=db password=hunter2", "x")
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Fatalf("want an error without the password, got %v", err)
	}
	got, err := withDatabase("postgres://u:p@db:5/postgres?sslmode=disable", "x")
	if err != nil || got != "postgres://u:p@db:5/x?sslmode=disable" {
		t.Fatalf("got %q, %v", got, err)
	}
}
