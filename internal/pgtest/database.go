package pgtest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// ServerEnv names a running server to create databases on: a postgres:// URL
// whose user may do so.
const ServerEnv = "USERSYNC_TEST_POSTGRES"

// databaseTimeout is generous: CREATE DATABASE waits for its turn when many
// packages start at once on a small machine.
const databaseTimeout = time.Minute

// syntaxError is what Postgres says to an option that it does not know.
const syntaxError = "42601"

// shared is this test binary's own cluster. Nobody stops it: it ends with the
// process, so that no package needs a TestMain.
var shared = sync.OnceValues(func() (*Cluster, error) { return Start(Options{}) })

// New creates an empty database for one test and returns its URL. It is dropped
// when the test ends. Without a Postgres the test fails; it is never skipped,
// because a green run must mean that the database was there.
func New(t testing.TB) string {
	t.Helper()
	server, err := serverURL()
	if err != nil {
		t.Fatalf("%v\n(`make test` brings a Postgres server along; %s=postgres://… uses a running one)", err, ServerEnv)
	}
	name := databaseName()
	database, err := withDatabase(server, name)
	if err != nil {
		t.Fatal(err)
	}
	if err := create(server, name); err != nil {
		t.Fatalf("creating a database for the test: %v", err)
	}
	t.Cleanup(func() {
		if err := drop(server, name); err != nil {
			t.Errorf("dropping the test's database %s: %v", name, err)
		}
	})
	return database
}

// serverURL is where databases are created.
func serverURL() (string, error) {
	if server := os.Getenv(ServerEnv); server != "" {
		return server, nil
	}
	cluster, err := shared()
	if err != nil {
		return "", err
	}
	return cluster.URL(), nil
}

// create makes an empty database by copying files, which costs half of what Postgres
// 15 and newer do by themselves: write each page to the log as well. Older ones have
// no other way, and no word for it.
func create(server, name string) error {
	// TEMPLATE template0: a session in template1 would make this fail.
	statement := "CREATE DATABASE " + name + " TEMPLATE template0"
	err := execute(server, statement+" STRATEGY file_copy")
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok && refused.Code == syntaxError {
		return execute(server, statement)
	}
	return err
}

// drop removes a database and ends the sessions that a test left open. Postgres
// 12 has no DROP DATABASE … WITH (FORCE).
func drop(server, name string) error {
	return execute(server,
		"ALTER DATABASE "+name+" WITH ALLOW_CONNECTIONS false",
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"+name+"'",
		"DROP DATABASE "+name)
}

// execute runs statements on a connection of their own.
func execute(server string, statements ...string) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), databaseTimeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return fmt.Errorf("connecting to the test server: %w (is %s right and the server up?)", err, ServerEnv)
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// databaseName makes a name that needs no quoting.
func databaseName() string {
	var random [8]byte
	rand.Read(random[:]) // never fails
	return "usersync_test_" + hex.EncodeToString(random[:])
}

// withDatabase returns the URL of another database on the same server.
func withDatabase(server, name string) (string, error) {
	u, err := url.Parse(server)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
		// The URL may hold a password: it is not repeated.
		return "", fmt.Errorf("%s must be an URL such as postgres://user@host:5432/postgres", ServerEnv)
	}
	u.Path = "/" + name
	return u.String(), nil
}
