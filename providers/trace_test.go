package providers

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Every recorded request is traced to the delivery that Decode gives, and the
// trace shows no secret.
func TestTracesOfRecordedRequests(t *testing.T) {
	t.Parallel()
	for _, typ := range Types() {
		for _, rec := range recordings(t, typ) {
			t.Run(typ+"/"+rec.name(), func(t *testing.T) {
				t.Parallel()
				settings := rec.settings(t)
				p := mustNew(t, typ, settings)
				trace := p.Trace(rec.request)
				if trace.Rejected != "" {
					t.Fatal(trace.Rejected)
				}
				proof, err := p.Verify(rec.request)
				if err != nil {
					t.Fatal(err)
				}
				if got, want := string(indent(showDelivery(trace.Delivery))), string(indent(showDelivery(p.Decode(rec.request, proof)))); got != want {
					t.Errorf("the trace gives\n%s\nwant\n%s", got, want)
				}
				shown, err := json.Marshal(trace)
				if err != nil {
					t.Fatal(err)
				}
				for _, secret := range append(settings.Secrets, settings.Bearer...) {
					if strings.Contains(string(shown), secret.Reveal()) {
						t.Errorf("a secret is shown: %s", shown)
					}
				}
			})
		}
	}
}

// steps writes a trace as lines.
func steps(trace *Trace) string {
	var lines strings.Builder
	for _, s := range trace.Steps {
		lines.WriteString(strings.TrimRight(strings.Join([]string{s.What, s.From, s.Found, string(s.Value), s.Note}, " | "), " |") + "\n")
	}
	return lines.String()
}

func TestATraceSaysWhatStandsInstead(t *testing.T) {
	t.Parallel()
	p := custom(t, "{hmac: {header: X-Sig, content: \"{timestamp}.{body}\", timestamp: {header: X-At, format: s}}}", `{id: [nr, {concat: [a.b, c]}, {hash: body}], type: [kind, event], time: [{signed: timestamp}, {time: {path: at, unit: s}}], user: [who.id, id], types: {"up*": user.updated}}`, `
  at: data.user
  fields:
    name: [full.name, {concat: [first, last]}]
    phone: {path: tel, when: {kind: user.banned}}
    last_sign_in_at: {time: {path: seen, unit: s}}
  access: {path: off, banned: true}
`, Settings{Auth: "none"})
	trace := p.Trace(Request{Header: http.Header{}, ReceivedAt: noon, Body: []byte(`{"event":"upped","id":"u","a":{"b":1},"at":1768478400,"data":{"user":{"full":"Ann","first":"A","tel":"1","seen":true}}}`)})
	want := `event.type | kind | absent |  | the event has the members event, id, a, at, data
event.type | event | a text | "upped"
event.types | upped | a text | "user.updated" | by "up*"
event.id | nr | absent |  | the event has the members event, id, a, at, data
event.id | a.b, c | absent |  | the event has the members event, id, a, at, data
event.id | the bytes of the event | a text | "`
	got := steps(trace)
	if !strings.HasPrefix(got, want) {
		t.Errorf("the trace is\n%s\nwant\n%s", got, want)
	}
	for _, line := range []string{
		`event.user | who.id | absent |  | the event has the members event, id, a, at, data`,
		`event.user | id | a text | "u"`,
		`event.time | signed | absent |  | the request has no signed timestamp`,
		`user.fields.name | full.name | absent |  | full is a text`,
		`user.fields.name | first, last | absent |  | the object of user.at has the members full, first, tel, seen`,
		`user.fields.phone | tel | absent |  | its when does not hold`,
		`user.fields.last_sign_in_at | seen | not readable |  | it is a boolean, not a time (s)`,
	} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("%s\nis not in\n%s", line, got)
		}
	}
	if len(trace.Delivery.Letters) != 1 || trace.Delivery.Letters[0].Reason != badTime {
		t.Errorf("%+v", trace.Delivery)
	}
}

// A flag's value that nothing lists is the silent kind of fault: the row stays as it was.
func TestATraceTellsWhatFlagsMean(t *testing.T) {
	t.Parallel()
	p := custom(t, "{secret: {header: X}}", plainEvent, `
  access: [{path: flag, banned: [true, 1, "off"], unbanned: "false"}, {until: end}]
  life: {path: life, deleted: gone, alive: null}
`, Settings{Auth: "none"})
	for body, want := range map[string][]string{
		`"flag":true`:    {`user.access | flag | a boolean | true | banned`},
		`"flag":"false"`: {`user.access | flag | a text | "false" | unbanned`},
		`"flag":"true"`:  {`user.access | flag | a text | "true" | it is not listed: it says nothing; true is listed, which is a boolean`},
		`"flag":"1"`:     {`user.access | flag | a text | "1" | it is not listed: it says nothing; 1 is listed, which is a number`},
		`"flag":false`:   {`user.access | flag | a boolean | false | it is not listed: it says nothing; "false" is listed, which is a text`},
		`"flag":"other"`: {`user.access | flag | a text | "other" | it is not listed: it says nothing`},
		`"flag":{"a":1}`: {`user.access | flag | an object or array | {"a":1} | it is not listed: it says nothing`},
		`"end":null`:     {`user.access | end | null | null | the suspension is over`},
		`"end":""`:       {`user.access | end | a text | "" | user.access.until: it is an empty text, not a time (rfc3339)`},
		`"end":"2027-01-01T00:00:00Z","life":"gone"`: {
			`user.access | end | a text | "2027-01-01T00:00:00Z" | banned until then`,
			`user.life | life | a text | "gone" | deleted`,
		},
		`"life":null`:   {`user.life | life | null | null | alive`},
		`"life":"null"`: {`user.life | life | a text | "null" | it is not listed: it says nothing`},
	} {
		got := steps(p.Trace(Request{Header: http.Header{}, ReceivedAt: noon, Body: []byte(`{"event":"up","id":"u","at":1768478400,` + body + `}`)}))
		for _, line := range want {
			if !strings.Contains(got, line+"\n") {
				t.Errorf("%s: %s\nis not in\n%s", body, line, got)
			}
		}
	}
}

func TestATraceOfWhatIsRefused(t *testing.T) {
	t.Parallel()
	p := mustNew(t, "authon", Settings{Type: "authon", Secrets: texts("right secret of authon")})
	header, body, err := mustNew(t, "authon", Settings{Type: "authon", Secrets: texts("wrong")}).Build("user.created", Sample{UserID: "u", Time: noon})
	if err != nil {
		t.Fatal(err)
	}
	trace := p.Trace(Request{Header: header, Body: body, ReceivedAt: noon})
	if c := trace.Checks[0]; c.Result != ReasonMismatch || !strings.Contains(c.Signed, `the timestamp "2026-01-15T12:00:00.000Z" of X-Authon-Timestamp, and a body of `) {
		t.Errorf("%+v", c)
	}
	if !strings.HasPrefix(trace.Rejected, ReasonMismatch) || len(trace.Delivery.Commands) != 1 {
		t.Errorf("it is %q, and gives %+v", trace.Rejected, trace.Delivery)
	}
	header.Del("X-Authon-Signature")
	if c := p.Trace(Request{Header: header, Body: body, ReceivedAt: noon}).Checks[0]; c.Result != ReasonMissing || !strings.HasSuffix(c.Detail, "the request has the headers Content-Type, X-Authon-Timestamp") {
		t.Errorf("%+v", c)
	}
	if c := p.Trace(Request{Header: header, Body: body, ReceivedAt: noon.Add(time.Hour)}).Checks; len(c) != 1 {
		t.Errorf("%+v", c)
	}
	unchecked := mustNew(t, "authpi", Settings{Type: "authpi", Bearer: texts("token of authpi")}).Trace(Request{Header: http.Header{}, ReceivedAt: noon})
	results := ""
	for _, c := range unchecked.Checks {
		results += c.Result + " "
	}
	if results != "not checked missing " && results != "missing not checked " {
		t.Errorf("%s: %+v", results, unchecked.Checks)
	}
}

// Seconds that are read as milliseconds are a time, too: one of 1970.
func TestATraceTellsOfATimestampInAnotherFormat(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ format, text, want string }{
		{"ms", "1768478400", " (which is a time as format: s, and here it is ms), and"},
		{"s", "1768478400000", " (which is a time as format: ms, and here it is s), and"},
		{"rfc3339", "1768478400", " (which is a time as format: s, and here it is rfc3339), and"},
		{"s", "2026-01-15T12:00:00Z", " (which is a time as format: rfc3339, and here it is s), and"},
		{"ms", "1768478400000", " of X-Sig, and"},
		{"ms", "1710000000000", " of X-Sig, and"}, // recorded long ago
		{"ms", "soon", " of X-Sig, and"},
	} {
		p := custom(t, "{hmac: {header: X-Sig, content: \"{timestamp}.{body}\", fields: {timestamp: t, signature: v1}, timestamp: {format: "+c.format+", tolerance: 5m}}}", plainEvent, "{}", Settings{Auth: "none"})
		got := p.Trace(Request{Header: http.Header{"X-Sig": {"t=" + c.text + ",v1=00"}}, ReceivedAt: noon, Body: []byte("{}")}).Checks[0].Signed
		if !strings.Contains(got, strconv.Quote(c.text)+" of X-Sig") || !strings.Contains(got, c.want) {
			t.Errorf("%s as %s: %s", c.text, c.format, got)
		}
	}
}

// A request without headers has none to show.
func TestTraceOfARequestWithoutHeaders(t *testing.T) {
	t.Parallel()
	p := mustNew(t, "authpi", Settings{Type: "authpi", Bearer: texts("token of authpi")})
	if c := p.Trace(Request{Body: []byte("{}")}).Checks[1]; !strings.HasSuffix(c.Detail, "; the request has no headers") {
		t.Errorf("%+v", c)
	}
}

// What stands in a body in place of the array of events is told.
func TestTraceOfABodyWithoutItsEvents(t *testing.T) {
	t.Parallel()
	def, err := compile("acme.yaml", []byte(`
verify: [{hmac: {header: X-Sig}}]
unpack: {format: json, split: data.events}
event: {type: type, id: id, time: at, user: user, types: {made: user.created}}
user: {}
samples: {made: {body: '{}'}}
`))
	if err != nil {
		t.Fatal(err)
	}
	p, err := newProvider("acme", def, Settings{Auth: "none"})
	if err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]string{
		` {"events":[],"more":1}`:  "unpack.split | data.events | no array |  | the body has the members events, more\n",
		`{"data":{"event":[]}}`:    "unpack.split | data.events | no array |  | data has the members event\n",
		`{"data":{"events":"no"}}`: "unpack.split | data.events | no array |  | data.events is a text\n",
		`{"data":{"events":[{}]}}`: "event.type | type | absent |  | the event has the members (none)\n",
		`{"data":{"events":[]}}`:   "",
		`{"data":`:                 "",
	} {
		if got := steps(p.Trace(Request{Header: http.Header{}, ReceivedAt: noon, Body: []byte(body)})); got != want {
			t.Errorf("%s: the steps are\n%s\nwant\n%s", body, got, want)
		}
	}
}

// Tokens are told of like signatures, with or without the keys that verify them.
func TestATraceOfTokens(t *testing.T) {
	t.Parallel()
	for verify, want := range map[string]CheckStep{
		"{jwt: {in: bearer, algorithms: [RS256, ES256], jwks: /k, audience: us}}": {
			Scheme: "jwt RS256 or ES256, in the header Authorization, after Bearer", Signed: "the token's claims",
			Result: notChecked, Detail: "its public keys are those of a configured provider: --provider asks for them",
		},
		"{jwt: {in: {header: X-Token}, algorithms: [HS256], body_hash: {claim: sum, encoding: hex}}}": {
			Scheme: "jwt HS256, in the header X-Token", Signed: "the token's claims, and by its sum a body of 2 bytes",
			Result: notChecked, Detail: "no credential of secrets was given",
		},
	} {
		p := custom(t, verify, plainEvent, "{}", Settings{Auth: "none"})
		trace := p.Trace(Request{Header: http.Header{}, Body: []byte("{}"), ReceivedAt: time.Now()})
		if len(trace.Checks) != 1 || trace.Checks[0] != want {
			t.Errorf("%+v", trace.Checks)
		}
	}
}
