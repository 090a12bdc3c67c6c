package main

import (
	"strings"
	"testing"

	"usersync/internal/logtest"
)

func TestHealthAsksTheRunningDaemon(t *testing.T) {
	t.Parallel()
	daemon := startDaemon(t, databaseURLs["sqlite"](t), "")
	admin := strings.TrimPrefix(daemon.adminURL, "http://")
	ask := func() (int, string) {
		out, errs := &logtest.Log{}, &logtest.Log{}
		p := &program{stdout: out, stderr: errs, environ: []string{"USERSYNC_ADMIN__LISTEN=" + admin}}
		code := p.run(t.Context(), []string{"health", "--config", daemon.configFile})
		return code, out.String() + errs.String()
	}
	var out string
	until(t, func() bool { // a database that is slow to answer is not ready
		var code int
		code, out = ask()
		return code == exitOK && out == "ready\n"
	}, func() string { return out })
	daemon.stop()
	if code, out := ask(); code != exitFailed || !strings.Contains(out, "no daemon answers") {
		t.Errorf("after it stopped: exit code %d: %s", code, out)
	}
}

// While deliveries are spooled the daemon is ready, and whoever has the token is told
// what is not.
func TestHealthNamesThePartThatIsAway(t *testing.T) {
	t.Parallel()
	const token = "sentinel_token"
	file := writeConfig(t, aPostgres, "")
	rewrite(t, file, func(text string) string { return strings.Replace(text, "admin:\n", "admin:\n  token: "+token+"\n", 1) })
	daemon := startConfigured(t, file, aPostgres)
	admin := strings.TrimPrefix(daemon.adminURL, "http://")
	ask := func(words ...string) string {
		t.Helper()
		code, out, errs := daemon.run(append([]string{"health", "--set", "admin.listen=" + admin}, words...)...)
		if code != exitOK || errs != "" {
			t.Errorf("exit code %d: %s%s", code, out, errs)
		}
		return out
	}
	var out string
	until(t, func() bool { // the first look may end before anybody refused it
		out = ask()
		return strings.HasPrefix(out, "ready\nthe database is not ready: ") && strings.Contains(out, "127.0.0.1:1")
	}, func() string { return out })
	if strings.Contains(out, token) {
		t.Error(out)
	}
	if out := ask("--json"); !strings.HasPrefix(out, `{"ready":true,"parts":[`) || !strings.Contains(out, `{"name":"database","ready":false,"error":"`) {
		t.Error(out)
	}
	if out := ask("--set", "admin.token=another"); out != "ready\n" {
		t.Errorf("without the token: %s", out)
	}
}
