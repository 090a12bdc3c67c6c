package providers

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"usersync/internal/secret"
)

// hooksGolden is testdata/TYPE/hooks.json: what a provider answers when webhooks
// are listed, one is registered, and one removed, in this order.
type hooksGolden struct {
	API     goldenAPI         `json:"api"`
	Headers map[string]string `json:"headers,omitempty"`
	URL     string            `json:"url"`    // of the new webhook
	Remove  string            `json:"remove"` // the id of the old one
	Answers []goldenAnswer    `json:"answers"`

	Listed      []Hook            `json:"listed"`
	Created     Hook              `json:"created"`
	Credentials map[string]string `json:"credentials"`
}

func TestWebhooksAreRegisteredByTheGoldenRequests(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*/hooks.json")
	if err != nil || len(files) == 0 {
		t.Fatal("there are none")
	}
	for _, file := range files {
		typ := filepath.Base(filepath.Dir(file))
		t.Run(typ, func(t *testing.T) {
			t.Parallel()
			var g hooksGolden
			if err := json.Unmarshal(readFile(t, file), &g); err != nil {
				t.Fatal(err)
			}
			api := listGolden{Headers: g.Headers, Answers: g.Answers}
			h, err := open(t, typ, nil).Hooks(APISettings{
				URL: api.serve(t), Key: secret.New(g.API.Key), Params: g.API.Params,
				RateLimit: 1e6, Clock: func() time.Time { return noon },
			})
			if err != nil {
				t.Fatal(err)
			}
			defer h.Close()
			if g.Listed, err = h.List(t.Context()); err != nil {
				t.Error(err)
			}
			created, shown, err := h.Create(t.Context(), g.URL, "")
			if err != nil {
				t.Error(err)
			}
			g.Created, g.Credentials = created, map[string]string{}
			for key, value := range shown {
				g.Credentials[key] = value.Reveal()
			}
			if err := h.Delete(t.Context(), g.Remove); err != nil {
				t.Error(err)
			}
			for _, a := range api.Answers {
				if !a.used {
					t.Errorf("nobody asked for %s", strings.TrimSpace(a.Method+" "+a.Request))
				}
			}
			compareGolden(t, file, indent(g))
		})
	}
}
