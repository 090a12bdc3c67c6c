package handlers_test

import (
	"context"
	"strings"
	"testing"

	"usersync/internal/hostile"
	"usersync/internal/secret"
)

// What is sent to webhooks by strangers meets the API for the app no better: not
// without the token, nor by an app that went mad.
func TestHostileForTheApp(t *testing.T) {
	t.Parallel()
	for who, credential := range map[string]string{"stranger": "X-Nobody: here", "app": "Authorization: Bearer " + adminToken} {
		users := &fakeUsers{}
		w := newSite(t, settings{token: secret.New(adminToken), users: users})
		t.Run(who, func(t *testing.T) {
			for _, c := range hostile.Requests(signAuthon) {
				if c.Slow {
					continue // the server's own limits, which are those of the other listener
				}
				for _, path := range []string{"/api/v1/users/acme", "/api/v1/users/acme/u/ensure", "/api/v1/users/acme/u/wait"} {
					moved := c.Elsewhere(path, credential)
					ctx, cancel := context.WithTimeout(t.Context(), patience)
					answers, err := moved.Send(ctx, w.admin)
					cancel()
					if err == nil {
						err = moved.Judge(answers, adminToken)
					}
					if err != nil {
						t.Errorf("%s at %s: %v", c.Name, path, err)
					}
				}
			}
		})
		if asked := users.asked(); who == "stranger" && asked != "" || who == "app" && !strings.Contains(asked, "ensure u") {
			t.Errorf("the %s reached the provider with %q", who, asked)
		}
		for _, word := range []string{hostile.Canary, adminToken, "panic", "\x1b"} {
			if strings.Contains(w.journal.String(), word) {
				t.Errorf("the log of the %s holds %q", who, word)
			}
		}
	}
}
