package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"go.yaml.in/yaml/v3"
)

// vectorFolder has handshakes as specifications and senders show them, and the
// part of a definition for each.
const vectorFolder = "../../providers/testdata/vectors/"

// startPolite runs a daemon with a provider for each handshake. All believe the
// header X-Proof and reply with 204.
func startPolite(t *testing.T) *running {
	t.Helper()
	var parts map[string]any
	readVectors(t, "handshakes.yaml", yaml.Unmarshal, &parts)
	configured := map[string]any{}
	for name, part := range parts {
		configured[name] = map[string]any{
			"secrets": []string{"hush-hush-hush"},
			"definition": map[string]any{
				"verify": map[string]any{"secret": map[string]any{"header": "X-Proof"}},
				"unpack": "json",
				"event": map[string]any{
					"id": "id", "type": "type", "time": "at", "user": "user",
					"types": map[string]string{"made": "user.created"},
				},
				"user":      map[string]any{},
				"handshake": part,
				"reply":     map[string]any{"status": http.StatusNoContent},
			},
		}
	}
	database := databaseURLs["sqlite"](t)
	text, err := yaml.Marshal(map[string]any{
		"listen":    "127.0.0.1:0",
		"admin":     map[string]any{"listen": "127.0.0.1:0"},
		"database":  map[string]any{"url": database},
		"providers": configured,
	})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "usersync.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return startConfigured(t, file, database)
}

func readVectors(t *testing.T, file string, parse func([]byte, any) error, into any) {
	t.Helper()
	data, err := os.ReadFile(vectorFolder + file)
	if err == nil {
		err = parse(data, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// exchange is a request and its answer.
type exchange struct {
	Request struct {
		Method  string
		Headers map[string]string
		Body    json.RawMessage
	}
	Response struct {
		Status  int
		Headers map[string]string
		Body    json.RawMessage
	}
}

// exchanges are the handshakes that an answer alone can end.
func exchanges(t *testing.T) map[string]exchange {
	t.Helper()
	raw, more := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	readVectors(t, "handshakes.json", json.Unmarshal, &raw)
	readVectors(t, "cloudevents-http.json", json.Unmarshal, &more)
	raw["webhook_handshake"] = more["webhook_handshake"]
	all := map[string]exchange{}
	for name, text := range raw {
		var e exchange
		if json.Unmarshal(text, &e) == nil && e.Response.Status != 0 {
			all[name] = e
		}
	}
	return all
}

// Handshakes from end to end: they are answered, they change nothing, and nobody
// is called back.
func TestHandshakes(t *testing.T) {
	t.Parallel()
	daemon := startPolite(t)
	var calls atomic.Int32
	callback := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
	t.Cleanup(callback.Close)
	all := exchanges(t)
	if len(all) != 3 {
		t.Fatalf("there are %d handshakes", len(all))
	}
	for name, e := range all {
		ask := func(proof string, headers map[string]string) (*http.Response, string) {
			r, err := http.NewRequestWithContext(t.Context(), e.Request.Method, daemon.url+"/webhooks/"+name, strings.NewReader(string(e.Request.Body)))
			if err != nil {
				t.Fatal(err)
			}
			for header, value := range headers {
				r.Header.Set(header, value)
			}
			r.Header.Set("WebHook-Request-Callback", callback.URL+"/confirm?key=of-nobody-else")
			r.Header.Set("X-Proof", proof)
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			text, err := io.ReadAll(answer.Body)
			if err != nil {
				t.Fatal(err)
			}
			return answer, string(text)
		}
		answer, text := ask("hush-hush-hush", e.Request.Headers)
		if answer.StatusCode != e.Response.Status || !sameJSON(text, string(e.Response.Body)) {
			t.Errorf("%s: %d %s, want %d %s", name, answer.StatusCode, text, e.Response.Status, e.Response.Body)
		}
		for header, value := range e.Response.Headers {
			if got := answer.Header.Get(header); got != value {
				t.Errorf("%s: %s: %q, want %q", name, header, got, value)
			}
		}
		answer, text = ask("hush", nil)
		want, allow := http.StatusMethodNotAllowed, e.Request.Method+", POST"
		if e.Request.Method == http.MethodPost {
			want, allow = http.StatusUnauthorized, ""
		}
		if answer.StatusCode != want || answer.Header.Get("Allow") != allow {
			t.Errorf("%s: without what makes it one: %d %s, allowed %q", name, answer.StatusCode, text, answer.Header.Get("Allow"))
		}
		if users, err := daemon.inspect().Users(t.Context()); err != nil || len(users) != 0 {
			t.Fatalf("%s: %d users, %v", name, len(users), err)
		}
	}
	event := `{"id":"e","type":"made","at":"2026-01-15T10:30:00Z","user":"u"}`
	for name := range all {
		if status, text := daemon.post(http.DefaultClient, name, http.Header{"X-Proof": {"hush-hush-hush"}}, []byte(event)); status != http.StatusNoContent || text != "" {
			t.Errorf("%s: an event is answered %d %s", name, status, text)
		}
	}
	users, err := daemon.inspect().Users(t.Context())
	if err != nil || len(users) != len(all) {
		t.Errorf("%d users, %v", len(users), err)
	}
	daemon.stop()
	log := daemon.log.String()
	if !strings.Contains(log, "the callback was not called: its host is 127.0.0.1") || strings.Contains(log, "of-nobody-else") || strings.Contains(log, "abc123") {
		t.Errorf("the log says\n%s", log)
	}
	if calls.Load() != 0 {
		t.Error("the callback was called")
	}
}

// sameJSON compares documents; nothing is the same as nothing only.
func sameJSON(a, b string) bool {
	var left, right any
	if a == "" || b == "" {
		return a == b
	}
	if json.Unmarshal([]byte(a), &left) != nil || json.Unmarshal([]byte(b), &right) != nil {
		return false
	}
	return reflect.DeepEqual(left, right)
}

// send takes a reply of the provider's own for a success.
func TestSendToAProviderWithAReplyOfItsOwn(t *testing.T) {
	t.Parallel()
	database := databaseURLs["sqlite"](t)
	file := filepath.Join(t.TempDir(), "usersync.yaml")
	text := fmt.Sprintf("listen: 127.0.0.1:0\nadmin: {listen: 127.0.0.1:0}\ndatabase: {url: %q}\nproviders:\n  brief:\n    definition: {extends: authara, reply: {status: 202, body: {ok: true}}}\n    secrets: [%s]\n", database, testSecret("brief"))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	daemon := startConfigured(t, file, database)
	code, out, errs := daemon.run("send", "brief", "user.created", "--url", daemon.url+"/webhooks/brief")
	if code != exitOK || !strings.Contains(out, `202 {"ok":true}`) {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
}
