package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"usersync/internal/pgtest"
	"usersync/internal/spool"
	usersync "usersync/sync"
)

// leftBehind is the spool of a replica that does not run anymore: requests of
// authara, as it received them.
func leftBehind(t *testing.T, users int) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "left")
	s, err := spool.Open(dir, spool.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range users {
		body := fmt.Sprintf(`{"id":"evt_%d","type":"user.created","created_at":%q,"data":{"user_id":"left_%d"}}`, i, time.Now().UTC().Format(time.RFC3339), i)
		v := usersync.Verified{Provider: "authara", ReceivedAt: now(), Headers: map[string]string{"Content-Type": "application/json"}, Body: []byte(body)}
		if err := s.Append(context.Background(), &v); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestSpoolLeftBehind(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		daemon := startDaemon(t, databaseURL, "")
		dir := leftBehind(t, 1000)
		code, out, errs := daemon.run("spool", "status", "--dir", dir)
		if code != exitOK || !strings.Contains(out, "requests   1000\n") || !strings.Contains(out, "by nobody: apply it with `usersync spool drain --dir "+dir+"`") {
			t.Errorf("exit code %d\n%s%s", code, out, errs)
		}
		code, out, errs = daemon.run("spool", "export", "--dir", dir)
		var line exportedRequest
		if lines := strings.Split(strings.TrimSpace(out), "\n"); code != exitOK || len(lines) != 1000 || json.Unmarshal([]byte(lines[7]), &line) != nil ||
			line.Provider != "authara" || !strings.Contains(line.Body, `"left_7"`) || line.Headers["Content-Type"] != "application/json" {
			t.Errorf("exit code %d, line 7 %+v\n%s", code, line, errs)
		}
		code, out, errs = daemon.run("spool", "drain", "--dir", dir)
		if code != exitOK || out != "1000 requests done; events: 1000 applied\n" {
			t.Errorf("exit code %d\n%s%s", code, out, errs)
		}
		users, err := daemon.inspect().Users(t.Context())
		if err != nil || len(users) != 1000 {
			t.Errorf("%d users, %v", len(users), err)
		}
		if code, out, _ = daemon.run("spool", "status", "--dir", dir, "--json"); code != exitOK || !strings.Contains(out, `"requests":0`) {
			t.Errorf("exit code %d\n%s", code, out)
		}
	})
}

// The daemon's own spool is its own.
func TestSpoolOfARunningDaemon(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "spool")
	daemon := startDaemon(t, pgtest.New(t), fmt.Sprintf("spool: {dir: %q}\n", dir))
	code, out, errs := daemon.run("spool", "status")
	if code != exitOK || !strings.Contains(out, fmt.Sprintf("in use     by process %d", os.Getpid())) {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	if code, _, errs = daemon.run("spool", "drain"); code != exitFailed || !strings.Contains(errs, "applies by itself") || strings.Contains(errs, "stop that") {
		t.Errorf("exit code %d\n%s", code, errs)
	}
	if code, _, errs = daemon.run("serve"); code != exitFailed || !strings.Contains(errs, "spool.dir") || !strings.Contains(errs, "replicas need one each") {
		t.Errorf("a second daemon: exit code %d\n%s", code, errs)
	}
	for _, verb := range []string{"drain", "status", "export"} {
		if code, _, errs = daemon.run("spool", verb, "--dir", filepath.Join(dir, "missing")); code != exitFailed || !strings.Contains(errs, "name it with --dir") {
			t.Errorf("%s: exit code %d\n%s", verb, code, errs)
		}
	}
	if code, _, errs = daemon.run("spool"); code != exitUsage || !strings.Contains(errs, "status, drain or export") {
		t.Errorf("exit code %d\n%s", code, errs)
	}
	if code, out, _ = daemon.run("check"); code != exitOK || !strings.Contains(out, "spool          "+dir+", 0 requests waiting") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if code, out, _ = daemon.run("check", "--set", "spool.dir="+daemon.configFile+"/spool"); code != exitFailed || !strings.Contains(out, "FAILED spool") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

// A drain says what became of what it took out.
func TestSpoolDrainTellsOutcomes(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		daemon := startDaemon(t, databaseURL, "")
		dir := leftBehind(t, 5)
		s, err := spool.Open(dir, spool.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, body := range []string{"no json", `{"id":"evt_x","type":"organization.created","created_at":"2026-01-01T00:00:00Z","data":{"organization_id":"o"}}`} {
			v := usersync.Verified{Provider: "authara", ReceivedAt: now(), Headers: map[string]string{"Content-Type": "application/json"}, Body: []byte(body)}
			if err := s.Append(context.Background(), &v); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		daemon.erase("authara", "left_2")
		code, out, errs := daemon.run("spool", "drain", "--dir", dir)
		if code != exitOK || !strings.HasPrefix(out, "7 requests done; events: 1 dead letter, 4 applied, 2 ignored\n") || !strings.Contains(out, "usersync events list") {
			t.Errorf("exit code %d\n%s%s", code, out, errs)
		}
	})
}
