package main

import (
	"bytes"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
)

// A way on which something is wrong, and what is said of it.
var ways = map[string]struct {
	way  func(pass http.Handler) http.HandlerFunc
	says string
}{
	"as it is": {func(pass http.Handler) http.HandlerFunc { return pass.ServeHTTP }, "ok     probe          authon: public_url leads to a daemon with this secret\n"},
	"a body that is rewritten": {func(pass http.Handler) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			body = bytes.ReplaceAll(body, []byte(`":`), []byte(`" :`))
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			pass.ServeHTTP(w, r)
		}
	}, "FAILED probe          authon: the daemon believes the request, but not once it came through public_url: something on the way changes the body"},
	"a redirect": {func(http.Handler) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://www.example.com/", http.StatusMovedPermanently)
		}
	}, `FAILED probe          authon: redirected to "www.example.com", which senders do not follow`},
	"a page": {func(http.Handler) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = io.WriteString(w, "<html>it works, hunter2</html>")
		}
	}, `FAILED probe          authon: another program answers 200 with "text/html; charset=utf-8"`},
	"another app's 404": {func(http.Handler) http.HandlerFunc { return http.NotFound }, "FAILED probe          authon: another program answers 404"},
	"no daemon behind it": {func(http.Handler) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }
	}, "FAILED probe          authon: something before usersync answers 502: it does not reach the daemon"},
	"a firewall": {func(http.Handler) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }
	}, "FAILED probe          authon: something before usersync answers 403: a firewall"},
	"another path": {func(pass http.Handler) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			r.URL.Path = "/app" + r.URL.Path
			pass.ServeHTTP(w, r)
		}
	}, "FAILED probe          authon: a daemon answers 404: it has no such provider, or the path is changed on the way"},
}

// A running daemon behind ways on which something is wrong. Whatever the way does, a
// probe changes nothing, and nobody takes it for a sign of the provider.
func TestProbe(t *testing.T) {
	t.Parallel()
	daemon := startDaemon(t, databaseURLs["sqlite"](t), "")
	target, err := url.Parse(daemon.url)
	if err != nil {
		t.Fatal(err)
	}
	check := func(public string, more ...string) (code int, out string) {
		t.Helper()
		code, out, errs := daemon.run(append([]string{"check", "--set", "listen=" + target.Host, "--set", "public_url=" + public}, more...)...)
		if errs != "" {
			t.Error(errs)
		}
		return code, out
	}
	for name, c := range ways {
		server := httptest.NewServer(c.way(httputil.NewSingleHostReverseProxy(target)))
		defer server.Close()
		code, out := check(server.URL)
		if !strings.Contains(out, c.says) || code == exitOK != strings.HasPrefix(c.says, "ok") || strings.Contains(out, "hunter2") {
			t.Errorf("%s: exit code %d, no %q in\n%s", name, code, c.says, out)
		}
		if name == "as it is" && (strings.Contains(out, "FAILED") || strings.Count(out, "leads to a daemon with this secret") != len(daemon.providers)) {
			t.Errorf("%s: %s", name, out)
		}
	}
	untrusted := httptest.NewUnstartedServer(httputil.NewSingleHostReverseProxy(target))
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0) // each client that hangs up
	untrusted.StartTLS()
	defer untrusted.Close()
	if code, out := check(untrusted.URL); code != exitFailed || !strings.Contains(out, "authon: the certificate at public_url is not trusted") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if code, out := check("http://127.0.0.1:1"); code != exitFailed || !strings.Contains(out, "authon: nothing listens at public_url") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	const other = "another_secret_of_a_test"
	code, out := check(daemon.url, "--set", "providers.authon.secrets="+other)
	if code != exitFailed || !strings.Contains(out, "FAILED probe          authon: the daemon that runs has other secrets") || strings.Contains(out, other) {
		t.Errorf("another secret: exit code %d\n%s", code, out)
	}
	if _, out := check(daemon.url, "--probe=false"); strings.Contains(out, "probe") {
		t.Errorf("a probe that nobody wants:\n%s", out)
	}

	db := daemon.inspect()
	users, err := db.Users(t.Context())
	if err != nil || len(users) != 0 {
		t.Errorf("%d users, %v", len(users), err)
	}
	events, err := db.ProcessedEvents(t.Context())
	if err != nil || len(events) != 0 {
		t.Errorf("%d events, %v", len(events), err)
	}
	if code, out, _ := daemon.run("events", "list"); code != exitOK || !strings.Contains(out, "no dead letters") {
		t.Errorf("dead letters:\n%s", out)
	}
	answer, err := http.Get(daemon.adminURL + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	metrics, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(metrics)) {
		if strings.HasPrefix(line, "usersync_last_verified_event_timestamp_seconds{") && !strings.HasSuffix(line, " 0\n") {
			t.Errorf("the probe is taken for the provider: %s", line)
		}
	}
}

// Without a daemon nobody is asked, unless that is what is wanted.
func TestProbeWithoutADaemon(t *testing.T) {
	t.Parallel()
	file := writeConfig(t, databaseURLs["sqlite"](t), "")
	code, out, _ := runProgram(t, "check", "--config", file, "--set", "public_url=http://127.0.0.1:1")
	if code != exitOK || !strings.Contains(out, "ok     probe          not sent: no daemon runs here; --probe sends it all the same\n") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if code, out, _ = runProgram(t, "check", "--config", file, "--probe"); code != exitFailed || !strings.Contains(out, "FAILED probe          public_url is not set") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if code, out, _ = runProgram(t, "check", "--config", file, "--probe", "--set", "public_url=http://127.0.0.1:1"); code != exitFailed || !strings.Contains(out, "authon: nothing listens at public_url") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}
