package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"usersync/internal/pgtest"
	"usersync/providers"
)

// rewrite changes a configuration file and returns what stood there.
func rewrite(t *testing.T, file string, change func(text string) string) (old string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(change(string(text))), 0o600); err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// rotate exchanges the secret of authon.
func rotate(text string) string {
	return strings.Replace(text, testSecret("authon"), "rotated_secret", 1)
}

// statusOf posts an event of authon, signed with the secret of the start.
func (p *process) statusOf(event string) int {
	p.t.Helper()
	header, body, err := p.providers["authon"].Build(event, providers.Sample{UserID: "u", EventID: event, Time: time.Now()})
	if err != nil {
		p.t.Fatal(err)
	}
	code, _ := p.post(http.DefaultClient, "authon", header, body)
	return code
}

func (p *process) hangup() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		p.t.Fatal(err)
	}
}

// SIGHUP exchanges the secrets without losing a request; a faulty file changes
// nothing.
func TestReloadOnHangup(t *testing.T) {
	t.Parallel()
	url := databaseURLs["sqlite"](t)
	daemon := startProcess(t, writeConfig(t, url, ""), url)
	if code := daemon.statusOf("user.created"); code != http.StatusOK {
		t.Fatalf("status %d", code)
	}
	old := rewrite(t, daemon.configFile, func(text string) string { return text + "nonsense: true\n" })
	daemon.hangup()
	daemon.awaitLog("the old one stays in force", 1)
	if code := daemon.statusOf("user.updated"); code != http.StatusOK {
		t.Errorf("after a faulty reload: status %d", code)
	}
	rewrite(t, daemon.configFile, func(string) string { return rotate(old) })
	daemon.hangup()
	daemon.awaitLog(`"reloaded"`, 1)
	if code := daemon.statusOf("user.banned"); code != http.StatusUnauthorized {
		t.Errorf("the old secret after the rotation: status %d", code)
	}
}

// SIGHUP also exchanges definitions: those in the configuration and those in
// files beside it.
func TestReloadOfDefinitions(t *testing.T) {
	t.Parallel()
	url := databaseURLs["sqlite"](t)
	file := writeConfig(t, url, "")
	rewrite(t, file, func(text string) string {
		return strings.Replace(text, "    type: authon\n", "    definition: acme.yaml\n", 1)
	})
	acme := filepath.Join(filepath.Dir(file), "acme.yaml")
	if err := os.WriteFile(acme, []byte("extends: authon\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	daemon := startProcess(t, file, url)
	if code := daemon.statusOf("user.created"); code != http.StatusOK {
		t.Fatalf("status %d", code)
	}
	rewrite(t, acme, func(text string) string { return text + "unpak: json\n" })
	daemon.hangup()
	daemon.awaitLog("the old one stays in force", 1)
	if code := daemon.statusOf("user.updated"); code != http.StatusOK {
		t.Errorf("after a faulty reload: status %d", code)
	}
	rewrite(t, acme, func(string) string {
		return "extends: authon\nverify: [{hmac: {header: X-Other}}]\nevent: {time: timestamp}\n"
	})
	daemon.hangup()
	daemon.awaitLog(`"reloaded"`, 1)
	if code := daemon.statusOf("user.banned"); code != http.StatusUnauthorized {
		t.Errorf("with another way to sign: status %d", code)
	}
}

// A SIGHUP while the daemon waits for its database does not end it, and is
// heeded once it serves.
func TestHangupDuringTheStart(t *testing.T) {
	t.Parallel()
	cluster, err := pgtest.Start(pgtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := cluster.Down(); err != nil {
		t.Fatal(err)
	}
	daemon := launch(t, writeConfig(t, cluster.URL(), "spool: {enabled: false}\n"), cluster.URL()) // with a spool it would not wait
	daemon.awaitLog("waiting for the database", 1)
	rewrite(t, daemon.configFile, rotate)
	daemon.hangup()
	if err := cluster.Up(); err != nil {
		t.Fatal(err)
	}
	daemon.awaitReady()
	daemon.awaitLog(`"reloaded"`, 1)
	if code := daemon.statusOf("user.created"); code != http.StatusUnauthorized {
		t.Errorf("the old secret after the rotation: status %d", code)
	}
	if code := daemon.stop(); code != exitOK {
		t.Errorf("exit code %d:\n%s", code, daemon.log)
	}
}
