package providers

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"usersync/internal/pgtest"
	"usersync/internal/secret"
	usersync "usersync/sync"
)

// listGolden is testdata/TYPE/list*.json: the answers of a provider, or its
// database, and what they give.
type listGolden struct {
	API     goldenAPI         `json:"api"`
	Headers map[string]string `json:"headers,omitempty"` // what every request must have
	Answers []goldenAnswer    `json:"answers,omitempty"`
	SQL     []string          `json:"sql,omitempty"`   // makes the provider's database
	Fetch   []string          `json:"fetch,omitempty"` // ids to fetch

	Pages   []shownPage              `json:"pages"`
	Fetched map[string]*shownListing `json:"fetched,omitempty"`
}

type goldenAPI struct {
	Base     string            `json:"base,omitempty"` // path of the API's address
	Key      string            `json:"key,omitempty"`
	Variant  string            `json:"variant,omitempty"`
	Params   map[string]string `json:"params,omitempty"`
	PageSize int               `json:"page_size,omitempty"`
}

// goldenAnswer is a request and what is answered. The same request may stand
// there several times: each is answered once, the last one for ever.
type goldenAnswer struct {
	Method  string            `json:"method,omitempty"`  // GET by default
	Request string            `json:"request"`           // path and query
	Sent    json.RawMessage   `json:"sent,omitempty"`    // the JSON that must be sent, in whatever layout
	Form    map[string]string `json:"form,omitempty"`    // or the form; {server} is the address of the server
	Headers map[string]string `json:"headers,omitempty"` // that this request must have, instead of those of all

	Status        int               `json:"status,omitempty"`
	Date          string            `json:"date"`
	AnswerHeaders map[string]string `json:"answer_headers,omitempty"` // {server} is the address of the server
	Body          json.RawMessage   `json:"body"`

	used bool
}

// shownPage is a page as golden files show it. The instant of a database is
// another one in every run, and is not shown.
type shownPage struct {
	Instant string         `json:"instant,omitempty"`
	Users   []shownListing `json:"users"`
	Letters []shownLetter  `json:"letters,omitempty"`
	Next    string         `json:"next,omitempty"`
}

type shownListing struct {
	UserID     string                     `json:"user_id"`
	OccurredAt string                     `json:"occurred_at"` // "instant" where it is that
	UpdatedAt  string                     `json:"updated_at,omitempty"`
	Fields     map[string]json.RawMessage `json:"fields,omitempty"`
	Access     string                     `json:"access,omitempty"`
	Life       string                     `json:"life,omitempty"`
}

func showListing(c usersync.Command) shownListing {
	full := showDelivery(&usersync.Delivery{Commands: []usersync.Command{c}}).Commands[0]
	s := shownListing{full.UserID, full.OccurredAt, full.UpdatedAt, full.Fields, full.Access, full.Life}
	if c.OccurredAt != c.UpdatedAt {
		s.OccurredAt = "instant"
	}
	return s
}

func showPage(page usersync.Page, dated bool) shownPage {
	s := shownPage{Next: page.Next, Users: []shownListing{}}
	if dated {
		s.Instant = showMicros(page.Instant)
	}
	for _, c := range page.Users {
		s.Users = append(s.Users, showListing(c))
	}
	s.Letters = showDelivery(&usersync.Delivery{Letters: page.Letters}).Letters
	for i := range s.Letters {
		if !dated {
			s.Letters[i].Headers = nil // the instant is among them
		}
	}
	return s
}

// database makes the provider's database.
func (g *listGolden) database(t *testing.T) string {
	t.Helper()
	address := pgtest.New(t)
	runSQL(t, address, g.SQL...)
	return address
}

func runSQL(t *testing.T, address string, statements ...string) {
	t.Helper()
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range statements {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// A definition with a list has golden pages of it.
func TestListsGiveTheGoldenPages(t *testing.T) {
	t.Parallel()
	for _, typ := range Types() {
		p := open(t, typ, nil)
		files, err := filepath.Glob(filepath.Join("testdata", typ, "list*.json"))
		if err != nil {
			t.Fatal(err)
		}
		if wanted := len(p.def.variants); p.def.calls.list != nil && len(files) < 1+wanted {
			t.Errorf("testdata/%s has %d list*.json for %d lists: one that never ran is not known to work", typ, len(files), 1+wanted)
		}
		for _, file := range files {
			t.Run(typ+"/"+filepath.Base(file), func(t *testing.T) {
				t.Parallel()
				checkListGolden(t, p, file)
			})
		}
	}
}

// What no built-in definition needs is shown by definitions of nobody's:
// testdata/lists/NAME.yaml has the parts about the API.
func TestFormsOfListsGiveTheGoldenPages(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/lists/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("there are none")
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			checkListGolden(t, described(t, string(readFile(t, file))), strings.TrimSuffix(file, ".yaml")+".json")
		})
	}
}

func checkListGolden(t *testing.T, p *Provider, file string) {
	var g listGolden
	if err := json.Unmarshal(readFile(t, file), &g); err != nil {
		t.Fatal(err)
	}
	// The clock stands still, so no request takes any time.
	settings := APISettings{
		Key: secret.New(g.API.Key), Variant: g.API.Variant, Params: g.API.Params, PageSize: g.API.PageSize,
		RateLimit: 1e6, Clock: func() time.Time { return noon },
	}
	if g.SQL != nil {
		settings.URL, settings.Clock = g.database(t), nil
	} else {
		settings.URL = g.serve(t) + g.API.Base
	}
	g.Pages, g.Fetched = nil, nil
	l, err := p.Lister(settings, usersync.OriginBackfill)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for cursor := ""; ; {
		page, err := l.Page(t.Context(), cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range page.Users {
			if c.Kind != usersync.KindUpdated || c.Origin != usersync.OriginBackfill || c.Provider != p.name || c.EventID != "" {
				t.Errorf("%+v", c)
			}
		}
		if next, ok := l.After(cursor); ok && page.Next != "" && next != page.Next {
			t.Errorf("After(%q) is %q, and the page says %q", cursor, next, page.Next)
		}
		g.Pages = append(g.Pages, showPage(page, g.SQL == nil))
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	g.fetchAll(t, p, settings)
	compareGolden(t, file, indent(g))
}

// fetchAll fetches the users that the file names.
func (g *listGolden) fetchAll(t *testing.T, p *Provider, settings APISettings) {
	t.Helper()
	calls, err := p.def.callsOf(settings.Variant)
	if err != nil {
		t.Fatal(err)
	}
	if calls.fetch == nil {
		return
	}
	if len(g.Fetch) < 2 {
		t.Error("there must be two users to fetch, one of whom does not exist")
	}
	f, err := p.Fetcher(settings, usersync.OriginHydrate)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	g.Fetched = map[string]*shownListing{}
	for _, id := range g.Fetch {
		c, found, err := f.Fetch(context.Background(), id)
		switch {
		case err != nil:
			t.Errorf("%s: %v", id, err)
		case !found:
			g.Fetched[id] = nil
		default:
			shown := showListing(c)
			g.Fetched[id] = &shown
			if c.Origin != usersync.OriginHydrate || c.UserID != id {
				t.Errorf("%+v", c)
			}
		}
	}
	if fmt.Sprint(g.Fetched) == "map[]" || strings.Count(string(indent(g.Fetched)), "null") == 0 {
		t.Error("no fetch finds nobody")
	}
}
