package providers

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"usersync/internal/secret"
)

// hooking makes Hooks of a type against a script.
func hooking(t *testing.T, typ string, answers ...http.HandlerFunc) (*Hooks, *script) {
	t.Helper()
	w, s := writingAt(t, answers...)
	settings := APISettings{URL: w, Key: secret.New("id:" + apiKey), RateLimit: 1e6}
	switch typ {
	case "authpi":
		settings.Params = map[string]string{"account_id": "acc/1"}
	case "authon_pro":
		settings.Params = map[string]string{"app_id": "app_1"}
	}
	h, err := open(t, typ, nil).Hooks(settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	h.patience = hasty
	return h, s
}

const hookSecret = "whs_shown_once"

func TestRegisterWebhooks(t *testing.T) {
	t.Parallel()
	const at = "https://app.example.com/webhooks/x"
	for name, c := range map[string]struct {
		typ, mode, answer, want string
		hook                    Hook
		secrets                 map[string]string
	}{
		// The body of AuthPI's documentation of 2026-06, with both credentials.
		"authpi": {"authpi", "", `{"id":"wh_1","name":"usersync","url":"` + at + `","events":["user.created"],"status":"active","bearer_token_plain":"tok","signature_secret_plain":"` + hookSecret + `"}`,
			`POST /v1/accounts/acc%2F1/webhooks {"name":"usersync","url":"` + at + `","events":["user.created","user.deleted","user.updated"],"auth":{"type":"bearer+signature","signature_algorithm":"hmac-sha256"}}`,
			Hook{"wh_1", at, []string{"user.created"}, "active"}, map[string]string{"secrets": hookSecret, "bearer": "tok"}},
		"authpi, bearer": {"authpi", "bearer", `{"data":{"id":"wh_1","bearer_token_plain":"tok"}}`,
			`POST /v1/accounts/acc%2F1/webhooks {"name":"usersync","url":"` + at + `","events":["user.created","user.deleted","user.updated"],"auth":{"type":"bearer","signature_algorithm":"hmac-sha256"}}`,
			Hook{"wh_1", at, []string{"user.created", "user.deleted", "user.updated"}, ""}, map[string]string{"bearer": "tok"}},
		"authon_pro": {"authon_pro", "", `{"success":true,"data":{"id":7,"secret":"` + hookSecret + `"}}`,
			`POST /v1/admin/apps/app_1/webhooks {"url":"` + at + `","events":["user.ban","user.login","user.register"]}`,
			Hook{"7", at, []string{"user.ban", "user.login", "user.register"}, ""}, map[string]string{"secrets": hookSecret}},
		"authon": {"authon", "", `{"id":"wh_1","signingSecret":"` + hookSecret + `"}`,
			`POST /v1/dashboard/webhooks {"url":"` + at + `","events":["user.banned","user.created","user.deleted","user.unbanned","user.updated"]}`,
			Hook{"wh_1", at, []string{"user.banned", "user.created", "user.deleted", "user.unbanned", "user.updated"}, ""}, map[string]string{"secrets": hookSecret}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, s := hooking(t, c.typ, status(429, "Retry-After", "0"), saying(201, c.answer))
			hook, secrets, err := h.Create(t.Context(), at, c.mode)
			if err != nil || hook.ID != c.hook.ID || hook.URL != c.hook.URL || !slices.Equal(hook.Events, c.hook.Events) || hook.Status != c.hook.Status || len(secrets) != len(c.secrets) {
				t.Errorf("%+v, %v, %v", hook, secrets, err)
			}
			for key, want := range c.secrets {
				if secrets[key].Reveal() != want {
					t.Errorf("%s is not %s", key, want)
				}
			}
			if strings.Contains(fmt.Sprintf("%+v %+v", hook, secrets), hookSecret) {
				t.Error("printing shows the secret")
			}
			s.want(t, c.want, c.want)
		})
	}
}

func TestListDeleteAndTestWebhooks(t *testing.T) {
	t.Parallel()
	h, s := hooking(t, "authon_pro", saying(200, `{"success":true,"data":[{"id":"a","url":"https://x","events":["user.ban",1],"status":"failing"},{"webhookId":"b"}]}`),
		saying(200, `{"success":true,"data":{"webhooks":[]}}`), saying(204, ""), saying(200, "sent"), status(404))
	hooks, err := h.List(t.Context())
	if err != nil || len(hooks) != 2 || hooks[0].URL != "https://x" || !slices.Equal(hooks[0].Events, []string{"user.ban"}) || hooks[0].Status != "failing" || hooks[1].ID != "b" {
		t.Errorf("%+v, %v", hooks, err)
	}
	if hooks, err = h.List(t.Context()); err != nil || hooks == nil || len(hooks) != 0 {
		t.Errorf("%+v, %v", hooks, err)
	}
	if err := errors.Join(h.Delete(t.Context(), "a/b"), h.Test(t.Context(), "a")); err != nil {
		t.Error(err)
	}
	wantError(t, h.Delete(t.Context(), "c"), "there is no such webhook: `usersync webhooks list` shows them")
	const hooksPath = "/v1/admin/apps/app_1/webhooks"
	s.want(t, "GET "+hooksPath, "GET "+hooksPath, "DELETE "+hooksPath+"/a%2Fb", "POST "+hooksPath+"/a/test", "DELETE "+hooksPath+"/c")
	h, _ = hooking(t, "authpi")
	wantError(t, h.Test(t.Context(), "a"), "authpi has no call that sends a test: `usersync send authpi EVENT --url URL` posts a sample")
	if modes := h.Modes(); !slices.Equal(modes, []string{"bearer+signature", "bearer", "signature"}) {
		t.Error(modes)
	}
}

// A webhook that may be registered is not registered twice.
func TestRegisteringIsNotRepeated(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answers []http.HandlerFunc
		want    string
	}{
		"failed":     {[]http.HandlerFunc{status(500)}, "POST /v1/dashboard/webhooks: the provider answered 500 Internal Server Error: it may be registered all the same"},
		"cut off":    {[]http.HandlerFunc{half(`{"id":"wh_1","signingSecret":"` + hookSecret + `"}`)}, "it may be registered all the same, see what `usersync webhooks list` shows"},
		"refused":    {[]http.HandlerFunc{saying(401, hookSecret)}, "check api.key, and what it is allowed to do; by hand: in the dashboard, add a webhook with this URL"},
		"no path":    {[]http.HandlerFunc{status(404)}, "404 Not Found: check api.url and api.params; by hand: "},
		"shows none": {[]http.HandlerFunc{saying(200, `{"ok":true}`)}, "the answer shows none"},
		"redirected": {[]http.HandlerFunc{status(307, "Location", "https://x")}, "a redirect, which is not followed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, s := hooking(t, "authon", c.answers...)
			_, _, err := h.Create(t.Context(), "https://x", "")
			wantError(t, err, "registering a webhook of authon: ")
			wantError(t, err, c.want)
			if asked, _ := s.requests(); len(asked) != 1 || strings.Contains(err.Error(), hookSecret) {
				t.Errorf("asked %d times: %v", len(asked), err)
			}
		})
	}
	h, s := hooking(t, "authpi")
	_, _, err := h.Create(t.Context(), "https://x", "hmac")
	wantError(t, err, `there is no mode "hmac"; there are bearer+signature, bearer, signature`)
	s.want(t)
	h, _ = hooking(t, "authon")
	_, _, err = h.Create(t.Context(), "https://x", "bearer")
	wantError(t, err, `there is no mode "bearer"; there is no choice`)
	h, _ = hooking(t, "authpi", saying(200, `{"data":{"a":1}}`), saying(200, `{"data":[{}]}`))
	_, err = h.List(t.Context())
	wantError(t, err, "listing the webhooks of authpi: the answer has no array of webhooks at data or webhooks")
	_, err = h.List(t.Context())
	wantError(t, err, "one of them has no id")
}

func TestWhoRegistersNoWebhooks(t *testing.T) {
	t.Parallel()
	for typ, want := range map[string]string{
		"authara": "authara has no API for webhooks: in the server's environment set AUTHARA_WEBHOOK_URL", "node_auth": "node_auth has no API for webhooks: in the application, add a WebhookConfig",
		"authpi": "authpi shows no webhooks: api.params.account_id is missing: set it to the id of the account", "authon_pro": "authon_pro shows no webhooks: api.params.app_id is missing",
	} {
		_, err := open(t, typ, nil).Hooks(fastAPI("http://127.0.0.1:1"))
		wantError(t, err, want)
	}
	_, err := open(t, "authon", nil).Hooks(APISettings{})
	wantError(t, err, "api.key is missing")
	_, err = described(t, "").Hooks(fastAPI("http://127.0.0.1:1"))
	wantError(t, err, "has no known API for webhooks")
}

// The operator's own names are subscribed to, and what they ignore is not.
func TestSubscriptions(t *testing.T) {
	t.Parallel()
	p := open(t, "authon_pro", func(s *Settings) {
		s.Aliases = map[string]string{"user.login": "ignore", "user.remove": "user.deleted", "user.x*": "user.updated"}
	})
	if got := p.subscriptions(); !slices.Equal(got, []string{"user.ban", "user.register", "user.remove"}) {
		t.Errorf("%q", got)
	}
}

// A secret that is shown once is kept, wherever the answer has it.
func TestSecretBesideTheWebhook(t *testing.T) {
	t.Parallel()
	h, _ := hooking(t, "authon", saying(201, `{"webhook":{"id":"wh_1","url":"https://x"},"signingSecret":"`+hookSecret+`"}`))
	hook, secrets, err := h.Create(t.Context(), "https://x", "")
	if err != nil || hook.ID != "wh_1" || secrets["secrets"].Reveal() != hookSecret {
		t.Errorf("%+v, %v", hook, err)
	}
}

// A webhook that a lost answer has removed need not be there.
func TestDeleteAfterALostAnswer(t *testing.T) {
	t.Parallel()
	h, _ := hooking(t, "authon", status(502), status(404))
	if err := h.Delete(t.Context(), "wh_1"); err != nil {
		t.Error(err)
	}
	h, _ = hooking(t, "authon", status(429, "Retry-After", "0"), status(404))
	wantError(t, h.Delete(t.Context(), "wh_1"), "there is no such webhook")
}

func TestTestThatIsNotTaken(t *testing.T) {
	t.Parallel()
	h, _ := hooking(t, "authon_pro", saying(200, `{"data":{"delivered":false}}`), saying(200, `{"data":{"delivered":true}}`), saying(200, `{"success":true}`))
	wantError(t, h.Test(t.Context(), "wh_1"), "the provider says that its test was not taken")
	if err := errors.Join(h.Test(t.Context(), "wh_1"), h.Test(t.Context(), "wh_1")); err != nil {
		t.Error(err)
	}
}
