package providers

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	usersync "usersync/sync"
)

// A history is what happened to a user at a provider, and the row that it must end as,
// in whatever order it is told and however often. testdata/TYPE/histories.yaml has
// those of a type.
type history struct {
	Story  string         `yaml:"story"`
	Over   map[string]any `yaml:"over"` // what an operator lays over the definition
	Told   []toldEvent    `yaml:"told"`
	Listed []shownUser    `yaml:"listed"`
	Row    map[string]any `yaml:"row"` // the columns that the story is about
}

// toldEvent is a request, and when it came. Another attempt has the same id and body.
type toldEvent struct {
	ID       string         `yaml:"id"`
	Received []time.Time    `yaml:"received"`
	Body     map[string]any `yaml:"body"`
}

// shownUser is a user as a list or a fetch shows them, and the instant of the answer.
type shownUser struct {
	At      time.Time      `yaml:"at"`
	Fetched bool           `yaml:"fetched"`
	User    map[string]any `yaml:"user"`
}

func TestHistoriesEndAsTheyWere(t *testing.T) {
	t.Parallel()
	for _, typ := range Types() {
		raw, err := os.ReadFile(filepath.Join("testdata", typ, "histories.yaml"))
		if err != nil {
			continue
		}
		var file struct {
			Histories []history `yaml:"histories"`
		}
		if err := yaml.Unmarshal(raw, &file); err != nil || len(file.Histories) == 0 {
			t.Fatalf("%s: no histories: %v", typ, err)
		}
		for _, h := range file.Histories {
			t.Run(typ+"/"+h.Story, func(t *testing.T) {
				t.Parallel()
				p := signer(t, typ)
				if h.Over != nil {
					p = h.laidOver(t, typ)
				}
				h.endsInEachOrder(t, p)
			})
		}
	}
}

// laidOver is a provider of a definition that extends the type.
func (h history) laidOver(t *testing.T, typ string) *Provider {
	t.Helper()
	h.Over[extendsKey] = typ
	text, err := yaml.Marshal(h.Over)
	if err != nil {
		t.Fatal(err)
	}
	s := armed(t, typ, "first")
	s.Definition = source(t, string(text))
	return mustNew(t, "acme", s)
}

func (h history) endsInEachOrder(t *testing.T, p *Provider) {
	var said []usersync.Command
	for _, e := range h.Told {
		for _, at := range e.Received {
			said = append(said, e.commands(t, p, at)...)
		}
	}
	for _, u := range h.Listed {
		said = append(said, u.command(t, p))
	}
	if len(said) == 0 || len(said) > 7 {
		t.Fatalf("%d commands", len(said))
	}
	eachOrder(said, 0, func(order []usersync.Command) {
		if t.Failed() {
			return
		}
		var s usersync.State
		seen := map[string]bool{}
		for i := range order {
			c := &order[i]
			if c.Unstable && !c.Origin.Listed() {
				if seen[c.EventID] {
					continue // its claim stands
				}
				seen[c.EventID] = true
			}
			s = usersync.Join(s, usersync.Facts(c))
		}
		h.compare(t, usersync.Project(&s), order)
	})
}

// commands are what a request says.
func (e toldEvent) commands(t *testing.T, p *Provider, at time.Time) []usersync.Command {
	t.Helper()
	header := http.Header{"Content-Type": {"application/json"}}
	if e.ID != "" {
		for _, name := range p.idHeaders {
			header.Set(name, e.ID)
			break
		}
	}
	body, err := p.seal(written(t, e.Body))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Sign(header, body, at); err != nil {
		t.Fatal(err)
	}
	r := Request{Header: header, Body: body, ReceivedAt: at}
	proof, err := p.Verify(r)
	if err != nil {
		t.Fatal(err)
	}
	d := p.Decode(r, proof)
	if len(d.Letters) > 0 {
		t.Fatalf("%s", indent(showDelivery(d)))
	}
	return d.Commands
}

func (u shownUser) command(t *testing.T, p *Provider) (c usersync.Command) {
	t.Helper()
	found, err := p.def.callsOf("")
	if err != nil {
		t.Fatal(err)
	}
	origin, part := usersync.OriginReconcile, found.list.item
	if u.Fetched {
		origin, part = usersync.OriginHydrate, found.fetch.item
	}
	var api APISettings
	p.standards(&api, defaultFetchBudget)
	at := usersync.MicrosOf(u.At)
	if letter := p.itemReader(part, api, origin).read(string(written(t, u.User)), seenAt(at, at+90_000_000), &c); letter != nil {
		t.Fatalf("%s: %s", letter.Reason, letter.Detail)
	}
	return c
}

// compare compares what the row shows in the columns that the story is about.
func (h history) compare(t *testing.T, v usersync.View, order []usersync.Command) {
	t.Helper()
	row := map[string]json.RawMessage{"suspended": written(t, v.Suspended), "deleted_at": showValue(v.DeletedAt)}
	for f, value := range v.Columns {
		row[usersync.Field(f).String()] = showValue(value)
	}
	for name, want := range h.Row {
		got, known := row[name]
		if at, ok := want.(time.Time); ok {
			want = showMicros(usersync.MicrosOf(at))
		}
		if !known || !bytes.Equal(got, written(t, want)) {
			t.Errorf("%s: %s, want %v, after\n%s", name, got, want, indent(showDelivery(&usersync.Delivery{Commands: order})))
		}
	}
}

// eachOrder calls visit with each order of the commands.
func eachOrder(commands []usersync.Command, from int, visit func([]usersync.Command)) {
	if from == len(commands) {
		visit(slices.Clone(commands))
		return
	}
	for i := from; i < len(commands); i++ {
		commands[from], commands[i] = commands[i], commands[from]
		eachOrder(commands, from+1, visit)
		commands[from], commands[i] = commands[i], commands[from]
	}
}

func written(t *testing.T, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
