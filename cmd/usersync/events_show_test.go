package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"

	"usersync/providers"
)

// garbage posts a signed body that is no event.
func (r *running) garbage(body string) {
	r.t.Helper()
	mac := hmac.New(sha256.New, []byte(testSecret("authpi")))
	mac.Write([]byte(body))
	header := http.Header{"Content-Type": {"application/cloudevents+json"}, "X-Webhook-Signature": {"sha256=" + hex.EncodeToString(mac.Sum(nil))}}
	if got := r.outcomeOf("authpi", header, []byte(body)); got != "dead_letter" {
		r.t.Errorf("%s", got)
	}
}

// What was sent is shown whole, and no terminal obeys it.
func TestEventsShow(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		daemon := startDaemon(t, databaseURL, "")
		for body, want := range map[string]struct{ text, key string }{
			"{\"specversion\":\"1.0\",\"n\":12345678901234567890.50,\"t\":\"<\u009b31m\u202e\U000e0041>\"}": {"\"n\": 12345678901234567890.50,\n  \"t\": \"<\\u009b31m\\u202e\\udb40\\udc41>\"", "payload"},
			"\x1b[31mred\a": {`"\x1b[31mred\a"`, "payload_text"},
			"\xff\xfe\x1b":  {"00000000  ff fe 1b ", "payload_hex"},
			"":              {`""`, ""},
		} {
			daemon.garbage(body)
			newest := daemon.listed("--limit", "1").Letters[0]
			id := fmt.Sprint(newest.ID)
			code, out, errs := daemon.run("events", "show", id)
			if code != exitOK || !strings.Contains(out, want.text) || !strings.Contains(out, "Content-Type: application/cloudevents+json") || !strings.Contains(out, newest.Reason) {
				t.Errorf("%q: exit code %d\n%s%s", body, code, out, errs)
			}
			_, encoded, _ := daemon.run("events", "show", id, "--json")
			for _, r := range out + encoded {
				if !unicode.IsPrint(r) && r != '\n' {
					t.Errorf("%q: %q is obeyed by a terminal\n%s%s", body, r, out, encoded)
				}
			}
			var shown map[string]any
			if err := json.Unmarshal([]byte(encoded), &shown); err != nil || want.key != "" && shown[want.key] == nil {
				t.Errorf("%q: %v\n%s", body, err, encoded)
			}
			switch want.key {
			case "payload_text":
				if shown[want.key] != body {
					t.Errorf("%q became %q", body, shown[want.key])
				}
			case "payload":
				if text := shown[want.key].(map[string]any)["t"]; text != "<\u009b31m\u202e\U000e0041>" {
					t.Errorf("%q", text)
				}
			}
		}
		if code, _, errs := daemon.run("events", "show", "99"); code != exitFailed || !strings.Contains(errs, "no dead letter 99") {
			t.Errorf("exit code %d: %s", code, errs)
		}
		if code, result := daemon.retried("99"); code != exitFailed || fmt.Sprint(result.Missing) != "[99]" {
			t.Errorf("exit code %d: %+v", code, result)
		}
	})
}

func TestEventsList(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		daemon := startDaemon(t, databaseURL, "")
		if code, out, _ := daemon.run("events", "list"); code != exitOK || out != "no dead letters\n" {
			t.Errorf("exit code %d: %s", code, out)
		}
		for i := range 5 {
			daemon.garbage(fmt.Sprint("garbage ", i))
		}
		ahead := time.Now().Add(time.Hour).Truncate(time.Second)
		if got := daemon.outcome("authara", "user.created", providers.Sample{UserID: "0b4c0f6e-54a1-4f0e-9d0c-111111111111", EventID: "0b4c0f6e-54a1-4f0e-9d0c-222222222222", Time: ahead}); got != "dead_letter" {
			t.Fatal(got)
		}
		list := daemon.listed("--limit", "2")
		if len(list.Letters) != 2 || list.Next == 0 || len(list.Counts) != 2 || list.Counts[1].Letters != 5 || list.Counts[1].Reason != "bad_json" {
			t.Fatalf("%+v", list)
		}
		if l := list.Letters[0]; l.Reason != "future_time" || l.UserID == "" || l.Due == nil || !l.Due.Equal(ahead.Add(-10*time.Minute)) {
			t.Errorf("%+v", l)
		}
		if rest := daemon.listed("--below", fmt.Sprint(list.Next)); len(rest.Letters) != 4 || rest.Next != 0 || rest.Letters[0].ID != list.Letters[1].ID-1 {
			t.Errorf("%+v", rest)
		}
		if one := daemon.listed("--since", "1h", "--provider", "authara", "--user", list.Letters[0].UserID); len(one.Letters) != 1 || len(one.Counts) != 1 {
			t.Errorf("%+v", one)
		}
		if none := daemon.listed("--since", time.Now().Add(time.Minute).Format(time.RFC3339)); len(none.Letters) != 0 {
			t.Errorf("%+v", none)
		}
		_, out, _ := daemon.run("events", "list", "--limit", "1")
		if !strings.Contains(out, "future_time") || !strings.Contains(out, "there are more: go on with --below "+fmt.Sprint(list.Letters[0].ID)) || !strings.HasSuffix(out, "5        authpi    bad_json\n") {
			t.Errorf("%s", out)
		}
		if strings.Contains(out, "garbage") {
			t.Errorf("the list shows what was sent:\n%s", out)
		}
	})
}
