package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"usersync/internal/fakeprovider"
	"usersync/internal/secret"
)

// hookSite is a provider's fake API, and a configuration that has no
// credentials for its webhooks yet.
type hookSite struct {
	api      *fakeprovider.Server
	provider string
	config   string
	folder   string
}

func newHookSite(t *testing.T, kind, settings string) hookSite {
	t.Helper()
	s := hookSite{api: fakeprovider.New(kind, fakeprovider.Options{}), provider: kind, folder: t.TempDir()}
	server := httptest.NewServer(s.api)
	t.Cleanup(server.Close)
	params := map[string]string{"authpi": "{account_id: acc_demo, issuer_id: iss_demo}", "authon_pro": "{app_id: app_demo}"}[kind]
	if params == "" {
		params = "{}"
	}
	s.config = filepath.Join(s.folder, "usersync.yaml")
	text := fmt.Sprintf("listen: 127.0.0.1:0\nadmin: {listen: '127.0.0.1:0'}\ndatabase: {url: 'sqlite:%s'}\nproviders:\n  %s: {type: %s, api: {url: '%s', key: '%s', rate_limit: 10000, params: %s}%s}\n",
		filepath.Join(s.folder, "usersync.db"), kind, kind, server.URL, s.api.Key(), params, strings.ReplaceAll(settings, "DIR", s.folder))
	if err := os.WriteFile(s.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s hookSite) run(t *testing.T, verb string, words ...string) (code int, out, errs string) {
	t.Helper()
	return runProgram(t, append([]string{"webhooks", verb, s.provider, "--config", s.config}, words...)...)
}

// Connecting a provider is one command: afterwards its deliveries are taken.
func TestWebhooksConnectAProvider(t *testing.T) {
	t.Parallel()
	site := newHookSite(t, "authon_pro", ", secrets_file: DIR/secret.txt")
	// The daemon's address is known only once it runs, and it does not start
	// without a secret.
	code, out, errs := site.run(t, "create", "--url", "http://127.0.0.1:1/webhooks/authon_pro")
	first := site.api.Hooks()[0].Secret
	if code != exitOK || strings.Count(out, first) != 1 || strings.Contains(errs, first) || !strings.Contains(out, "webhook wh_1 posts to http://127.0.0.1:1/webhooks/authon_pro: user.ban, user.login, user.register\n") {
		t.Fatalf("exit code %d: %s%s", code, out, errs)
	}
	daemon := startProcess(t, site.config, "")
	if code, _, errs = site.run(t, "create", "--url", daemon.url+"/webhooks/authon_pro"); code != exitOK || errs != "" {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	// The daemon does not know the second secret yet, and the provider says that
	// its test was not taken.
	if code, out, errs = site.run(t, "test", "--id", "wh_2"); code != exitFailed || out != "" || !strings.Contains(errs, "the provider says that its test was not taken") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
	// The second secret is known to the daemon once it read the file again.
	hook := site.api.Hooks()[1]
	text, err := os.ReadFile(filepath.Join(site.folder, "secret.txt"))
	if err != nil || string(text) != first+"\n"+hook.Secret+"\n" {
		t.Errorf("%s, %v", text, err)
	}
	deliver := func() int {
		status, _ := daemon.post(http.DefaultClient, "authon_pro", map[string][]string{"Content-Type": {"application/json"}, "X-Webhook-Secret": {hook.Secret}},
			[]byte(`{"event":"test","timestamp":"2026-11-21T01:58:15.062Z","data":{}}`))
		return status
	}
	if got := deliver(); got != 401 {
		t.Errorf("before the file is read again: %d", got)
	}
	daemon.hangup()
	daemon.awaitLog(`"message":"reloaded"`, 1)
	if got := deliver(); got != 200 {
		t.Errorf("with the second secret: %d", got)
	}
	// So is the provider's own test.
	code, out, errs = site.run(t, "test", "--id", "wh_2")
	metrics := daemon.metrics()
	if code != exitOK || out != "webhook wh_2 tested: the provider posts a test now; if the daemon refuses it, its log says why\n" || !strings.Contains(metrics, `outcome="ignored",provider="authon_pro"} 2`) {
		t.Errorf("exit code %d: %s\n%s", code, errs, metrics)
	}
}

// metrics reads the daemon's metrics.
func (p *process) metrics() string {
	p.t.Helper()
	response, err := http.Get(p.adminURL + "/metrics")
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

func TestWebhooksListAndDelete(t *testing.T) {
	t.Parallel()
	site := newHookSite(t, "authpi", "")
	if code, out, errs := site.run(t, "list"); code != exitOK || out != "there are none\n" {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
	const at = "https://app.example.com/webhooks/authpi"
	if code, out, errs := site.run(t, "create", "--url", at, "--mode", "bearer"); code != exitOK || errs != "" ||
		!strings.HasSuffix(out, "bearer (shown only now): "+site.api.Hooks()[0].Bearer+"\nPut it into providers.authpi.bearer, or name a file in bearer_file that it is written to.\n") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
	code, out, errs := site.run(t, "create", "--url", at, "--json")
	var made registered
	if err := json.Unmarshal([]byte(out), &made); err != nil || code != exitOK || made.ID != "wh_2" || made.Secret != site.api.Hooks()[1].Secret || made.Bearer != site.api.Hooks()[1].Bearer {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
	if errs != "webhook wh_1 posts there already: delete it once the new one works\n" {
		t.Errorf("%s", errs)
	}
	if code, out, errs := site.run(t, "list"); code != exitOK || out != "ID    STATUS  URL                                      EVENTS\nwh_1  active  "+at+"  user.created user.deleted user.updated\nwh_2  active  "+at+"  user.created user.deleted user.updated\n" {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
	if code, out, errs := site.run(t, "delete", "--id", "wh_1"); code != exitOK || out != "webhook wh_1 removed\n" || len(site.api.Hooks()) != 1 {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
	if code, _, errs := site.run(t, "delete", "--id", "wh_1"); code != exitFailed || !strings.Contains(errs, "there is no such webhook") {
		t.Errorf("exit code %d: %s", code, errs)
	}
	if code, _, errs := site.run(t, "test", "--id", "wh_2"); code != exitUsage || !strings.Contains(errs, "`usersync send authpi EVENT --url URL` posts a sample") {
		t.Errorf("exit code %d: %s", code, errs)
	}
}

// Both credentials of one webhook go into their own files.
func TestWebhooksOfAuthPIFillBothFiles(t *testing.T) {
	t.Parallel()
	site := newHookSite(t, "authpi", ", secrets_file: DIR/secret.txt, bearer_file: DIR/bearer.txt")
	code, out, errs := site.run(t, "create", "--url", "https://app.example.com/webhooks/authpi")
	hook := site.api.Hooks()[0]
	for file, want := range map[string]string{"secret.txt": hook.Secret, "bearer.txt": hook.Bearer} {
		name := filepath.Join(site.folder, file)
		text, err := os.ReadFile(name)
		info, statErr := os.Stat(name)
		if err != nil || statErr != nil || string(text) != want+"\n" || info.Mode().Perm() != 0o600 || !strings.Contains(out, "Added to "+name) {
			t.Errorf("%s: %q, %v %v\n%s", file, text, err, info, out)
		}
	}
	if code != exitOK || errs != "" {
		t.Errorf("exit code %d: %s", code, errs)
	}
	if code, out, errs := runProgram(t, "check", "--config", site.config); code != exitOK || strings.Contains(out+errs, hook.Secret) {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
}

// A secret that cannot be saved is shown all the same.
func TestWebhookSecretsAreNotLost(t *testing.T) {
	t.Parallel()
	site := newHookSite(t, "authon", ", secrets_file: DIR/nowhere/secret.txt")
	code, out, errs := site.run(t, "create", "--url", "https://app.example.com/webhooks/authon")
	if secret := site.api.Hooks()[0].Secret; code != exitFailed || !strings.Contains(out, secret) || strings.Contains(errs, secret) || !strings.Contains(errs, "add what was shown to the file yourself") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
}

func TestWebhooksUsage(t *testing.T) {
	t.Parallel()
	site := newHookSite(t, "authon", "")
	const example = "https://usersync.example.com/webhooks/authon"
	for _, c := range []struct {
		words, says string
		code        int
	}{
		{"webhooks", "say list, create, delete or test", exitUsage},
		{"webhooks crate authon", "did you mean create?", exitUsage},
		{"webhooks create authon", "say --url, the address under which the provider reaches the daemon, as " + example, exitUsage},
		{"webhooks create authon --url app.example.com", "--url: want an address such as " + example, exitUsage},
		{"webhooks create authon --url https://u:p@app.example.com", "want an address without a password", exitUsage},
		{"webhooks create authon --url https://x/webhooks/authon --mode bearer", "there is no choice", exitUsage},
		{"webhooks delete authon", "say --id ID; `usersync webhooks list authon` shows them", exitUsage},
		{"webhooks list nobody", `no provider "nobody" is configured`, exitUsage},
	} {
		code, out, errs := runProgram(t, append(strings.Fields(c.words), "--config", site.config)...)
		if code != c.code || !strings.Contains(errs, c.says) || strings.Contains(errs, "u:p") || out != "" {
			t.Errorf("%s: exit code %d\n%s%s", c.words, code, out, errs)
		}
	}
	if code, _, errs := site.run(t, "create", "--url", "http://app.example.com/hooks"); code != exitOK || !strings.Contains(errs, "does not end in /webhooks/authon") || !strings.Contains(errs, "travel in clear") {
		t.Errorf("exit code %d: %s", code, errs)
	}
	for host, warned := range map[string]bool{"127.0.0.1.evil.example": true, "localhost.evil.example": true, "127.0.0.1:8080": false, "[::1]": false, "localhost": false} {
		if code, _, errs := site.run(t, "create", "--url", "http://"+host+"/webhooks/authon"); code != exitOK || strings.Contains(errs, "travel in clear") != warned {
			t.Errorf("%s: exit code %d: %s", host, code, errs)
		}
	}
	trouble := site.api.Inject(fakeprovider.Trouble{Fault: fakeprovider.Forbidden})
	if code, _, errs := site.run(t, "list"); code != exitFailed || !strings.Contains(errs, "check api.key") || !strings.Contains(errs, "by hand: in the dashboard") || strings.Contains(errs, site.api.Key()) {
		t.Errorf("exit code %d: %s", code, errs)
	}
	trouble.Remove()
	file := filepath.Join(t.TempDir(), "x.yaml")
	if err := os.WriteFile(file, []byte("providers: {authara: {type: authara}, node_auth: {type: node_auth}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for provider, says := range map[string]string{"authara": "AUTHARA_WEBHOOK_URL", "node_auth": "add a WebhookConfig"} {
		if code, _, errs := runProgram(t, "webhooks", "create", provider, "--url", "https://x/webhooks/"+provider, "--config", file); code != exitUsage || !strings.Contains(errs, says) {
			t.Errorf("exit code %d: %s", code, errs)
		}
	}
}

func TestAddSecret(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file, link := filepath.Join(folder, "secret"), filepath.Join(folder, "link")
	if err := os.WriteFile(file, []byte("old one"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := addSecret(link, secret.New("new")); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	info, statErr := os.Stat(file)
	left, listErr := os.ReadDir(folder)
	if err != nil || statErr != nil || listErr != nil || string(text) != "old one\nnew\n" || info.Mode().Perm() != 0o600 || len(left) != 2 {
		t.Errorf("%q, %v, %v", text, info, left)
	}
	if target, err := os.Readlink(link); err != nil || target != file {
		t.Errorf("%s, %v", target, err)
	}
}

// What a list shows goes to a terminal.
func TestWebhooksShowNoEscapes(t *testing.T) {
	t.Parallel()
	site := newHookSite(t, "authon", "")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"webhooks":[{"id":"wh_1","url":"https://h/\u001b]0;x\u0007\u001b[2J","status":"a\nb","events":["x\u001b[31m"]}]}`)
	}))
	t.Cleanup(server.Close)
	rewrite(t, site.config, func(text string) string {
		begin := strings.Index(text, "api: {url: '") + len("api: {url: '")
		return text[:begin] + server.URL + text[begin+strings.IndexByte(text[begin:], '\''):]
	})
	code, out, errs := site.run(t, "list")
	if code != exitOK || strings.ContainsAny(out, "\x1b\x07") || strings.Count(out, "\n") != 2 {
		t.Errorf("exit code %d: %q%s", code, out, errs)
	}
}
