package providers

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"usersync/internal/secret"
	usersync "usersync/sync"
)

var update = flag.Bool("update", false, "write what was decoded into the golden files; read the diff before committing it")

// recording is a request as a provider sent it, NAME.http, and beside it
// NAME.json: how to accept it, and the delivery that it must give.
type recording struct {
	file    string
	typ     string
	request Request
	golden  golden
}

type golden struct {
	// Credentials names the settings that this request fulfils; by default
	// all for which the folder has a file.
	Credentials []string       `json:"credentials,omitempty"`
	Settings    goldenSettings `json:"settings"`
	ReceivedAt  time.Time      `json:"received_at"`
	Delivery    shownDelivery  `json:"delivery"`
}

type goldenSettings struct {
	Auth            string `json:"auth,omitempty"`
	LegacySignature bool   `json:"legacy_signature,omitempty"`
	Signature       *struct {
		Header   string  `json:"header,omitempty"`
		Encoding string  `json:"encoding,omitempty"`
		Prefix   *string `json:"prefix,omitempty"`
	} `json:"signature,omitempty"`
	// JWT and Site are what is said of tokens. The public keys are those of
	// jwks.json in the folder.
	JWT struct {
		JWKSURL  string `json:"-"`
		Issuer   string `json:"issuer,omitempty"`
		Audience string `json:"audience,omitempty"`
	} `json:"jwt,omitzero"`
	Site struct {
		URL    string            `json:"url,omitempty"`
		Params map[string]string `json:"params,omitempty"`
	} `json:"site,omitzero"`
}

// shownDelivery is a delivery as golden files show it.
type shownDelivery struct {
	Commands []shownCommand `json:"commands,omitempty"`
	Letters  []shownLetter  `json:"letters,omitempty"`
	Ignored  int            `json:"ignored,omitempty"`
}

type shownCommand struct {
	UserID     string                     `json:"user_id"`
	EventID    string                     `json:"event_id"`
	Kind       string                     `json:"kind"`
	OccurredAt string                     `json:"occurred_at"`
	UpdatedAt  string                     `json:"updated_at,omitempty"`
	Fields     map[string]json.RawMessage `json:"fields,omitempty"`
	Access     string                     `json:"access,omitempty"`
	Life       string                     `json:"life,omitempty"`
	Redact     bool                       `json:"redact,omitempty"`
	Unstable   bool                       `json:"unstable,omitempty"`
	Thin       bool                       `json:"thin,omitempty"`
	Headers    map[string]string          `json:"headers"`
}

type shownLetter struct {
	UserID  string            `json:"user_id,omitempty"`
	EventID string            `json:"event_id,omitempty"`
	Reason  string            `json:"reason"`
	Detail  string            `json:"detail"`
	DueAt   string            `json:"due_at,omitempty"`
	Headers map[string]string `json:"headers"`
}

func showMicros(m usersync.Micros) string {
	return m.Time().Format("2006-01-02T15:04:05.000000Z")
}

func showDelivery(d *usersync.Delivery) shownDelivery {
	s := shownDelivery{Ignored: d.Ignored}
	for _, c := range d.Commands {
		shown := shownCommand{
			UserID: c.UserID, EventID: c.EventID, Kind: c.Kind.String(), OccurredAt: showMicros(c.OccurredAt),
			Fields: map[string]json.RawMessage{}, Redact: c.Redact, Unstable: c.Unstable, Thin: c.Thin, Headers: c.Headers,
			Access: [...]string{"", "unbanned", "banned", "cleared"}[c.Access],
			Life:   [...]string{"", "alive", "deleted"}[c.Life],
		}
		if c.UpdatedAt != 0 {
			shown.UpdatedAt = showMicros(c.UpdatedAt)
		}
		for f, v := range c.Fields {
			if v.Present() {
				shown.Fields[usersync.Field(f).String()] = showValue(v)
			}
		}
		s.Commands = append(s.Commands, shown)
	}
	for _, l := range d.Letters {
		shown := shownLetter{UserID: l.UserID, EventID: l.EventID, Reason: l.Reason, Detail: l.Detail, Headers: l.Headers}
		if l.DueAt != 0 {
			shown.DueAt = showMicros(l.DueAt)
		}
		s.Letters = append(s.Letters, shown)
	}
	return s
}

func showValue(v usersync.Value) json.RawMessage {
	var shown any
	switch v.Kind() {
	case usersync.Bool:
		shown = v.True()
	case usersync.Time:
		shown = showMicros(v.Micros())
	case usersync.Text:
		shown = v.Str()
	case usersync.JSON:
		text, _ := v.Document()
		shown = text // as a text, so that the canonical form itself is seen
	}
	raw, err := json.Marshal(shown)
	if err != nil {
		panic(err)
	}
	return raw
}

// recordings reads every recorded request of a provider.
func recordings(t testing.TB, typ string) []recording {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", typ, "*.http"))
	if err != nil || len(files) == 0 {
		t.Fatalf("testdata/%s has no recorded request: a definition without one is not known to work", typ)
	}
	var all []recording
	for _, file := range files {
		all = append(all, readRecording(t, typ, file))
	}
	return all
}

func readRecording(t testing.TB, typ, file string) recording {
	t.Helper()
	raw := readFile(t, file)
	parsed, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	body, err := io.ReadAll(parsed.Body)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	rec := recording{file: file, typ: typ}
	if err := json.Unmarshal(readFile(t, rec.goldenFile()), &rec.golden); err != nil {
		t.Fatalf("%s: %v", rec.goldenFile(), err)
	}
	rec.request = Request{Header: parsed.Header, Body: body, ReceivedAt: rec.golden.ReceivedAt}
	return rec
}

func (rec recording) name() string {
	return strings.TrimSuffix(filepath.Base(rec.file), ".http")
}

func (rec recording) goldenFile() string {
	return strings.TrimSuffix(rec.file, ".http") + ".json"
}

// settings are those that accept the request.
func (rec recording) settings(t testing.TB) Settings {
	t.Helper()
	s := Settings{Type: rec.typ, Auth: rec.golden.Settings.Auth, LegacySignature: rec.golden.Settings.LegacySignature}
	if rec.golden.Settings.Signature != nil {
		s.Signature = SignatureSettings(*rec.golden.Settings.Signature)
	}
	s.JWT = JWTSettings(rec.golden.Settings.JWT)
	s.Site = Site(rec.golden.Settings.Site)
	if s.Auth == "none" {
		return s
	}
	rec.publishes(t, &s, func(set jose.JSONWebKeySet) jose.JSONWebKeySet { return set })
	wanted := func(credential, file string) []secret.Text {
		if rec.golden.Credentials != nil && !strings.Contains(strings.Join(rec.golden.Credentials, " "), credential) {
			return nil
		}
		if value, err := os.ReadFile(filepath.Join("testdata", rec.typ, file)); err == nil {
			return []secret.Text{secret.New(string(value))}
		}
		return nil
	}
	s.Secrets, s.Bearer = wanted("secrets", "secret.txt"), wanted("bearer", "bearer.txt")
	return s
}

// provider configures the recording's provider, changed by edit.
func (rec recording) provider(t testing.TB, edit func(*Settings)) *Provider {
	t.Helper()
	s := rec.settings(t)
	if edit != nil {
		edit(&s)
	}
	return mustNew(t, rec.typ, s)
}

// armed are settings with credentials for all that a definition checks.
func armed(t testing.TB, typ string, credentials ...string) Settings {
	t.Helper()
	def, err := loadDefinition(typ)
	if err != nil {
		t.Fatal(err)
	}
	s := Settings{Type: typ}
	for _, c := range def.checks {
		if c.publishesKeys() && c.credential == "" {
			s.Site = Site{URL: "https://auth.example.com", Params: map[string]string{}}
			for name := range def.api.params {
				s.Site.Params[name] = "x"
			}
			s.JWT.JWKSURL = "http://127.0.0.1:1" // where nobody is
			continue
		}
		if _, err := c.scheme.readKey(credentials[0]); err != nil {
			credentials = []string{base64.StdEncoding.EncodeToString([]byte(strings.Repeat(credentials[0], 12)))}
		}
		if c.credential == "bearer" {
			s.Bearer = texts(credentials...)
		} else {
			s.Secrets = texts(credentials...)
		}
		s.LegacySignature = s.LegacySignature || len(c.legacy) > 0
	}
	return s
}

// compareGolden compares with a golden file, or writes it with -update.
func compareGolden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want := readFile(t, file); !bytes.Equal(got, want) {
		t.Errorf("%s: decoded\n%s\nwant\n%s", file, got, want)
	}
}

func mustNew(t testing.TB, name string, s Settings) *Provider {
	t.Helper()
	p, err := New(name, s)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return p
}

func readFile(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func indent(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		panic(err)
	}
	return b.Bytes()
}
