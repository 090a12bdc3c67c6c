package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"usersync/internal/pgtest"
	"usersync/providers"
)

func TestDemoShowsTheTable(t *testing.T) {
	t.Parallel()
	code, out, errs := runProgram(t, "demo")
	if code != exitOK {
		t.Fatalf("exit code %d\n%s%s", code, out, errs)
	}
	for _, name := range providers.Types() {
		for _, want := range []string{"POST /webhooks/" + name, name + "_ann"} {
			if !strings.Contains(out, want) {
				t.Errorf("no %q in\n%s", want, out)
			}
		}
	}
	for _, want := range []string{"200 applied", "200 duplicate", "200 stale", "→ 401", "every answer as it should be"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if errs != "" {
		t.Errorf("stderr: %s", errs)
	}
}

func TestDemoAsJSON(t *testing.T) {
	t.Parallel()
	code, out, _ := runProgram(t, "demo", "--json")
	var result demoResult
	if err := json.Unmarshal([]byte(out), &result); code != exitOK || err != nil || len(result.Users) == 0 || result.Surprises != 0 {
		t.Errorf("exit code %d, %v: %s", code, err, out)
	}
}

// --keep leaves the daemon running, and what it shows can be used.
func TestDemoKeepsRunning(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &lockedBuffer{}
	p := &program{stdout: out, stderr: &lockedBuffer{}}
	exited := make(chan int, 1)
	go func() { exited <- p.run(ctx, []string{"demo", "--keep"}) }()
	var metrics string
	for deadline := time.Now().Add(20 * time.Second); metrics == "" && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if _, after, shown := strings.Cut(out.String(), "metrics  "); shown && strings.Contains(after, "secret demo_") {
			metrics, _, _ = strings.Cut(after, "\n")
		}
	}
	response, err := http.Get(metrics)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	response.Body.Close()
	cancel()
	if code := <-exited; code != exitOK || response.StatusCode != http.StatusOK {
		t.Errorf("exit code %d, status %d", code, response.StatusCode)
	}
}

func TestSendToARunningDaemon(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		daemon := startDaemon(t, databaseURL, "")
		for _, name := range providers.Types() {
			url := daemon.url + "/webhooks/" + name
			code, out, errs := daemon.run("send", name, "user.created", "--user", "usr_1", "--url", url)
			if code != exitOK || !strings.Contains(out, `200 {"received":true,"outcome":"applied"}`) {
				t.Errorf("%s: exit code %d\n%s%s", name, code, out, errs)
			}
		}
		code, out, _ := daemon.run("send", "authon", "user.banned", "--count", "5", "--user", "many_", "--json", "--url", daemon.url+"/webhooks/authon")
		if code != exitOK || strings.Count(out, `"status":200`) != 5 || !strings.Contains(out, `"user":"many_5"`) {
			t.Errorf("exit code %d\n%s", code, out)
		}
		users, err := daemon.inspect().Users(t.Context())
		if err != nil || len(users) != len(providers.Types())+5 {
			t.Errorf("%d users, %v", len(users), err)
		}
		// To the wrong provider: refused, and the exit code says so.
		if code, out, _ := daemon.run("send", "authon", "user.created", "--url", daemon.url+"/webhooks/authara"); code != exitFailed || !strings.Contains(out, "401") {
			t.Errorf("exit code %d\n%s", code, out)
		}
	})
}

func TestWordsAndExitCodes(t *testing.T) {
	t.Parallel()
	file := writeConfig(t, "sqlite:"+filepath.Join(t.TempDir(), "x.db"), "")
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	if err := os.WriteFile(bad, []byte("listen: nowhere\nlisten_on: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		words string
		code  int
		says  string
	}{
		{"", exitOK, "Available Commands"},
		{"version", exitOK, "usersync dev"},
		{"version --json", exitOK, `"version":"dev"`},
		{"frobnicate", exitUsage, "unknown command"},
		{"serve now", exitUsage, ""},
		{"serve --frobnicate", exitUsage, "--frobnicate"},
		{"migrate", exitUsage, "up, status or print"},
		{"migrate sideways", exitUsage, ""},
		{"send authon", exitUsage, ""},
		{"send nobody user.created --config " + file, exitUsage, "nobody"},
		{"send authon user.exploded --config " + file, exitUsage, "user.created"},
		{"send authon user.created --count 0 --config " + file, exitUsage, "--count"},
		{"send authon user.created --url http://127.0.0.1:1/ --config " + file, exitFailed, "is `usersync serve` running"},
		{"serve --config " + bad, exitConfig, "bad.yaml:2"},
		{"check --config /no/such/file.yaml", exitConfig, "/no/such/file.yaml"},
		{"health --config " + bad, exitConfig, "bad.yaml"},
	} {
		t.Run(c.words, func(t *testing.T) {
			t.Parallel()
			code, out, errs := runProgram(t, strings.Fields(c.words)...)
			if code != c.code || !strings.Contains(out+errs, c.says) {
				t.Errorf("exit code %d, want %d and %q\n%s%s", code, c.code, c.says, out, errs)
			}
			if code != exitOK && out != "" {
				t.Errorf("an error on stdout: %s", out)
			}
		})
	}
}

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

func TestCheckNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	file := writeConfig(t, "postgres://nobody:hunter2@127.0.0.1:1/none?connect_timeout=2", "")
	code, out, errs := runProgram(t, "check", "--config", file)
	if code != exitFailed || !strings.Contains(out, "FAILED database") || strings.Contains(out+errs, "hunter2") {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
}

func TestHealthAsksTheRunningDaemon(t *testing.T) {
	t.Parallel()
	daemon := startDaemon(t, databaseURLs["sqlite"](t), "")
	admin := strings.TrimPrefix(daemon.adminURL, "http://")
	ask := func() (int, string) {
		out, errs := &lockedBuffer{}, &lockedBuffer{}
		p := &program{stdout: out, stderr: errs, environ: []string{"USERSYNC_ADMIN__LISTEN=" + admin}}
		code := p.run(t.Context(), []string{"health", "--config", daemon.configFile})
		return code, out.String() + errs.String()
	}
	if code, out := ask(); code != exitOK || out != "ready\n" {
		t.Errorf("exit code %d: %s", code, out)
	}
	daemon.stop()
	if code, out := ask(); code != exitFailed || !strings.Contains(out, "no daemon answers") {
		t.Errorf("after it stopped: exit code %d: %s", code, out)
	}
}

// SIGHUP exchanges the secrets without losing a request; a faulty file changes
// nothing.
func TestReloadOnHangup(t *testing.T) {
	// Not parallel: a signal reaches every daemon of this process.
	daemon := startDaemon(t, databaseURLs["sqlite"](t), "")
	old, err := os.ReadFile(daemon.configFile)
	if err != nil {
		t.Fatal(err)
	}
	hangup := func(config, logged string) {
		t.Helper()
		if err := os.WriteFile(daemon.configFile, []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		before := strings.Count(daemon.log.String(), logged)
		if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(10 * time.Second); strings.Count(daemon.log.String(), logged) == before; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("no %q in the log:\n%s", logged, daemon.log)
			}
		}
	}
	status := func(event string) int {
		header, body, err := daemon.providers["authon"].Build(event, providers.Sample{UserID: "u", EventID: event, Time: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		code, _ := daemon.post(http.DefaultClient, "authon", header, body)
		return code
	}
	if code := status("user.created"); code != http.StatusOK {
		t.Fatalf("status %d", code)
	}
	hangup(string(old)+"nonsense: true\n", "the old one stays in force")
	if code := status("user.updated"); code != http.StatusOK {
		t.Errorf("after a faulty reload: status %d", code)
	}
	hangup(strings.Replace(string(old), testSecret("authon"), "rotated_secret", 1), `"reloaded"`)
	if code := status("user.banned"); code != http.StatusUnauthorized {
		t.Errorf("the old secret after the rotation: status %d", code)
	}
}

// SIGTERM: what was accepted is finished and durable, nothing is answered 5xx.
func TestStopUnderLoad(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		daemon := startDaemon(t, databaseURL, "log:\n  level: warn\n")
		client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}}
		defer client.CloseIdleConnections()
		var accepted atomic.Int64
		var wait sync.WaitGroup
		stopping := make(chan struct{})
		for worker := range 32 {
			wait.Go(func() {
				for i := 0; ; i++ {
					user := fmt.Sprintf("u%d_%d", worker, i)
					header, body, err := daemon.providers["authara"].Build("user.created", providers.Sample{UserID: user, EventID: user, Time: time.Now()})
					if err != nil {
						t.Error(err)
						return
					}
					status, answer, err := post(context.Background(), client, daemon.url+"/webhooks/authara", header, body)
					switch {
					case err != nil: // refused or cut off: only while stopping
						select {
						case <-stopping:
						case <-time.After(5 * time.Second):
							t.Error(err)
						}
						return
					case status == http.StatusOK:
						accepted.Add(1)
					default:
						t.Errorf("%d %s", status, answer)
						return
					}
				}
			})
		}
		time.Sleep(300 * time.Millisecond)
		close(stopping)
		if code := daemon.stop(); code != exitOK {
			t.Errorf("exit code %d", code)
		}
		wait.Wait()
		users, err := daemon.inspect().Users(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		// An answer may be lost on the way, a row may not.
		if rows, acked := int64(len(users)), accepted.Load(); rows < acked || acked == 0 {
			t.Errorf("%d acknowledged, %d rows", acked, rows)
		}
		t.Logf("%d acknowledged, %d rows", accepted.Load(), len(users))
	})
}
