package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"usersync/internal/config"
	"usersync/internal/logtest"
	"usersync/internal/pgtest"
	"usersync/models"
	"usersync/providers"
)

// databaseURLs gives an empty database of each kind.
var databaseURLs = map[string]func(t *testing.T) string{
	"postgres": func(t *testing.T) string { return pgtest.New(t) },
	"sqlite":   func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "usersync.db") },
}

// onBoth runs a test on both kinds of databases. With the race detector SQLite, which is Go
// as well, takes ten times as long: the whole program is watched on Postgres then, and the
// SQLite store by the law of stores.
func onBoth(t *testing.T, test func(t *testing.T, databaseURL string)) {
	for name, url := range databaseURLs {
		if raceDetector && name == "sqlite" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, url(t))
		})
	}
}

// running is a daemon in this process, started as main starts it.
type running struct {
	t          *testing.T
	url        string // of the public listener
	adminURL   string
	configFile string
	providers  map[string]*providers.Provider // to build and sign requests
	database   string
	log        *logtest.Log
	stop       func() int // ends it as SIGTERM does, and returns the exit code
}

// unhurried is the longest time that the database may take for an answer: what
// is tested is seldom how fast the machine is.
const unhurried = "ack_deadline: 10s"

// hurried is the default, where how fast it is is what is tested.
const hurried = "  ack_deadline: 1500ms\n"

// writeConfig writes a configuration with all built-in providers. The extra text
// may begin with further keys of the database.
func writeConfig(t *testing.T, databaseURL, extra string) (file string) {
	t.Helper()
	var text strings.Builder
	if !strings.Contains(extra, "ack_deadline") {
		extra = "  " + unhurried + "\n" + extra
	}
	fmt.Fprintf(&text, "listen: 127.0.0.1:0\nadmin:\n  listen: 127.0.0.1:0\ndatabase:\n  url: %q\n  migrate: true\n%sproviders:\n", databaseURL, extra)
	configure := func(name, definition string) {
		fmt.Fprintf(&text, "  %s:\n    %s\n    secrets: [%s]\n", name, outspoken(t, definition), testSecretOf(t, definition, name))
	}
	for _, name := range providers.Signable() {
		configure(name, name)
	}
	configure("hostile", "authon") // what internal/hostile attacks
	file = filepath.Join(t.TempDir(), "usersync.yaml")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// outspoken is the type, without a reply of its own: the receipt tells the outcome.
func outspoken(t testing.TB, typ string) string {
	t.Helper()
	p, err := providers.New(typ, providers.Settings{Type: typ, Auth: "none"})
	if err != nil {
		t.Fatal(err)
	}
	if p.Reply() != nil {
		return "definition: {extends: " + typ + ", reply: null}"
	}
	return "type: " + typ
}

func testSecret(provider string) string { return "test_secret_of_" + provider }

// testSecretOf is the same in the form that a type takes.
func testSecretOf(t testing.TB, typ, provider string) string {
	t.Helper()
	credential, ok := providers.MadeUp(typ, testSecret(provider))
	if !ok {
		t.Fatalf("nobody but %s can sign", typ)
	}
	return credential
}

// serveArguments give a daemon a spool of its own, unless its configuration names
// one.
func serveArguments(t *testing.T, configFile string) []string {
	t.Helper()
	text, err := os.ReadFile(configFile)
	if err != nil {
		t.Fatal(err)
	}
	arguments := []string{"serve", "--config", configFile}
	if !bytes.Contains(text, []byte("spool:")) {
		arguments = append(arguments, "--set", "spool.dir="+filepath.Join(t.TempDir(), "spool"))
	}
	return arguments
}

// startDaemon runs `usersync serve` until the test ends.
func startDaemon(t *testing.T, databaseURL, extra string) *running {
	t.Helper()
	return startConfigured(t, writeConfig(t, databaseURL, extra), databaseURL)
}

// startConfigured is startDaemon with a configuration of the test's own.
func startConfigured(t *testing.T, configFile, databaseURL string) *running {
	t.Helper()
	r := &running{t: t, configFile: configFile, database: databaseURL, log: &logtest.Log{}}
	c, err := config.Load(config.Options{File: r.configFile, NeedProviders: true})
	if err != nil {
		t.Fatal(err)
	}
	r.providers = c.Built
	ctx, cancel := context.WithCancel(context.Background())
	listening := make(chan addresses, 1)
	exited := make(chan int, 1)
	p := &program{stdout: r.log, stderr: r.log, started: func(a addresses) { listening <- a }}
	arguments := serveArguments(t, r.configFile)
	go func() { exited <- p.run(ctx, arguments) }()
	select {
	case a := <-listening:
		r.url, r.adminURL = "http://"+a.Public, "http://"+a.Admin
	case code := <-exited:
		t.Fatalf("exit code %d:\n%s", code, r.log)
	case <-time.After(patience):
		t.Fatalf("not started:\n%s", r.log)
	}
	r.stop = sync.OnceValue(func() int {
		cancel()
		select {
		case code := <-exited:
			return code
		case <-time.After(patience):
			t.Errorf("did not stop:\n%s", r.log)
			return -1
		}
	})
	t.Cleanup(func() {
		if code := r.stop(); code != exitOK {
			t.Errorf("exit code %d:\n%s", code, r.log)
		}
	})
	r.arrived()
	return r
}

// arrived waits for a database that the daemon did not find as it started, on a busy machine,
// although it is there: it starts without one then, and finds it a moment later. One that is
// away for the test's sake is not waited for.
func (r *running) arrived() {
	r.t.Helper()
	if !strings.Contains(r.log.String(), `"the database is away: deliveries are spooled`) {
		return
	}
	c, err := config.Load(config.Options{File: r.configFile, NeedProviders: true})
	if err != nil {
		r.t.Fatal(err)
	}
	db, err := models.Open(c.Database.URL.Reveal(), models.Options{})
	if err != nil {
		r.t.Fatal(err)
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(r.t.Context(), firstLook)
	defer cancel()
	if db.TakesWrites(ctx) != nil {
		return
	}
	until(r.t, func() bool {
		request, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.adminURL+"/metrics", nil)
		if err != nil {
			r.t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+c.Admin.Token.Reveal())
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			r.t.Fatal(err)
		}
		defer answer.Body.Close()
		page, err := io.ReadAll(answer.Body)
		return err == nil && strings.Contains(string(page), "\nusersync_database_away 0\n")
	}, r.log.String)
}

// inspect opens the daemon's database beside it.
func (r *running) inspect() *models.DB {
	r.t.Helper()
	db, err := models.Open(r.database, models.Options{})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { db.Close() })
	return db
}

// post sends a request to a provider's path.
func (r *running) post(client *http.Client, provider string, header http.Header, body []byte) (status int, answer string) {
	r.t.Helper()
	status, answer, err := post(r.t.Context(), client, r.url+"/webhooks/"+provider, header, body)
	if err != nil {
		r.t.Error(err)
	}
	return status, answer
}

// run runs one more command with the daemon's configuration.
func (r *running) run(arguments ...string) (code int, stdout, stderr string) {
	r.t.Helper()
	return runProgram(r.t, append(arguments, "--config", r.configFile)...)
}

func runProgram(t *testing.T, arguments ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	p := &program{stdout: &out, stderr: &errs}
	code = p.run(t.Context(), arguments)
	return code, out.String(), errs.String()
}
