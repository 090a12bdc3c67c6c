package fakeprovider

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestHooksOfAuthPI(t *testing.T) {
	t.Parallel()
	s := New("authpi", Options{})
	const body = `{"name":"n","url":"https://x.example.com/h","events":["user.created"],"auth":{"type":"MODE","signature_algorithm":"hmac-sha256"}}`
	for mode, secrets := range map[string][2]bool{"none": {}, "bearer": {true, false}, "signature": {false, true}, "bearer+signature": {true, true}} {
		got := ask(t, s, "POST", authpiHooksPath, strings.Replace(body, "MODE", mode, 1))
		status(t, got, http.StatusCreated)
		shown := decoded(t, got)
		secret, _ := shown["signature_secret_plain"].(string)
		if _, bearer := shown["bearer_token_plain"]; bearer != secrets[0] || strings.HasPrefix(secret, "whs_") != secrets[1] {
			t.Errorf("%s: %v", mode, shown)
		}
	}
	for _, wrong := range []string{
		`{}`, `null`, `{"url":"x","events":["a"],"name":"n"}`, `{"url":"https://x","events":[],"name":"n"}`, `{"url":"https://x","events":["a"]}`,
		strings.Replace(body, "MODE", "basic", 1), strings.Replace(strings.Replace(body, "MODE", "signature", 1), "sha256", "md5", 1), `{"url":"https://x","events":["a"],"name":"n","auth":1}`,
	} {
		status(t, ask(t, s, "POST", authpiHooksPath, wrong), http.StatusBadRequest)
	}
	list := ask(t, s, "GET", authpiHooksPath, "")
	if hooks := decoded(t, list)["data"].([]any); len(hooks) != 4 || strings.Contains(list.Body.String(), "whs_") || strings.Contains(list.Body.String(), "_plain") {
		t.Errorf("%s", list.Body)
	}
	want(t, ask(t, s, "DELETE", authpiHooksPath+"/wh_2", ""), http.StatusNoContent, "")
	status(t, ask(t, s, "DELETE", authpiHooksPath+"/wh_2", ""), http.StatusNotFound)
	status(t, ask(t, s, "GET", authpiHooksPath, "", "Authorization", "Bearer x"), http.StatusUnauthorized)
	if s.Counts().Requests[HookList] != 2 || len(s.Hooks()) != 3 {
		t.Errorf("%v", s.Counts().Requests)
	}
}

func TestHooksOfAuthon(t *testing.T) {
	t.Parallel()
	s := New("authon", Options{})
	got := ask(t, s, "POST", authonHooksPath, `{"url":"https://x/h","events":["user.created","user.banned"]}`)
	status(t, got, http.StatusCreated)
	if secret := decoded(t, got)["signingSecret"].(string); !strings.HasPrefix(secret, "whsec_") || s.Hooks()[0].Secret != secret {
		t.Errorf("%s", got.Body)
	}
	want(t, ask(t, s, "GET", authonHooksPath, ""), http.StatusOK, `{"webhooks":[{"id":"wh_1","name":null,"url":"https://x/h","events":["user.created","user.banned"],"status":"active"}]}`)
	status(t, ask(t, s, "POST", authonHooksPath, `{"events":["a"]}`), http.StatusBadRequest)
	status(t, ask(t, s, "POST", authonHooksPath, `[]`), http.StatusBadRequest)
	want(t, ask(t, s, "DELETE", authonHooksPath+"/wh_1", ""), http.StatusOK, `{"success":true}`)
	status(t, ask(t, s, "DELETE", authonHooksPath+"/wh_1", ""), http.StatusNotFound)
}

// The test event is the recorded one, and goes to this machine only.
func TestHooksOfAuthonPro(t *testing.T) {
	t.Parallel()
	var header http.Header
	var body string
	answers := http.StatusOK
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body) // a server's own, which does not fail here
		header, body = r.Header, string(text)
		w.WriteHeader(answers)
	}))
	t.Cleanup(receiver.Close)
	s := New("authon_pro", Options{Now: func() time.Time { return time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC) }})
	got := ask(t, s, "POST", authonProHooksPath, `{"url":"`+receiver.URL+`","events":["user.ban"]}`)
	status(t, got, http.StatusCreated)
	shown := decoded(t, got)["data"].(map[string]any)
	want(t, ask(t, s, "POST", authonProHooksPath+"/wh_1/test", ""), http.StatusOK, `{"success":true,"data":{"delivered":true,"status":200}}`)
	recorded, err := os.ReadFile("testdata/authon_pro-test-ping.http")
	if err != nil {
		t.Fatal(err)
	}
	head, sent, _ := strings.Cut(strings.ReplaceAll(string(recorded), "\r\n", "\n"), "\n\n")
	for line := range strings.SplitSeq(head, "\n") {
		name, value, _ := strings.Cut(line, ": ")
		switch strings.ToLower(name) {
		case "content-type", "x-webhook-event", "user-agent":
			if header.Get(name) != value {
				t.Errorf("%s is %q, want %q", name, header.Get(name), value)
			}
		}
	}
	if header.Get("X-Webhook-Secret") != shown["secret"] || members(t, body) != members(t, sent) {
		t.Errorf("%v %s\nrecorded %s", header, body, sent)
	}
	answers = http.StatusUnauthorized
	want(t, ask(t, s, "POST", authonProHooksPath+"/wh_1/test", ""), http.StatusOK, `{"success":true,"data":{"delivered":false,"status":401}}`)
	status(t, ask(t, s, "POST", authonProHooksPath+"/wh_9/test", ""), http.StatusNotFound)

	status(t, ask(t, s, "POST", authonProHooksPath, `{"url":"https://example.com/h","events":["user.ban"]}`), http.StatusCreated)
	status(t, ask(t, s, "POST", authonProHooksPath+"/wh_2/test", ""), http.StatusBadGateway)
	receiver.Close()
	status(t, ask(t, s, "POST", authonProHooksPath+"/wh_1/test", ""), http.StatusBadGateway)

	status(t, ask(t, s, "POST", authonProHooksPath, `{"url":1}`), http.StatusBadRequest)
	status(t, ask(t, s, "POST", authonProHooksPath, ``), http.StatusBadRequest)
	list := ask(t, s, "GET", authonProHooksPath, "")
	if hooks := decoded(t, list)["data"].([]any); len(hooks) != 2 || strings.Contains(list.Body.String(), "whsec_") {
		t.Errorf("%s", list.Body)
	}
	want(t, ask(t, s, "DELETE", authonProHooksPath+"/wh_1", ""), http.StatusOK, `{"success":true}`)
	status(t, ask(t, s, "DELETE", authonProHooksPath+"/wh_1", ""), http.StatusNotFound)
}

// members are the names in a JSON object, without the values that differ.
func members(t *testing.T, text string) string {
	t.Helper()
	var event struct {
		Event     string
		Timestamp time.Time
		Data      map[string]string
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&event); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return event.Event + " " + event.Data["message"] + " " + strings.Join(slices.Sorted(maps.Keys(event.Data)), " ")
}
