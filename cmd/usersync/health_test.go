package main

import (
	"strings"
	"testing"
)

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
