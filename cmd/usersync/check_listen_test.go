package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// A port that is taken is told from one that a daemon of ours has.
func TestCheckLooksAtPorts(t *testing.T) {
	t.Parallel()
	daemon := startDaemon(t, databaseURLs["sqlite"](t), "")
	stranger := httptest.NewServer(http.NotFoundHandler())
	defer stranger.Close()
	mute, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	host := func(url string) string { return strings.TrimPrefix(url, "http://") }
	code, out, _ := daemon.run("check", "--set", "listen="+host(daemon.url), "--set", "admin.listen="+host(daemon.adminURL))
	if code != exitOK || !strings.Contains(out, "ok     listen         listen: "+host(daemon.url)+" is served by usersync\n") || !strings.Contains(out, "admin.listen: "+host(daemon.adminURL)+" is served by usersync\n") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	code, out, _ = daemon.run("check", "--set", "listen="+host(stranger.URL), "--set", "admin.listen="+mute.Addr().String())
	if code != exitFailed || !strings.Contains(out, "FAILED listen         listen: another program has "+host(stranger.URL)) || !strings.Contains(out, "admin.listen: another program has "+mute.Addr().String()) {
		t.Errorf("exit code %d\n%s", code, out)
	}
	code, out, _ = daemon.run("check", "--set", "admin.listen=0.0.0.0:0", "--set", "admin.token=hunter2")
	if code != exitOK || !strings.Contains(out, "WARN   admin          admin.token is 7 characters long") || !strings.Contains(out, "WARN   admin          0.0.0.0:0 can be reached from other machines") || strings.Contains(out, "hunter2") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

func TestCheckOfACertificate(t *testing.T) {
	t.Parallel()
	tls := func(until time.Duration) string {
		certFile, keyFile, _ := selfSigned(t, time.Now().Add(until))
		return fmt.Sprintf("tls:\n  cert_file: %s\n  key_file: %s\n", certFile, keyFile)
	}
	for _, c := range []struct {
		until  time.Duration
		public string
		says   string
	}{
		{90 * 24 * time.Hour, "https://127.0.0.1", "ok     tls            certificate valid until"},
		{20 * 24 * time.Hour, "https://127.0.0.1", "WARN   tls            certificate valid until"},
		{90 * 24 * time.Hour, "https://users.example.com", "WARN   tls            the certificate is not for users.example.com"},
	} {
		code, out, _ := runProgram(t, "check", "--config", writeConfig(t, databaseURLs["sqlite"](t), tls(c.until)), "--set", "public_url="+c.public)
		if code != exitOK || !strings.Contains(out, c.says) {
			t.Errorf("exit code %d, no %q in\n%s", code, c.says, out)
		}
	}
}

// Two providers with one secret are told, and the secret is not.
func TestCheckFindsASharedSecret(t *testing.T) {
	t.Parallel()
	const secret = "one_secret_for_two_providers"
	file := writeConfig(t, databaseURLs["sqlite"](t), "")
	code, out, _ := runProgram(t, "check", "--config", file, "--set", "providers.authon.secrets="+secret, "--set", "providers.authara.secrets="+secret, "--set", "admin.token="+secret)
	if code != exitOK || !strings.Contains(out, "WARN   secrets        providers.authara has the same secret as admin.token") || !strings.Contains(out, "providers.authon has the same secret as admin.token") || strings.Contains(out, secret) {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if code, _, _ = runProgram(t, "check", "--strict", "--config", file, "--set", "providers.authon.secrets="+secret, "--set", "providers.authara.secrets="+secret); code != exitFailed {
		t.Errorf("--strict: exit code %d", code)
	}
}
