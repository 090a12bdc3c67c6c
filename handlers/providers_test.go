package handlers_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"

	"usersync/handlers"
	"usersync/internal/secret"
	"usersync/providers"
	usersync "usersync/sync"
)

const providerSecret = "whsec_handlers_providers_42"

// bodyMAC signs a body alone.
func bodyMAC(header string) func(body string) http.Header {
	return func(body string) http.Header {
		mac := hmac.New(sha256.New, []byte(providerSecret))
		mac.Write([]byte(body))
		return http.Header{header: {"sha256=" + hex.EncodeToString(mac.Sum(nil))}}
	}
}

// dialects are the real definitions: how each proves and tells that a user was
// made, and something that is about nobody.
func dialects() map[string]dialect {
	at := time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	return map[string]dialect{
		"authara": {
			prove:   bodyMAC("X-Authara-Signature"),
			created: `{"id":"22717d5e-0000-4000-8000-000000000001","type":"user.created","created_at":"` + at + `","data":{"user_id":"` + marker + `"}}`,
			nobody:  `{"id":"22717d5e-0000-4000-8000-000000000002","type":"organization.created","created_at":"` + at + `","data":{}}`,
		},
		"authon_pro": {
			prove:   func(string) http.Header { return http.Header{"X-Webhook-Secret": {providerSecret}} },
			created: `{"event":"user.register","timestamp":"` + at + `","data":{"userId":"` + marker + `","username":"x","appId":"a"}}`,
			nobody:  `{"event":"test","timestamp":"` + at + `","data":{"message":"ping"}}`,
		},
		"node_auth": {
			prove:   bodyMAC("X-Webhook-Signature"),
			created: `{"event":"identity.user.created","version":"1","timestamp":"` + at + `","data":null,"metadata":{"userId":"` + marker + `"}}`,
			nobody:  `{"event":"identity.session.created","version":"1","timestamp":"` + at + `","data":null,"metadata":{}}`,
		},
	}
}

type dialect struct {
	prove           func(body string) http.Header
	created, nobody string
}

// The real providers, seen from the outside.
func TestRealProviders(t *testing.T) {
	t.Parallel()
	for name, d := range dialects() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := providers.New("mine", providers.Settings{Type: name, Secrets: []secret.Text{secret.New(providerSecret)}})
			if err != nil {
				t.Fatal(err)
			}
			w := newSite(t, settings{options: handlers.Options{Endpoints: map[string]handlers.Endpoint{"mine": {Provider: p}}}})
			send := func(header http.Header, body string) string {
				r, err := http.NewRequest(http.MethodPost, "http://"+w.public+"/webhooks/mine", strings.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				r.Header = header
				answer, text := do(t, r)
				return answer.Status[:3] + " " + text
			}
			for _, step := range []struct {
				header     http.Header
				body, want string
				stored     int
			}{
				{d.prove(d.created), d.created, `200 {"received":true,"outcome":"applied"}`, 1},
				{d.prove(d.nobody), d.nobody, `200 {"received":true,"outcome":"ignored"}`, 1},
				{d.prove("{"), "{", `200 {"received":true,"outcome":"dead_letter"}`, 2},
				{http.Header{}, d.created, `401 {"error":"not authenticated"}`, 2},
				{spoilt(d.prove(d.created)), d.created, `401 {"error":"not authenticated"}`, 2},
			} {
				if got := send(step.header, step.body); got != step.want {
					t.Errorf("%s: answer %s, want %s", step.body, got, step.want)
				}
				if w.sink.count() != step.stored {
					t.Errorf("%s: %d deliveries, want %d", step.body, w.sink.count(), step.stored)
				}
			}
			command := w.sink.taken[0].Commands[0]
			if command.Provider != "mine" || command.UserID != marker || command.Kind != usersync.KindCreated || command.Origin != usersync.OriginLive {
				t.Errorf("command %+v", command)
			}
			if log := w.journal.String(); strings.Contains(log, providerSecret) || strings.Contains(log, marker) {
				t.Errorf("the log says too much:\n%s", log)
			}
		})
	}
}

// spoilt changes the last character of every value.
func spoilt(h http.Header) http.Header {
	for _, values := range h {
		last := values[0][len(values[0])-1]
		values[0] = values[0][:len(values[0])-1] + string(last^1)
	}
	return h
}
