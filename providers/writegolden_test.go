package providers

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"usersync/internal/secret"
	usersync "usersync/sync"
)

// writeGolden is testdata/TYPE/write.json: what is written, the requests that
// the provider's documentation wants for it, and what its answers give.
type writeGolden struct {
	API     goldenAPI         `json:"api"`
	Headers map[string]string `json:"headers,omitempty"`
	Calls   []goldenWrite     `json:"calls"`
}

// goldenWrite is one call of a Writer. All of its answers must be asked for.
type goldenWrite struct {
	Does    string                     `json:"does"` // find, create or update
	User    map[string]json.RawMessage `json:"user"`
	Answers []goldenAnswer             `json:"answers"`

	Gives   *shownListing `json:"gives,omitempty"`
	Refused *RefusedError `json:"refused,omitempty"`
	Error   string        `json:"error,omitempty"`
}

// A definition that can write has golden calls.
func TestWritesAreTheGoldenRequests(t *testing.T) {
	t.Parallel()
	for _, typ := range Types() {
		p := open(t, typ, nil)
		files, err := filepath.Glob(filepath.Join("testdata", typ, "write*.json"))
		if err != nil {
			t.Fatal(err)
		}
		if w := p.def.calls.write; (w != nil && w.create != nil) != (len(files) > 0) {
			t.Errorf("testdata/%s has %d write*.json: calls that never ran are not known to work", typ, len(files))
		}
		for _, file := range files {
			t.Run(typ+"/"+filepath.Base(file), func(t *testing.T) {
				t.Parallel()
				checkWriteGolden(t, p, file)
			})
		}
	}
}

func checkWriteGolden(t *testing.T, p *Provider, file string) {
	var g writeGolden
	if err := json.Unmarshal(readFile(t, file), &g); err != nil {
		t.Fatal(err)
	}
	for i := range g.Calls {
		g.Calls[i].run(t, p, &g)
	}
	compareGolden(t, file, indent(g))
}

func (c *goldenWrite) run(t *testing.T, p *Provider, g *writeGolden) {
	t.Helper()
	api := listGolden{Headers: g.Headers, Answers: c.Answers}
	w, err := p.Writer(APISettings{
		URL: api.serve(t), Key: secret.New(g.API.Key), Params: g.API.Params,
		RateLimit: 1e6, Clock: func() time.Time { return noon },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	var pairs []string
	for name, raw := range c.User {
		text := string(raw)
		if name == "id" || name == externalIDName {
			text = valueOf(text).text
		}
		pairs = append(pairs, name, text)
	}
	u, found := user(t, pairs...), true
	var got usersync.Command
	switch c.Does {
	case "find":
		got, found, err = w.Find(t.Context(), u)
	case "create":
		got, err = w.Create(t.Context(), u)
	case "update":
		got, err = w.Update(t.Context(), u)
	default:
		t.Fatalf("does: %q is none of find, create, update", c.Does)
	}
	c.Gives, c.Refused, c.Error = nil, nil, ""
	switch {
	case errors.As(err, &c.Refused):
	case err != nil:
		c.Error = err.Error()
	case found:
		shown := showListing(got)
		c.Gives = &shown
	}
	for _, a := range api.Answers {
		if !a.used {
			t.Errorf("%s of %s: nobody asked for %s %s %s", c.Does, indent(c.User), a.Method, a.Request, a.Sent)
		}
	}
}
