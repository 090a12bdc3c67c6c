package providers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	usersync "usersync/sync"
)

// stage is a Runner that plays what it is told, and notes what it was given. Scripts
// that really run are tested with the daemon.
type stage struct {
	plays string
	err   error
	given struct {
		Globals struct {
			Body    json.RawMessage   `json:"body"`
			Headers map[string]string `json:"headers"`
		} `json:"globals"`
		Actions []string `json:"actions"`
		Clock   int64    `json:"clock"`
	}
}

func (s *stage) Check(file, text string) error {
	if strings.Contains(text, "syntax") {
		return fmt.Errorf("%s:1: Unexpected token", file)
	}
	return nil
}

func (s *stage) Run(_ context.Context, _, _ string, input []byte, _ time.Duration) ([]byte, error) {
	if err := json.Unmarshal(input, &s.given); err != nil {
		return nil, err
	}
	return []byte(s.plays), s.err
}

// blamed is a fault of the script.
type blamed struct{ word, text string }

func (b blamed) Error() string  { return b.text }
func (b blamed) Reason() string { return b.word }

const scriptText = "result = {event: 'user.created', data: {id: body.id, emails: 1}}"

// scriptSettings are those of a provider with a script that is played on a stage.
func scriptSettings(s *stage) Settings {
	return Settings{
		Secrets: texts("opensesame"),
		Scripting: Scripting{
			Runner:  s,
			Read:    func(_, name string) ([]byte, error) { return []byte(scriptText), nil },
			Enabled: []string{"user.ban", "user.upsert", "user.delete", "user.unban", "chat.post", "chat.log", "chat.lost"},
			Actions: []Action{
				{ID: "chat.post", DependsOn: []string{"chat.log"}, Render: renderText},
				{ID: "chat.log", Render: renderText},
				{ID: "chat.lost", DependsOn: []string{"chat.off"}, Render: renderText},
				{ID: "chat.off", Render: renderText},
			},
		},
		AllowedActions: []string{"user.ban", "user.upsert", "user.delete", "user.unban", "chat.post"},
	}
}

func renderText(args []byte) ([]byte, error) {
	if strings.Contains(string(args), "unfit") {
		return nil, errors.New("the template wants a text")
	}
	return append([]byte("sent "), args...), nil
}

// scriptProvider is one with a script.
func scriptProvider(t *testing.T, verify string, s Settings) *Provider {
	t.Helper()
	def, err := compile("own.yaml", []byte("verify: "+verify+"\nunpack: json\nscript: scripts/users.js\nsamples: {a: {body: '{}'}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := newProvider("own", def, s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const (
	scriptSecret = "{secret: {header: X-Key}}"
	scriptHMAC   = "{hmac: {header: X-Sig, content: '{timestamp}.{body}', timestamp: {header: X-Time, format: s}}}"
)

// received is when the requests of these tests come.
func received() time.Time { return time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC) }

// sent is a request that the provider signed.
func sent(t *testing.T, p *Provider, body string, header http.Header) (Request, Proof) {
	t.Helper()
	r := Request{Header: header, Body: []byte(body), ReceivedAt: received()}
	if err := p.Sign(r.Header, r.Body, r.ReceivedAt.Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	proof, err := p.Verify(r)
	if err != nil {
		t.Fatal(err)
	}
	return r, proof
}

func TestScriptOutput(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, plays, want string }{
		{"nothing", `{"result":null,"calls":[]}`, "ignored 1"},
		{"a user", `{"result":{"event":"user.created","data":{"id":"u1","email":"a@example.com","metadata":{"a":[1]},"occurred_at":"2026-01-15T11:00:00Z","event_id":"e1"}}}`,
			"user.created u1 e1 2026-01-15T11:00:00Z email=a@example.com metadata={\"a\":[1]}"},
		{"no time and no id", `{"result":{"event":"user.updated","data":{"id":7,"name":null}}}`,
			"user.updated 7 HASH 2026-01-15T12:00:00Z unstable name=null"},
		{"the user's own time", `{"result":{"event":"user.updated","data":{"id":"u1","updated_at":"2026-01-15T10:00:00Z"}}}`,
			"user.updated u1 HASH 2026-01-15T10:00:00Z unstable provider_updated_at=2026-01-15T10:00:00Z thin"},
		{"actions", `{"calls":[{"action":"user.ban","with":{"id":"u1","suspended_reason":"spam"}},{"action":"user.upsert","with":{"id":"u2","email":"b@example.com"}},{"action":"user.delete","with":{"id":"u3"}},{"action":"user.unban","with":{"id":"u4","event_id":"own"}}]}`,
			"user.banned u1 HASH 2026-01-15T12:00:00Z unstable suspended_reason=spam; user.updated u2 HASH#002 2026-01-15T12:00:00Z unstable email=b@example.com; user.deleted u3 HASH#003 2026-01-15T12:00:00Z unstable; user.unbanned u4 own 2026-01-15T12:00:00Z unstable"},
		{"a message", `{"calls":[{"action":"chat.post","with":{"id":"u1","text":"hi"}}]}`, `ignored 1; chat.post u1 sent {"id":"u1","text":"hi"}`},
		{"no kind", `{"result":{"event":"user.bannd","data":{"id":"u1"}}}`, "script_error users.js: result.event is no kind; the kinds are user.created, user.updated, user.deleted, user.banned, user.unbanned"},
		{"a text", `{"result":"user.created"}`, "script_error users.js: result must be {event, data}, or null"},
		{"more members", `{"result":{"event":"user.created","data":{"id":"u1"},"also":1}}`, "script_error users.js: result has members beside event and data"},
		{"no data", `{"result":{"event":"user.created"}}`, "script_error users.js: result: data must be an object with the user's id"},
		{"no id", `{"result":{"event":"user.created","data":{"email":"a@example.com"}}}`, "no_user_id users.js: result: the event names no user"},
		{"a bad id", `{"result":{"event":"user.created","data":{"id":"a\u0001b"}}}`, "bad_user_id users.js: result: the user id is refused: it has a control character"},
		{"a lone surrogate", `{"result":{"event":"user.created","data":{"id":"a\ud800"}}}`, "bad_user_id users.js: result: the user id is refused: it has a lone surrogate"},
		{"half a number", `{"result":{"event":"user.created","data":{"id":1.5}}}`, "bad_user_id users.js: result: the user id is refused: it is a number, but no integer"},
		{"a bad event id", `{"result":{"event":"user.created","data":{"id":"u1","event_id":{}}}}`, "bad_event_id the event id is refused: it is an object or array, not a text"},
		{"a misspelt column", `{"result":{"event":"user.created","data":{"id":"u1","emails":"a@example.com"}}}`, "script_error users.js: result: data has no member emails (did you mean email?); the members are "},
		{"a member from the payload", `{"result":{"event":"user.created","data":{"id":"u1","jane@example.com":1}}}`, "script_error users.js: result: data has a member that is no column; the members are "},
		{"a column of another form", `{"result":{"event":"user.created","data":{"id":"u1","email_verified":"yes"}}}`, "bad_field users.js: result: email_verified: it is a text, not true or false"},
		{"no time", `{"result":{"event":"user.created","data":{"id":"u1","occurred_at":17}}}`, "bad_time users.js: result: the time of the event: it is a number, not a time"},
		{"the future", `{"result":{"event":"user.created","data":{"id":"u1","occurred_at":"2026-01-15T13:00:00Z"}}}`, "future_time users.js: result: it lies 1h0m0s ahead of our clock due 2026-01-15T12:50:00Z"},
		{"one of several is wrong", `{"calls":[{"action":"user.ban","with":{"id":"u1"}},{"action":"user.ban","with":{}}]}`, `no_user_id users.js: actions["user.ban"]: the event names no user`},
		{"an unfit message", `{"calls":[{"action":"user.ban","with":{"id":"u1"}},{"action":"chat.post","with":{"text":"unfit"}}]}`, `script_error users.js: actions["chat.post"]: the template wants a text`},
		{"an action that there is not", `{"calls":[{"action":"chat.none","with":{"id":"u1"}}]}`, "script_error users.js: it called an action that there is not"},
		{"no outcome", `nonsense`, "script_error users.js: what it leaves cannot be read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := scriptProvider(t, scriptSecret, scriptSettings(&stage{plays: c.plays}))
			body := `{"id":"u1","admin":"root"}`
			r, proof := sent(t, p, body, http.Header{})
			got := strings.ReplaceAll(describe(p.Decode(r, proof)), hashID(body), "HASH")
			if !strings.HasPrefix(got, c.want) || len(got) > len(c.want) && !strings.HasSuffix(c.want, " ") && !strings.HasSuffix(c.want, "time") {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}

// describe writes a delivery in one line.
func describe(d *usersync.Delivery) string {
	var all []string
	for _, c := range d.Commands {
		line := fmt.Sprint(c.Kind, " ", c.UserID, " ", c.EventID, " ", c.OccurredAt.Time().Format(time.RFC3339))
		if c.Unstable {
			line += " unstable"
		}
		for f, v := range c.Fields {
			document, isDocument := v.Document()
			switch {
			case !v.Present():
			case isDocument:
				line += fmt.Sprint(" ", usersync.Field(f), "=", document)
			case v.Kind() == usersync.Null:
				line += fmt.Sprint(" ", usersync.Field(f), "=null")
			case v.Kind() == usersync.Time:
				line += fmt.Sprint(" ", usersync.Field(f), "=", v.Micros().Time().Format(time.RFC3339))
			default:
				line += fmt.Sprint(" ", usersync.Field(f), "=", v.Str())
			}
		}
		if c.Thin {
			line += " thin"
		}
		all = append(all, line)
	}
	if d.Ignored > 0 {
		all = append(all, fmt.Sprint("ignored ", d.Ignored))
	}
	for _, m := range d.Messages {
		all = append(all, m.Action+" "+m.UserID+" "+string(m.Body))
	}
	for _, l := range d.Letters {
		line := l.Reason + " " + l.Detail
		if l.DueAt != 0 {
			line += " due " + l.DueAt.Time().Format(time.RFC3339)
		}
		all = append(all, line)
	}
	return strings.Join(all, "; ")
}

func TestScriptThatDidNotRun(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, want string
		err        error
	}{
		{"its own fault", "script_timeout users.js:3: it was not done in 5s", blamed{"script_timeout", "users.js:3: it was not done in 5s"}},
		{"ours", "script_unavailable no worker due 2026-01-15T12:00:30Z", errors.New("no worker")},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := scriptProvider(t, scriptSecret, scriptSettings(&stage{err: c.err}))
			r, proof := sent(t, p, `{"id":"u1"}`, http.Header{})
			if got := describe(p.Decode(r, proof)); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}

// What a script is shown of a request is what was proven, and a second look at what was
// kept shows it the same.
func TestScriptInput(t *testing.T) {
	t.Parallel()
	header := func() http.Header {
		return http.Header{
			"Content-Type": {"application/json"}, "X-Event": {"signup"}, "X-Twice": {"a", "b"}, "Authorization": {"Bearer other"}, "Cookie": {"c"},
			"X-Forwarded-For": {"192.0.2.1"}, receivedHeader: {"2030-01-01T00:00:00Z"},
		}
	}
	for _, c := range []struct {
		name, verify string
		headers      map[string]string
		clock        time.Time
	}{
		{"a shared secret", scriptSecret, map[string]string{"x-event": "signup", "x-twice": "a, b"}, received()},
		{"a signature", scriptHMAC, map[string]string{"x-time": "1768478399"}, received().Add(-time.Second)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := &stage{plays: `{"result":{"event":"user.banned","data":{"id":"u1"}},"calls":[{"action":"chat.post","with":{"id":"u1"}}]}`}
			p := scriptProvider(t, c.verify, scriptSettings(s))
			r, proof := sent(t, p, `{"id":"u1"}`, header())
			first := p.Decode(r, proof)
			for _, d := range []*usersync.Delivery{first, p.Reread(&usersync.Verified{ReceivedAt: usersync.MicrosOf(received().Add(time.Hour)), Headers: first.Verified.Headers, Body: first.Verified.Body}, usersync.OriginReplay)} {
				if !maps.Equal(s.given.Globals.Headers, c.headers) || string(s.given.Globals.Body) != `{"id":"u1"}` || s.given.Clock != c.clock.UnixMilli() {
					t.Errorf("the script was given %v", s.given)
				}
				if !slices.Equal(s.given.Actions, []string{"user.ban", "user.upsert", "user.delete", "user.unban", "chat.post"}) {
					t.Errorf("it has the actions %v", s.given.Actions)
				}
				if describe(d) != describe(first) || d.Messages[0].ID != first.Messages[0].ID || !maps.Equal(d.Verified.Headers, first.Verified.Headers) {
					t.Errorf("%s\nat first %s", describe(d), describe(first))
				}
			}
			for name, value := range first.Verified.Headers {
				if strings.Contains(value, "opensesame") || strings.Contains(value, "other") || name == "X-Sig" {
					t.Errorf("header %s was kept", name)
				}
			}
		})
	}
}

// A header that looks like a signed time, and that nobody signed, changes nothing when
// what was kept is read again. Where the settings name another header for the signature
// no script sees that either.
func TestScriptSeesNoUnsignedTimeAndNoSignature(t *testing.T) {
	t.Parallel()
	s := &stage{plays: `{"result":{"event":"user.banned","data":{"id":"u1"}}}`}
	settings := scriptSettings(s)
	settings.Bearer, settings.Signature.Header = texts("tok"), "X-Moved"
	p := scriptProvider(t, "{any: ["+scriptHMAC+", {secret: {bearer: true}, credential: bearer}]}", settings)
	r := Request{Body: []byte(`{"id":"u1"}`), ReceivedAt: received(), Header: http.Header{
		"Authorization": {"Bearer tok"}, "X-Time": {"1577836800"}, "X-Moved": {"sig"}, "X-Sig": {"sig"}, "X-Event": {"signup"},
	}}
	proof, err := p.Verify(r)
	if err != nil {
		t.Fatal(err)
	}
	first := p.Decode(r, proof)
	again := p.Reread(&usersync.Verified{ReceivedAt: usersync.MicrosOf(received().Add(time.Hour)), Headers: first.Verified.Headers, Body: first.Verified.Body}, usersync.OriginReplay)
	if describe(again) != describe(first) || s.given.Clock != received().UnixMilli() {
		t.Errorf("%s\nat first %s", describe(again), describe(first))
	}
	if want := map[string]string{"x-event": "signup"}; !maps.Equal(s.given.Globals.Headers, want) {
		t.Errorf("the script was given %v", s.given.Globals.Headers)
	}
}

// What must not be kept of an event stands in no header either.
func TestScriptSeesNoRedactedAttribute(t *testing.T) {
	t.Parallel()
	s := &stage{plays: `{"result":{"event":"user.banned","data":{"id":"u1"}}}`}
	def, err := compile("own.yaml", []byte("verify: "+scriptSecret+"\nunpack: cloudevents\nredact: [token]\nscript: scripts/users.js\nsamples: {a: {body: '{}'}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := newProvider("own", def, scriptSettings(s))
	if err != nil {
		t.Fatal(err)
	}
	r, proof := sent(t, p, `{"token":"hush"}`, http.Header{
		"Content-Type": {"application/json"}, "Ce-Specversion": {"1.0"}, "Ce-Id": {"e1"}, "Ce-Token": {"hush"}, "X-Event": {"signup"},
	})
	d := p.Decode(r, proof)
	for _, kept := range []any{d.Verified.Headers, string(d.Verified.Body), s.given.Globals.Headers, string(s.given.Globals.Body), d.Commands[0].Headers, string(d.Commands[0].Payload)} {
		if text := fmt.Sprint(kept); strings.Contains(text, "hush") {
			t.Errorf("it was kept, or shown: %s", text)
		}
	}
	if !strings.Contains(string(s.given.Globals.Body), `"id":"e1"`) || s.given.Globals.Headers["x-event"] != "signup" {
		t.Errorf("the script was given %v", s.given)
	}
}

func TestScriptSettings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, want string
		change     func(*Settings)
	}{
		{"an unknown action", `allowed_actions: "user.bann": there is no such action (did you mean user.ban?); the actions are chat.log, chat.lost, chat.off, chat.post, user.ban, user.delete, user.unban, user.upsert`,
			func(s *Settings) { s.AllowedActions = []string{"user.bann"} }},
		{"aliases", "aliases: the script says what an event means; remove it", func(s *Settings) { s.Aliases = map[string]string{"a": "ignore"} }},
		{"paths", "paths: the script says where everything stands; remove it", func(s *Settings) { s.Paths = map[string][]string{"id": {"a"}} }},
		{"no file", "own.yaml:3: script: cannot read the file: gone; a relative path begins at the directory of this file",
			func(s *Settings) {
				s.Scripting.Read = func(string, string) ([]byte, error) { return nil, errors.New("gone") }
			}},
		{"no syntax", "own.yaml:3: script: users.js:1: Unexpected token", func(s *Settings) {
			s.Scripting.Read = func(string, string) ([]byte, error) { return []byte("syntax"), nil }
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			def, err := compile("own.yaml", []byte("verify: "+scriptSecret+"\nunpack: json\nscript: scripts/users.js\nsamples: {a: {body: '{}'}}\n"))
			if err != nil {
				t.Fatal(err)
			}
			s := scriptSettings(&stage{})
			c.change(&s)
			if _, err := newProvider("own", def, s); err == nil || err.Error() != c.want {
				t.Errorf("%v\nwant %s", err, c.want)
			}
		})
	}
	s := scriptSettings(&stage{})
	s.AllowedActions = []string{"chat.lost", "chat.off", "user.ban"}
	p := scriptProvider(t, scriptSecret, s)
	want := []string{
		"allowed_actions: scripts do not have chat.lost, because chat.off is not in scripts.enabled_actions",
		"allowed_actions: scripts do not have chat.off, because chat.off is not in scripts.enabled_actions",
	}
	if !slices.Equal(p.Warnings(), want) || !slices.Equal(p.script.actions, []string{"user.ban"}) {
		t.Errorf("warnings %q, actions %v", p.Warnings(), p.script.actions)
	}
	for id, want := range map[string]string{
		"user.ban": "", "chat.post": "",
		"chat.lost": "it depends on chat.off, which is not enabled: enable that too, or remove this",
		"user.bans": "there is no such action (did you mean user.ban?); the actions are ",
	} {
		if wrong := s.Scripting.CheckEnabled(id); !strings.HasPrefix(wrong, want) || want == "" && wrong != "" {
			t.Errorf("%s: %s", id, wrong)
		}
	}
}

// What a script has sent is known by the event's id, whatever else of it has changed
// when it comes again; and by the event itself if it has none.
func TestScriptMessageIDs(t *testing.T) {
	t.Parallel()
	ids := func(body, plays string) (ids []string) {
		p := scriptProvider(t, scriptSecret, scriptSettings(&stage{plays: plays}))
		r, proof := sent(t, p, body, http.Header{})
		d := p.Decode(r, proof)
		if len(d.Letters) > 0 {
			t.Fatal(describe(d))
		}
		for _, m := range d.Messages {
			ids = append(ids, m.ID)
		}
		return ids
	}
	const (
		first, again = `{"id":"u1","attempt":1}`, `{"id":"u1","attempt":2}`
		call         = `{"action":"chat.post","with":{"id":"u1"%s}}`
		result       = `{"result":{"event":"user.updated","data":{"id":"u1","event_id":"e1","occurred_at":"2026-01-15T11:00:00Z"}},"calls":[%s]}`
	)
	own := fmt.Sprintf(call, `,"event_id":"e1"`)
	for _, c := range []struct {
		name, plays string
		same        bool
		count       int
	}{
		{"its own id", `{"calls":[` + own + `]}`, true, 1},
		{"two of one event", `{"calls":[` + own + `,` + own + `]}`, true, 2},
		{"that of the result", fmt.Sprintf(result, fmt.Sprintf(call, "")), true, 1},
		{"none", `{"calls":[` + fmt.Sprintf(call, "") + `]}`, false, 1},
	} {
		one, two := ids(first, c.plays), ids(again, c.plays)
		if len(slices.Compact(slices.Sorted(slices.Values(one)))) != c.count || slices.Equal(one, two) != c.same || !slices.Equal(one, ids(first, c.plays)) {
			t.Errorf("%s: %v and %v", c.name, one, two)
		}
	}
	p := scriptProvider(t, scriptSecret, scriptSettings(&stage{plays: `{"calls":[{"action":"chat.post","with":{"event_id":[1]}}]}`}))
	r, proof := sent(t, p, first, http.Header{})
	if got := describe(p.Decode(r, proof)); !strings.HasPrefix(got, badEventID) {
		t.Error(got)
	}
}

// A script is given an event as it is, not six bytes for one.
func TestScriptInputIsNotEscaped(t *testing.T) {
	t.Parallel()
	long := &longest{}
	s := scriptSettings(&stage{})
	s.Scripting.Runner = long
	p := scriptProvider(t, scriptSecret, s)
	body := `{"html":"` + strings.Repeat("<&>", 1000) + `"}`
	r, proof := sent(t, p, body, http.Header{})
	p.Decode(r, proof)
	if long.bytes == 0 || long.bytes > len(body)+500 {
		t.Errorf("%d bytes of %d", long.bytes, len(body))
	}
}

// longest is a Runner that notes how much it was given.
type longest struct {
	stage
	bytes int
}

func (l *longest) Run(_ context.Context, _, _ string, input []byte, _ time.Duration) ([]byte, error) {
	l.bytes = len(input)
	return []byte(`{}`), nil
}

// The events of one request have the time of one together, or its sender waits for all of
// them; at least one is read.
func TestManySlowEventsOfOneRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := scriptSettings(&stage{})
		s.Scripting.Runner = slowly{}
		def, err := compile("own.yaml", []byte("verify: "+scriptSecret+"\nunpack: {format: json, split: events}\nscript: users.js\nsamples: {a: {body: '{\"events\":[{}]}'}}\n"))
		if err != nil {
			t.Fatal(err)
		}
		p, err := newProvider("own", def, s)
		if err != nil {
			t.Fatal(err)
		}
		r, proof := sent(t, p, `{"events":[{"n":1},{"n":2},{"n":3},{"n":4}]}`, http.Header{})
		began := time.Now()
		d := p.Decode(r, proof)
		if d.Ignored != 2 || len(d.Letters) != 2 || time.Since(began) != 6*time.Second {
			t.Fatalf("%s after %v", describe(d), time.Since(began))
		}
		for i, l := range d.Letters {
			if l.Reason != scriptUnavailable || l.DueAt == 0 || string(l.Payload) != fmt.Sprintf(`{"n":%d}`, i+3) {
				t.Errorf("%+v", l)
			}
		}
	})
}

// slowly is a Runner that takes 3 s.
type slowly struct{}

func (slowly) Check(_, _ string) error { return nil }

func (slowly) Run(context.Context, string, string, []byte, time.Duration) ([]byte, error) {
	time.Sleep(3 * time.Second)
	return []byte(`{}`), nil
}
