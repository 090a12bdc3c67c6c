package providers

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	usersync "usersync/sync"
)

// FuzzDecode feeds any body to every provider: nothing panics, everything that
// was asked for gets an answer, and what gets through can be stored.
func FuzzDecode(f *testing.F) {
	var all []*Provider
	for _, typ := range Types() {
		for _, rec := range recordings(f, typ) {
			f.Add(rec.request.Body, rec.request.Header.Get("Content-Type"), "")
		}
		all = append(all, open(f, typ, func(s *Settings) { s.OnDelete = "redact" }))
	}
	for _, unpack := range everyUnpack {
		all = append(all, parts(f, unpack, everyEvent, everyUser))
		f.Add([]byte(everyBody), "application/json", "")
		f.Add([]byte(`{"events":[`+everyBody+`,`+everyBody+`]}`), "application/json", "")
	}
	f.Add([]byte(signed), "application/jwt", "")
	f.Add([]byte(`{"token":"`+signed+`"}`), "application/json", "")
	f.Add([]byte(`{"id":"e","type":"user.updated","subject":{"user_id":"u"}}`), "application/json", "%41")
	f.Add([]byte(authonUser("user.banned", `"id":"\ud800","publicMetadata":{"a\u0000":[1e999]}`)), "", "")
	f.Fuzz(func(t *testing.T, body []byte, contentType, attribute string) {
		if strings.Contains(contentType+attribute, "\n") {
			return // no header can hold it
		}
		for _, p := range all {
			r := Request{Header: http.Header{"Content-Type": {contentType}}, Body: body, ReceivedAt: noon}
			if attribute != "" {
				r.Header["Ce-Specversion"] = []string{"1.0"}
				r.Header["Ce-Id"] = []string{attribute}
			}
			proof := Proof{Headers: true}
			if p.stamp != nil {
				if _, ok := p.stamp.format.parse(attribute); ok {
					proof.Timestamp = attribute // verified ones can be read
				}
			}
			d := p.Decode(r, proof)
			if len(d.Commands)+len(d.Letters)+d.Ignored == 0 {
				t.Fatalf("%s says nothing", p.Type())
			}
			for _, c := range d.Commands {
				checkStorable(t, c)
			}
			rereads(t, p, d)
		}
	})
}

func checkStorable(t *testing.T, c usersync.Command) {
	t.Helper()
	for _, id := range []string{c.UserID, c.EventID} {
		if id == "" || len(id) > maxID || !utf8.ValidString(id) || slices.ContainsFunc([]rune(id), isControl) {
			t.Fatalf("id %q", id)
		}
	}
	if !c.OccurredAt.Storable() || !c.UpdatedAt.Storable() || c.Kind == usersync.KindNone {
		t.Fatalf("%+v", c)
	}
	for f, v := range c.Fields {
		document, isDocument := v.Document()
		for _, s := range []string{v.Str(), document} {
			if !utf8.ValidString(s) || slices.Contains([]byte(s), 0) {
				t.Fatalf("%s: %q", usersync.Field(f), s)
			}
		}
		if isDocument {
			if again, err := canonicalJSON(document); err != nil || again != document || checkJSON([]byte(document)) != nil {
				t.Fatalf("%s: %q is not canonical: %v", usersync.Field(f), document, err)
			}
		}
		if v.Present() && v.Kind() != usersync.Null && v.Kind() != usersync.Field(f).Kind() {
			t.Fatalf("%s holds a value of kind %d", usersync.Field(f), v.Kind())
		}
	}
}

// FuzzVerify feeds any credential to every provider: nothing panics, and
// nobody gets in who does not know the secret.
func FuzzVerify(f *testing.F) {
	var all []*Provider
	for _, typ := range Types() {
		all = append(all, mustNew(f, typ, armed(f, typ, "a secret that the fuzzer does not guess")))
		for _, rec := range recordings(f, typ) {
			for _, name := range credentialHeaders(all[len(all)-1]) {
				f.Add(rec.request.Body, rec.request.Header.Get(name), "2026-01-15T12:00:00Z")
			}
		}
	}
	for _, verify := range []string{eitherName, alternatives, listedSignature} {
		all = append(all, custom(f, verify, plainEvent, "{}", Settings{Secrets: texts("QSBzZWNyZXQgdGhhdCB0aGUgZnV6emVyIGRvZXMgbm90IGd1ZXNz")}))
	}
	f.Add([]byte(webhookBody), webhookV1+" "+webhookV1a, "1614265330")
	f.Add([]byte("{}"), "t=1,v1=", "")
	f.Add([]byte("{}"), "v1=", "")
	f.Add([]byte("{}"), "sha256=zz", "\xff")
	f.Fuzz(func(t *testing.T, body []byte, credential, timestamp string) {
		for _, p := range all {
			header := http.Header{}
			for _, name := range credentialHeaders(p) {
				header[name] = []string{credential}
			}
			if p.stamp != nil {
				header[p.stamp.headers[0]] = []string{timestamp}
			}
			for _, name := range p.idHeaders {
				header[name] = []string{"msg_1"}
			}
			if proof, err := p.Verify(Request{Header: header, Body: body, ReceivedAt: noon}); err == nil {
				t.Fatalf("%s accepted %q: %+v", p.Type(), credential, proof)
			}
		}
	})
}

// FuzzPath: a path that passes the check makes nothing panic, and finds what
// gjson finds, whichever of the two resolves it.
func FuzzPath(f *testing.F) {
	for _, path := range []string{"a.b", `a.#(b=="x").c`, "a.#|0", `a\.b`, "*", "#.#"} {
		f.Add(path, `{"a":[{"b":"x"}]}`)
	}
	for _, doc := range []string{
		`{"a":{"b":1}}`, ` { "\u0061" : { "b" : "\u0062" } } `, `{"a":"{\"b\":1}","b":2}`, `{"a":[["b",1]],"a.b":3}`,
		`{"a":null}`, `{"a":{"":{"b":1},"b":{}}}`, `{"":{"b":1}}`, `{"b":{"a":{"b":4}},"a":[{"b":[true]}]}`,
	} {
		for _, path := range []string{"a.b", "a", "b", "a.b.b", "a.0.b", `a\.b`} {
			f.Add(path, doc)
		}
	}
	f.Fuzz(func(t *testing.T, path, doc string) {
		if checkPath(path) != nil || checkJSON([]byte(doc)) != nil {
			return
		}
		var d tree
		d.reset(doc)
		if !d.isObject(root) {
			return
		}
		compiled := newPath(path)
		got, want := d.lookup(root, compiled), value{}
		if found := gjson.Get(doc, path); found.Exists() {
			want = valueOf(found.Raw)
		}
		if again := d.lookup(root, compiled); got != want || again != want {
			t.Fatalf("%s of %s is %+v, then %+v, want %+v", path, doc, got, again, want)
		}
	})
}

// FuzzHandshake: whatever a stranger asks, what is echoed is what was asked, in
// one JSON object or one plain header.
func FuzzHandshake(f *testing.F) {
	p := mannered(f, everyHandshake)
	f.Add([]byte(`{"kind":"hello","meta":{"test":true,"word":"w"}}`), "abc", "https://x.example.com/?key=k")
	f.Add([]byte(`{"kind":7,"meta":{"test":true,"word":"\u0000<\ud83d\ude00"}}`), "\xff\r\n", "")
	f.Fuzz(func(t *testing.T, body []byte, challenge, callback string) {
		r := Request{Body: body, Header: http.Header{"X-Challenge": {challenge}, requestOrigin: {challenge}, requestCallback: {callback}}}
		for method, member := range map[string]string{http.MethodGet: "said", http.MethodPost: "word", http.MethodOptions: ""} {
			reply, ok := p.Handshake(method, r)
			if !ok {
				continue
			}
			if reply.Status != http.StatusOK || len(reply.Body) > 6*maxChallenge+len(`{"said":""}`) || len(reply.Note) > 200 {
				t.Fatalf("%s is answered %+v", method, reply)
			}
			for _, value := range reply.Header {
				if strings.ContainsFunc(value, func(c rune) bool { return c <= ' ' || c > '~' }) {
					t.Fatalf("a header of %s is %q", method, value)
				}
			}
			if member == "" {
				continue
			}
			said := gjson.GetBytes(reply.Body, member)
			if checkJSON(reply.Body) != nil || said.Type != gjson.String || slices.ContainsFunc([]rune(said.Str), isControl) {
				t.Fatalf("%s is answered %s", method, reply.Body)
			}
			if want := gjson.GetBytes(body, "meta.word").Str; method == http.MethodGet && said.Str != challenge || method == http.MethodPost && said.Str != want {
				t.Fatalf("%s is answered %s", method, reply.Body)
			}
		}
	})
}

// FuzzScriptOutcome lets a script leave anything: all of it is taken, or one letter.
func FuzzScriptOutcome(f *testing.F) {
	f.Add([]byte(`{"result":{"event":"user.created","data":{"id":"u1","email":null,"metadata":[1]}},"calls":[{"action":"user.ban","with":{"id":2,"event_id":"e"}},{"action":"chat.post","with":{}}]}`))
	f.Add([]byte(`{"result":[],"calls":[{"action":"","with":null}]}`))
	f.Add([]byte(`{"result":{"event":{},"data":"\ud800"}}`))
	f.Fuzz(func(t *testing.T, left []byte) {
		p := scriptProvider(t, scriptSecret, scriptSettings(&stage{plays: string(left)}))
		r, proof := sent(t, p, `{"id":"u1"}`, http.Header{})
		d := p.Decode(r, proof)
		if taken := len(d.Commands) + len(d.Messages) + d.Ignored; (taken > 0) == (len(d.Letters) > 0) || len(d.Letters) > 1 {
			t.Errorf("%d taken and %d letters", taken, len(d.Letters))
		}
		for _, c := range d.Commands {
			if c.UserID == "" || c.EventID == "" || c.OccurredAt == 0 {
				t.Errorf("a command without its ids or time: %+v", c)
			}
		}
	})
}
