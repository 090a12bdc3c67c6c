package providers

import (
	"encoding/hex"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	usersync "usersync/sync"
)

// Every file of testdata/bad has one fault, which its first line tells.
func TestBadDefinitions(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("there are none")
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			data := readFile(t, file)
			first, _, _ := strings.Cut(string(data), "\n")
			want := strings.TrimPrefix(first, "# ")
			_, err := compile(filepath.Base(file), data)
			if err == nil {
				t.Fatal("accepted")
			}
			if got := err.Error(); got != want {
				t.Errorf("the faults are\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestAllFaultsOfADefinitionAreReportedAtOnce(t *testing.T) {
	t.Parallel()
	_, err := compile("x.yaml", []byte("verify: [{hmac: {header: ''}}]\nunpack: ''\nevent: 1\nuser: {at: [], fields: [], access: 1}\nsamples: {a: {body: 1}}\nmore: 1\n"))
	for _, want := range []string{
		`x.yaml:1: hmac.header: "" is no header name`,
		`x.yaml:2: unpack: "" is none of json, cloudevents, jwt`,
		`x.yaml:3: event: expected a mapping (key: value)`,
		`x.yaml:4: user.at: the list is empty`,
		`x.yaml:4: user.fields: expected a mapping (key: value)`,
		`x.yaml:4: user.access: expected a mapping (key: value)`,
		`x.yaml:5: samples.a.body: expected a text`,
		`x.yaml:6: definition: unknown key "more"; the keys are about, api, event, extends, fetch, handshake, list, redact, reply, samples, script, unpack, user, variants, verify, webhooks, write`,
	} {
		if !strings.Contains(err.Error()+"\n", want+"\n") {
			t.Errorf("%s\nis not among\n%v", want, err)
		}
	}
}

// custom compiles a definition of its own from its parts.
func custom(t testing.TB, verify, event, user string, s Settings) *Provider {
	t.Helper()
	p, err := newProvider("custom", customDefinition(t, verify, event, user), s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func customDefinition(t testing.TB, verify, event, user string) *definition {
	t.Helper()
	def, err := compile("custom.yaml", []byte("verify: "+verify+"\nunpack: json\nevent: "+event+"\nuser: "+user+"\nsamples: {a: {body: '{}'}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	return def
}

const plainEvent = `{id: {hash: body}, type: event, time: {time: {path: at, unit: s}}, user: id, types: {up: user.updated, ban: user.banned, "b*": {kind: user.updated, access: banned}}}`

func TestNamedBlocks(t *testing.T) {
	t.Parallel()
	p := custom(t, "{secret: {header: X}}", plainEvent, `
  fields:
    email_verified: {equals: {path: state, value: ok}}
    username: {in: {path: [nick, login], values: [root, 7, null, true]}, when: {kind: user.banned}}
    name: {concat: [{const: Dr.}, last]}
    phone: {const: null}
    avatar_url: {path: [a, {path: b, when: {fields: {c: [1, yes]}}}]}
    tenant_id: {path: t, when: {type: [x, "u*"], fields: {c: 1}}}
    metadata: {equals: {path: state, value: ok}}
    last_sign_in_at: {time: {path: [seen, never], unit: ms}}
    suspended_until: {event: time, when: {kind: [user.banned]}}
    provider_created_at: {time: {path: made}}
  access: [{path: {equals: {path: off_at, value: null}}, banned: false, unbanned: true}]
  life: [{path: gone, alive: [no, "no"], deleted: [yes, "yes"]}, {path: alive, alive: true}]
`, Settings{Auth: "none"})
	text := usersync.TextValue
	at := usersync.MicrosOf(noon)
	for body, want := range map[string]func(c *usersync.Command) bool{
		`"state":"ok"`: func(c *usersync.Command) bool {
			d, _ := c.Fields[usersync.FieldMetadata].Document()
			return c.Fields[usersync.FieldEmailVerified].True() && d == "true"
		},
		`"state":null`: func(c *usersync.Command) bool {
			d, _ := c.Fields[usersync.FieldMetadata].Document()
			return c.Fields[usersync.FieldEmailVerified] == usersync.BoolValue(false) && d == "false"
		},
		`"x":0`: func(c *usersync.Command) bool {
			return !c.Fields[usersync.FieldEmailVerified].Present() && c.Fields[usersync.FieldPhone] == usersync.NullValue() && !c.Fields[usersync.FieldName].Present()
		},
		`"last":"No"`:             func(c *usersync.Command) bool { return c.Fields[usersync.FieldName] == text("Dr.No") },
		`"a":"1","b":"2"`:         func(c *usersync.Command) bool { return c.Fields[usersync.FieldAvatarURL] == text("1") },
		`"b":"2","c":1`:           func(c *usersync.Command) bool { return c.Fields[usersync.FieldAvatarURL] == text("2") },
		`"b":"2","c":"1"`:         func(c *usersync.Command) bool { return !c.Fields[usersync.FieldAvatarURL].Present() },
		`"t":"T","c":1`:           func(c *usersync.Command) bool { return c.Fields[usersync.FieldTenantID] == text("T") },
		`"seen":1768478400000`:    func(c *usersync.Command) bool { return c.Fields[usersync.FieldLastSignInAt] == usersync.TimeValue(at) },
		`"never":"1768478400000"`: func(c *usersync.Command) bool { return c.Fields[usersync.FieldLastSignInAt] == usersync.TimeValue(at) },
		`"made":"2026-01-15T12:00:00Z"`: func(c *usersync.Command) bool {
			return c.Fields[usersync.FieldProviderCreatedAt] == usersync.TimeValue(at)
		},
		`"off_at":null`:         func(c *usersync.Command) bool { return c.Access == usersync.AccessUnbanned },
		`"off_at":"x"`:          func(c *usersync.Command) bool { return c.Access == usersync.AccessBanned },
		`"gone":"yes"`:          func(c *usersync.Command) bool { return c.Life == usersync.LifeDeleted },
		`"gone":"no"`:           func(c *usersync.Command) bool { return c.Life == usersync.LifeAlive },
		`"gone":1,"alive":true`: func(c *usersync.Command) bool { return c.Life == usersync.LifeUnsaid },
		`"alive":true`:          func(c *usersync.Command) bool { return c.Life == usersync.LifeAlive },
	} {
		c := one(t, decode(p, `{"event":"up","id":"u","at":1768478400,`+body+`}`))
		if !want(&c) || c.OccurredAt != at || c.Fields[usersync.FieldUsername].Present() || c.Fields[usersync.FieldSuspendedUntil].Present() {
			t.Errorf("%s gives %s", body, indent(showDelivery(&usersync.Delivery{Commands: []usersync.Command{c}})))
		}
	}
	if c := one(t, decode(p, `{"event":"bx","id":"u","at":1768478400}`)); c.Access != usersync.AccessBanned || c.Kind != usersync.KindUpdated {
		t.Errorf("an event type that means banned gives %d", c.Access)
	}
	if got := reason(t, decode(p, `{"event":"ban","id":"u","at":1768478400,"nick":"root"}`)); got != badField {
		t.Errorf("a boolean for a text column: %s", got)
	}
	for _, body := range []string{`"seen":true`, `"made":5`, `"made":"x"`} {
		if got := reason(t, decode(p, `{"event":"up","id":"u","at":1768478400,`+body+`}`)); got != badTime {
			t.Errorf("%s: %s", body, got)
		}
	}
}

func TestSecretForms(t *testing.T) {
	t.Parallel()
	for form, want := range map[string]string{
		"{secret: {header: x-key}}": "user:pässword",
		"{secret: {bearer: true}}":  "Bearer user:pässword",
		"{secret: {basic: true}}":   "Basic dXNlcjpww6Rzc3dvcmQ=", // printf user:pässword | base64
	} {
		p := custom(t, form, plainEvent, "{}", Settings{Secrets: texts("user:pässword", "other")})
		header := http.Header{}
		if err := p.Sign(header, nil, noon); err != nil {
			t.Fatal(err)
		}
		name := credentialHeaders(p)[0]
		if got := header.Get(name); got != want {
			t.Errorf("%s is written as %q", form, got)
		}
		if proof, err := p.Verify(Request{Header: header}); err != nil || !proof.Headers || len(proof.Fingerprint) != 8 {
			t.Errorf("%s: %+v, %v", form, proof, err)
		}
		for _, wrong := range []string{"", "Bearer", "Bearer ", "Basic !", "Basic dXNlcjpw", "Bearer x", "Digest x", want + " ", want[1:]} {
			_, err := p.Verify(Request{Header: http.Header{name: {wrong}}})
			if err == nil {
				t.Errorf("%s accepted %q", form, wrong)
			}
		}
	}
	p := custom(t, "{secret: {bearer: true}}", plainEvent, "{}", Settings{Secrets: texts("tok")})
	for _, written := range []string{"bearer tok", "BEARER  tok"} {
		if _, err := p.Verify(Request{Header: http.Header{"Authorization": {written}}}); err != nil {
			t.Errorf("%q: %v", written, err)
		}
	}
}

// The values are those of the usual formula, timestamp.body, made
// with openssl dgst -hmac.
func TestTimestampUnitsAndAlgorithms(t *testing.T) {
	t.Parallel()
	for verify, want := range map[string]struct{ timestamp, signature string }{
		`{hmac: {header: S, content: "{timestamp}.{body}", timestamp: {header: T, format: s}}}`:                        {"1705320000", "7b8225b28f12298f4c6eed37e41ae56070fbc516053798586800ca63169dcdd5"},
		`{hmac: {header: S, algorithm: sha512, content: "v0:{timestamp}:{body}", timestamp: {header: T, format: ms}}}`: {"1705320000000", "c0a950a48a312443c4e46d91acc787a6ec9bb935f37a70becac0fe5747af9bf8da4ba560f7e3205870380ffe2f3d8911b3ed8bcf5044ec8f49cbd89cee9f85b5"},
	} {
		p := custom(t, verify, plainEvent, "{}", Settings{Secrets: texts("testSigningKey")})
		at := time.Unix(1705320000, 0)
		r := Request{Header: http.Header{}, Body: []byte("test"), ReceivedAt: at}
		if err := p.Sign(r.Header, r.Body, at); err != nil {
			t.Fatal(err)
		}
		if got := r.Header; got.Get("S") != want.signature || got.Get("T") != want.timestamp {
			t.Errorf("signed as %v", got)
		}
		if _, err := p.Verify(r); err != nil {
			t.Error(err)
		}
	}
}

// The value is openssl dgst -sha512 -hmac s -binary of {}, in base64.
func TestBase64OfEveryLength(t *testing.T) {
	t.Parallel()
	p := custom(t, `{hmac: {header: S, algorithm: sha512, encoding: base64}}`, plainEvent, "{}", Settings{Secrets: texts("s")})
	const signature = "FjrXbDtBhrlbP92WNYRa/Czqtv8O06NAddNXXrEJ75qPUIlvGHjnymwEz12vMcURFL84CnUXwnNphF+YMa6C9w"
	for written, want := range map[string]string{
		signature + "==": "", signature: "",
		signature + "=": ReasonMalformed, signature + "===": ReasonMalformed, signature + "==\n": ReasonMalformed, signature[1:] + "==": ReasonMalformed,
	} {
		r := Request{Header: http.Header{"S": {written}}, Body: []byte("{}"), ReceivedAt: noon}
		if want != "" {
			recording{typ: "custom"}.refuses(t, p, written, r, want)
		} else if _, err := p.Verify(r); err != nil {
			t.Errorf("%s: %v", written, err)
		}
	}
}

func TestASampleOfASignedTimeIsFoundByKind(t *testing.T) {
	t.Parallel()
	def, err := compile("custom.yaml", []byte(`
verify: {hmac: {header: S, content: "{timestamp}.{body}", timestamp: {header: T, format: s}}}
unpack: json
event: {id: {hash: body}, type: event, time: {signed: timestamp}, user: id, types: {left: user.deleted}}
user: {}
samples: {left: {body: '{"event":"left","id":"{user_id}"}'}}
`))
	if err != nil {
		t.Fatal(err)
	}
	p, err := newProvider("custom", def, Settings{Secrets: texts("s")})
	if err != nil {
		t.Fatal(err)
	}
	if c := one(t, acceptSample(t, p, "user.deleted", Sample{UserID: "u", Time: noon})); c.OccurredAt != usersync.MicrosOf(noon) {
		t.Errorf("%+v", c)
	}
}

func TestAnUnreadableSignedTimestampIsMalformed(t *testing.T) {
	t.Parallel()
	p := mustNew(t, "authon", Settings{Type: "authon", Secrets: texts("s")})
	h := p.checks[0].scheme.(hmacScheme)
	for timestamp, want := range map[string]string{"noon": ReasonMalformed, "": ReasonMalformed, "0001-01-01T00:00:00Z": ReasonTooOld, "9999-01-01T00:00:00Z": ReasonTooNew} {
		r := Request{Header: http.Header{"X-Authon-Timestamp": {timestamp}}, Body: []byte("{}"), ReceivedAt: noon}
		signature := h.sum(p.checks[0].keys[0], timestamp, r.Body)
		r.Header.Set("X-Authon-Signature", "v1="+hex.EncodeToString(signature))
		recording{typ: "authon"}.refuses(t, p, timestamp, r, want)
	}
}

func TestUnknownDefinition(t *testing.T) {
	t.Parallel()
	if _, err := loadDefinition("nobody"); err == nil {
		t.Error("found")
	}
}
