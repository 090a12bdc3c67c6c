package providers

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
	"go.yaml.in/yaml/v3"
)

// mannered compiles a definition that has more parts than custom's.
func mannered(t testing.TB, parts string) *Provider {
	t.Helper()
	def, err := compile("custom.yaml", []byte(parts+"\nverify: [{secret: {header: X}}]\nunpack: json\nevent: "+plainEvent+"\nuser: {}\nsamples: {a: {body: '{}'}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := newProvider("custom", def, Settings{Auth: "none"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// vector is a handshake and its answer, as a specification or a sender shows it.
type vector struct {
	Request struct {
		Method  string            `json:"method"`
		Headers map[string]string `json:"headers"`
		Body    json.RawMessage   `json:"body"`
	} `json:"request"`
	Response struct {
		Status      int               `json:"status"`
		ContentType string            `json:"content_type"`
		Headers     map[string]string `json:"headers"`
		Body        json.RawMessage   `json:"body"`
	} `json:"response"`
}

func (v vector) request() Request {
	r := Request{Header: http.Header{}, Body: v.Request.Body, ReceivedAt: noon}
	for name, value := range v.Request.Headers {
		r.Header.Set(name, value)
	}
	return r
}

// vectors are the handshakes that an answer alone can end.
func vectors(t *testing.T) map[string]vector {
	t.Helper()
	all := map[string]json.RawMessage{}
	for name, v := range gjson.ParseBytes(readFile(t, "testdata/vectors/handshakes.json")).Map() {
		if v.Get("response").IsObject() {
			all[name] = json.RawMessage(v.Raw)
		}
	}
	all["webhook_handshake"] = json.RawMessage(gjson.GetBytes(readFile(t, "testdata/vectors/cloudevents-http.json"), "webhook_handshake").Raw)
	read := map[string]vector{}
	for name, raw := range all {
		var v vector
		if err := json.Unmarshal(raw, &v); err != nil {
			t.Fatal(err)
		}
		read[name] = v
	}
	return read
}

func TestHandshakeVectors(t *testing.T) {
	t.Parallel()
	var parts map[string]any
	if err := yaml.Unmarshal(readFile(t, "testdata/vectors/handshakes.yaml"), &parts); err != nil {
		t.Fatal(err)
	}
	all := vectors(t)
	if names := slices.Sorted(maps.Keys(parts)); !slices.Equal(names, slices.Sorted(maps.Keys(all))) || len(names) != 3 {
		t.Fatalf("there are parts for %v, and vectors for %v", names, slices.Sorted(maps.Keys(all)))
	}
	for name, v := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			written, err := yaml.Marshal(map[string]any{"handshake": parts[name]})
			if err != nil {
				t.Fatal(err)
			}
			p := mannered(t, string(written))
			if !slices.Contains(p.Methods(), v.Request.Method) || !slices.Contains(p.Methods(), http.MethodPost) {
				t.Errorf("the methods are %v", p.Methods())
			}
			reply, ok := p.Handshake(v.Request.Method, v.request())
			if !ok {
				t.Fatal("it is no handshake")
			}
			v.checkReply(t, reply)
			for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodOptions, http.MethodPut} {
				if _, ok := p.Handshake(method, v.request()); ok != (method == v.Request.Method) {
					t.Errorf("by %s it is a handshake: %v", method, ok)
				}
			}
			if _, ok := p.Handshake(v.Request.Method, Request{Header: http.Header{}, Body: []byte(`{}`)}); ok {
				t.Error("a request without what makes it one is a handshake")
			}
		})
	}
}

func (v vector) checkReply(t *testing.T, reply Reply) {
	t.Helper()
	var got, want bytes.Buffer
	if len(v.Response.Body) > 0 {
		if json.Compact(&want, v.Response.Body) != nil || json.Compact(&got, reply.Body) != nil || got.String() != want.String() {
			t.Errorf("the body is %s, want %s", &got, &want)
		}
		if reply.ContentType != jsonType || v.Response.ContentType != "" && reply.ContentType != v.Response.ContentType {
			t.Errorf("the content type is %s", reply.ContentType)
		}
	} else if len(reply.Body) > 0 {
		t.Errorf("the body is %s", reply.Body)
	}
	if reply.Status != v.Response.Status || !maps.Equal(reply.Header, v.Response.Headers) {
		t.Errorf("%d %v, want %d %v", reply.Status, reply.Header, v.Response.Status, v.Response.Headers)
	}
}

const everyHandshake = `handshake:
  - challenge: {method: GET, header: x-challenge, answer: said}
  - challenge: {method: GET, header: x-other, answer: other}
  - challenge: {type: {kind: [hello, 7], meta.test: true}, take: meta.word, answer: word}
  - options: true
`

// What a stranger can make of a challenge.
func TestWhatIsEchoedIsBounded(t *testing.T) {
	t.Parallel()
	p := mannered(t, everyHandshake)
	for challenge, want := range map[string]string{
		"abc":                                 `{"said":"abc"}`,
		`"}, {"`:                              `{"said":"\"}, {\""}`,
		"<script>&":                           `{"said":"\u003cscript\u003e\u0026"}`,
		"größe":                               `{"said":"größe"}`,
		strings.Repeat("x", maxChallenge):     `{"said":"` + strings.Repeat("x", maxChallenge) + `"}`,
		"":                                    "",
		strings.Repeat("x", maxChallenge+1):   "",
		"a\r\nSet-Cookie: b":                  "",
		"a\x00":                               "",
		"a\u0085":                             "",
		"\xff":                                "",
		"\x7f":                                "",
		strings.Repeat("ü", maxChallenge/2):   `{"said":"` + strings.Repeat("ü", maxChallenge/2) + `"}`,
		strings.Repeat("ü", maxChallenge):     "",
		"https://internal.example.com/?a=b c": `{"said":"https://internal.example.com/?a=b c"}`,
	} {
		reply, ok := p.Handshake(http.MethodGet, Request{Header: http.Header{"X-Challenge": {challenge}}})
		if ok != (want != "") || string(reply.Body) != want {
			t.Errorf("%q is answered %v %s", challenge, ok, reply.Body)
		}
		quoted, err := json.Marshal(challenge)
		if err != nil {
			t.Fatal(err)
		}
		body := `{"kind":"hello","meta":{"test":true,"word":` + string(quoted) + `}}`
		if challenge == "\xff" {
			body = "{\"kind\":\"hello\",\"meta\":{\"test\":true,\"word\":\"\xff\"}}"
		}
		reply, ok = p.Handshake(http.MethodPost, Request{Body: []byte(body)})
		if ok != (want != "") || string(reply.Body) != strings.Replace(want, "said", "word", 1) {
			t.Errorf("%s is answered %v %s", body, ok, reply.Body)
		}
	}
	if reply, ok := p.Handshake(http.MethodGet, Request{Header: http.Header{"X-Challenge": {"a", "b"}, "X-Other": {"c"}}}); !ok || string(reply.Body) != `{"other":"c"}` {
		t.Errorf("a doubled challenge is answered %s", reply.Body)
	}
}

// A delivery that only resembles a challenge is a delivery.
func TestBodiesThatAreNoChallenge(t *testing.T) {
	t.Parallel()
	p := mannered(t, everyHandshake)
	for body, want := range map[string]bool{
		`{"kind":"hello","meta":{"test":true,"word":"w"}}`:               true,
		`{"kind":7,"meta":{"test":true,"word":"w"}}`:                     true,
		`{"kind":"7","meta":{"test":true,"word":"w"}}`:                   false,
		`{"kind":"hello","meta":{"word":"w"}}`:                           false,
		`{"kind":"hello","meta":{"test":"true","word":"w"}}`:             false,
		`{"meta":{"test":true,"word":"w"}}`:                              false,
		`{"kind":"hello","meta":{"test":true}}`:                          false,
		`{"kind":"hello","meta":{"test":true,"word":null}}`:              false,
		`{"kind":"hello","meta":{"test":true,"word":1}}`:                 false,
		`{"kind":"hello","meta":{"test":true,"word":{"w":1}}}`:           false,
		`{"kind":"hello","meta":{"test":true,"word":"\ud800"}}`:          false,
		`{"kind":"hello","kind":"x","meta":{"test":true,"word":"w"}}`:    false,
		`[{"kind":"hello","meta":{"test":true,"word":"w"}}]`:             false,
		`"{\"kind\":\"hello\",\"meta\":{\"test\":true,\"word\":\"w\"}}"`: false,
		`{"kind":"hello","meta":{"test":true,"word":"w"}} {}`:            false,
		``: false, `{`: false, `null`: false,
	} {
		if reply, ok := p.Handshake(http.MethodPost, Request{Body: []byte(body)}); ok != want {
			t.Errorf("%s is answered %v %s", body, ok, reply.Body)
		}
	}
}

// A permission is for one DNS name; what else a request says is not obeyed.
func TestPermission(t *testing.T) {
	t.Parallel()
	p := mannered(t, everyHandshake)
	ask := func(header http.Header) (Reply, bool) {
		return p.Handshake(http.MethodOptions, Request{Header: header})
	}
	for origin, want := range map[string]bool{
		"eventemitter.example.com": true, "*.example.com": true, "a": true, strings.Repeat("a", maxOrigin): true,
		"": false, strings.Repeat("a", maxOrigin+1): false, "a b": false, "a,b": false, "a\r\nb": false,
		"https://example.com": false, "é.example.com": false, "a;b": false, "<a>": false,
	} {
		if reply, ok := ask(http.Header{requestOrigin: {origin}}); ok != want || ok && (reply.Header[allowedOrigin] != origin || reply.Header[allowedRate] != "*" || reply.Note != "") {
			t.Errorf("%q is answered %v %+v", origin, ok, reply)
		}
	}
	if _, ok := ask(http.Header{requestOrigin: {"a", "a"}}); ok {
		t.Error("a doubled origin got the permission")
	}
	for callback, want := range map[string]string{
		"https://sender.example.com:8443/confirm?key=hush#hush": "the callback was not called: its host is sender.example.com",
		"https://hush:hush@sender.example.com/":                 "the callback was not called: its host is sender.example.com",
		"http://[::1]/hush":                                     "the callback was not called: its host is ::1",
		"https://" + strings.Repeat("a", 99) + "/":              "the callback was not called: its host is " + strings.Repeat("a", 80) + "…",
		"hush":             "the callback was not called",
		"https://%zz/hush": "the callback was not called",
	} {
		header := http.Header{requestOrigin: {"a"}, requestCallback: {callback}, "Webhook-Request-Rate": {"120"}}
		if reply, ok := ask(header); !ok || reply.Note != want {
			t.Errorf("%s: %v %q", callback, ok, reply.Note)
		}
	}
}

// A definition without handshakes takes deliveries and nothing else.
func TestWithoutHandshakes(t *testing.T) {
	t.Parallel()
	p := mannered(t, "")
	if got := p.Methods(); !slices.Equal(got, []string{http.MethodPost}) {
		t.Errorf("the methods are %v", got)
	}
	if got := mannered(t, everyHandshake).Methods(); !slices.Equal(got, []string{http.MethodGet, http.MethodOptions, http.MethodPost}) {
		t.Errorf("the methods are %v", got)
	}
	for name, v := range vectors(t) {
		if _, ok := p.Handshake(v.Request.Method, v.request()); ok {
			t.Errorf("%s is answered", name)
		}
	}
	if p.Reply() != nil {
		t.Errorf("the reply is %+v", p.Reply())
	}
}
