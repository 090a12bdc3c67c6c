package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"usersync/providers"
)

func TestSendToARunningDaemon(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		daemon := startDaemon(t, databaseURL, "")
		for _, name := range providers.Signable() {
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
		// The answer is part of the JSON, not a text in it.
		if !strings.Contains(out, `"answer":{"received":true,"outcome":"applied"}`) {
			t.Error(out)
		}
		users, err := daemon.inspect().Users(t.Context())
		if err != nil || len(users) != len(providers.Signable())+5 {
			t.Errorf("%d users, %v", len(users), err)
		}
		// To the wrong provider: refused, and the exit code says so.
		if code, out, _ := daemon.run("send", "authon", "user.created", "--url", daemon.url+"/webhooks/authara"); code != exitFailed || !strings.Contains(out, "401") {
			t.Errorf("exit code %d\n%s", code, out)
		}
	})
}

// What to do about a request without an answer.
func TestSendHints(t *testing.T) {
	t.Parallel()
	certFile, keyFile, _ := selfSigned(t, time.Now().Add(time.Hour))
	secure := startDaemon(t, databaseURLs["sqlite"](t), fmt.Sprintf("tls:\n  cert_file: %s\n  key_file: %s\n", certFile, keyFile))
	plain := startDaemon(t, databaseURLs["sqlite"](t), "")
	silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	t.Cleanup(silent.Close)
	https := func(url string) string { return strings.Replace(url, "http://", "https://", 1) }
	for url, says := range map[string]string{
		"http://127.0.0.1:1": "is `usersync serve` running?",
		https(secure.url):    "set SSL_CERT_FILE",
		https(strings.Replace(secure.url, "127.0.0.1", "localhost", 1)): "use --url with a name that the certificate is for",
		secure.url:       "does --url say http where https is served?",
		https(plain.url): "speaks plain http",
		silent.URL:       "closed without an answer",
	} {
		code, out, errs := plain.run("send", "authon", "user.created", "--url", url+"/webhooks/authon")
		if code != exitFailed || out != "" || !strings.Contains(errs, says) {
			t.Errorf("%s: exit code %d, want %q\n%s%s", url, code, says, out, errs)
		}
	}
	for _, url := range []string{plain.url, plain.url + "/webhooks/nobody"} {
		code, out, errs := plain.run("send", "authon", "user.created", "--url", url)
		if code != exitFailed || !strings.Contains(out, " 404 ") || !strings.Contains(errs, "--url has to be a webhook URL") {
			t.Errorf("%s: exit code %d\n%s%s", url, code, out, errs)
		}
	}
	if hint := sendHint(errors.New("anything")); hint != "--url names another daemon" {
		t.Error(hint)
	}
}
