package providers

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	usersync "usersync/sync"
)

const secretive = "\nredact: [password, '*_token*', 'x*y*z']"

// everything is all that a delivery keeps or shows.
func everything(d *usersync.Delivery) string {
	var all strings.Builder
	fmt.Fprintf(&all, "%s %v\n", d.Verified.Body, d.Verified.Headers)
	for _, c := range d.Commands {
		fmt.Fprintf(&all, "%s %v %s %s\n", c.Payload, c.Headers, c.EventID, indent(showDelivery(&usersync.Delivery{Commands: []usersync.Command{c}})))
	}
	for _, l := range d.Letters {
		fmt.Fprintf(&all, "%s %v %s %s %s %s\n", l.Payload, l.Headers, l.Reason, l.Detail, l.EventID, l.UserID)
	}
	return all.String()
}

func TestFits(t *testing.T) {
	t.Parallel()
	for pattern, names := range map[string]struct{ yes, no []string }{
		"password":  {[]string{"password"}, []string{"", "Password", "password2", "a_password"}},
		"*_token*":  {[]string{"_token", "recovery_token", "token_token_current", "email_change_token_new"}, []string{"token", "_toke_n", ""}},
		"pass*":     {[]string{"pass", "password"}, []string{"apass", "pas"}},
		"*hash":     {[]string{"hash", "hashhash", "password_hash"}, []string{"hashes"}},
		"x*y*z":     {[]string{"xyz", "x1y2z", "xyyzz"}, []string{"xz", "yxz", "xzy", "xy"}},
		"a*a":       {[]string{"aa", "aba"}, []string{"a"}},
		"*a*b*a*":   {[]string{"aba", "xaxbxax"}, []string{"ab", "ba"}},
		"a**b":      {[]string{"ab", "axb"}, []string{"a"}},
		"schlüssel": {[]string{"schlüssel"}, []string{"schlussel"}},
	} {
		for _, name := range names.yes {
			if !fits(pattern, name) {
				t.Errorf("%s does not fit %q", pattern, name)
			}
		}
		for _, name := range names.no {
			if fits(pattern, name) {
				t.Errorf("%s fits %q", pattern, name)
			}
		}
	}
}

func TestRedactionLeavesTheRestAsItWas(t *testing.T) {
	t.Parallel()
	x := redaction{"s", "s_*"}
	for raw, want := range map[string]string{
		`{}`:                       `{}`,
		`{"s":1}`:                  `{}`,
		` { "s" : 1 } `:            ` {} `,
		`{"s":1,"a":2}`:            `{"a":2}`,
		`{"a":2,"s":1}`:            `{"a":2}`,
		`{"a":2 , "s" : 1 }`:       `{"a":2 }`,
		`{"s":1,"s_1":2,"a":3}`:    `{"a":3}`,
		`{"a":3,"s":1,"s_1":2}`:    `{"a":3}`,
		`{"s":1,"a":3,"s_1":2}`:    `{"a":3}`,
		`{"s":1,"s_1":{"s":[{}]}}`: `{}`,
		`[{"s":1},{"a":{"s":"}"},"b":["s","s_",{"\u0073":"\"s\":1"}]}]`: `[{},{"a":{},"b":["s","s_",{}]}]`,
		`{"a":"s","b":"\"s\":1","s_":"x"}`:                              `{"a":"s","b":"\"s\":1"}`,
		`{"S":1,"as":2,"":3}`:                                           `{"S":1,"as":2,"":3}`,
		`{"a\"":1,"s":{"x":"\\"},"b":1.50e+3}`:                          `{"a\"":1,"b":1.50e+3}`,
		`["s",{"b":null}]`:                                              `["s",{"b":null}]`,
	} {
		got := x.apply(raw)
		if got != want || checkJSON([]byte(got)) != nil || x.apply(got) != got {
			t.Errorf("%s became %s, want %s", raw, got, want)
		}
	}
}

// Nothing that must not be kept is kept, in whatever form it comes.
func TestRedaction(t *testing.T) {
	t.Parallel()
	const event = `"type":"t","at":"2026-01-15T12:00:00Z"`
	user := `,"user":"u"`
	profile := `,"email":"a@example.com","password":"SECRET","deep":[{"recovery_token":{"a":["SECRET"]},"tokens":1}],"\u0070assword":"SECRET","xyz":"SECRET"`
	profile = strings.Replace(profile, `"\u0070assword":"SECRET",`, `"more":{"\u0070assword":"SECRET"},`, 1)
	quoted := func(doc string) string { return string(appendString(nil, doc)) }
	fields := "{fields: {email: email, metadata: deep, phone: password}}"
	jwt := "e30." + base64.RawURLEncoding.EncodeToString([]byte("{"+event+user+profile+"}")) + ".c2ln"
	for name, c := range map[string]struct{ unpack, body, headers, want string }{
		"json":                    {"json", `{` + event + user + profile + `}`, "", "command"},
		"json, no user":           {"json", `{` + event + profile + `}`, "", noUserID},
		"json, ignored":           {"json", `{"type":"x"` + profile + `}`, "", "ignored"},
		"no JSON":                 {"json", `{` + event + user + profile + `}}`, "", badJSON},
		"a name twice":            {"json", `{` + event + user + `,"password":"SECRET","password":"SECRET"}`, "", badJSON},
		"text":                    {"json", `"SECRET"`, "", badJSON},
		"not UTF-8":               {"json", "{\"password\":\"SECRET\xff\"}", "", badJSON},
		"split":                   {"{format: json, split: events}", `{"password":"SECRET","events":[{` + event + user + profile + `}]}`, "", "command"},
		"split, no user":          {"{format: json, split: events}", `{"events":[{` + event + profile + `}]}`, "", noUserID},
		"split, a text":           {"{format: json, split: events}", `{"events":["SECRET"]}`, "", badJSON},
		"split, another place":    {"{format: json, split: events}", `{"data":[{` + event + user + profile + `}]}`, "", badEnvelope},
		"split, too many":         {"{format: json, split: events}", `{"events":[` + strings.Repeat(`{"password":"SECRET"},`, maxEvents) + `{}]}`, "", tooMany},
		"parse_json":              {"{format: json, parse_json: [data, data.inner]}", `{` + event + user + `,"data":` + quoted(`{"password":"SECRET","a":1,"inner":`+quoted(`[{"x_token":"SECRET"}]`)+`}`) + `}`, "", "command"},
		"parse_json, broken":      {"{format: json, parse_json: [data]}", `{` + event + user + `,"data":` + quoted(`{"password":"SECRET"`) + `}`, "", badJSON},
		"parse_json, broken list": {"{format: json, parse_json: [data]}", `{` + event + user + `,"data":"[SECRET"}`, "", badJSON},
		"parse_json, too deep":    {"{format: json, parse_json: [data]}", `{` + event + user + `,"data":` + quoted(strings.Repeat("[", 63)+`{"password":"SECRET"}`+strings.Repeat("]", 63)) + `}`, "", badJSON},
		"parse_json and split":    {"{format: json, split: events, parse_json: [data]}", `{"events":[{` + event + user + `,"data":` + quoted(`{"password":"SECRET"}`) + `}]}`, "", "command"},
		"parse_json, elsewhere":   {"{format: json, split: events, parse_json: [data]}", `{"event":[{` + event + user + `,"data":` + quoted(`{"password":"SECRET"}`) + `}]}`, "", badEnvelope},
		"parse_json, too many":    {"{format: json, split: true, parse_json: [data]}", `[` + strings.Repeat(`{},`, maxEvents) + `{"data":"{\"password\":\"SECRET\"}"}]`, "", tooMany},
		"token":                   {"jwt", jwt, "application/jwt", "command"},
		"token in JSON":           {"{format: jwt, token: token}", `{"token":"` + jwt + `","password":"SECRET"}`, "", "command"},
		"no token":                {"jwt", `{` + event + user + profile + `}`, "", badToken},
		"no token in JSON":        {"{format: jwt, token: data}", `{"token":"` + jwt + `","password":"SECRET"}`, "", badToken},
		"token of no JSON":        {"jwt", "e30." + base64.RawURLEncoding.EncodeToString([]byte(`{"password":"SECRET"`)) + ".c2ln", "", badJSON},
		"structured":              {"cloudevents", `{"specversion":"1.0",` + event + user + profile + `}`, structuredType, "command"},
		"structured, no envelope": {"cloudevents", `{` + event + user + profile + `}`, structuredType, badEnvelope},
		"structured, a text":      {"cloudevents", `"SECRET"`, structuredType, badJSON},
		"batch":                   {"cloudevents", `[{"specversion":"1.0",` + event + user + profile + `}]`, batchType, "command"},
		"batch of texts":          {"cloudevents", `["SECRET"]`, batchType, badJSON},
		"batch of one object":     {"{format: cloudevents, parse_json: [data]}", `{"data":"{\"password\":\"SECRET\"}"}`, batchType, badEnvelope},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := parts(t, c.unpack+secretive, splitEvent, fields)
			contentType := c.headers
			if contentType == "" {
				contentType = "application/json"
			}
			d := decode(p, c.body, "Content-Type", contentType)
			got := "command"
			switch {
			case len(d.Letters) > 0:
				got = d.Letters[0].Reason
			case d.Ignored > 0:
				got = "ignored"
			}
			all := everything(d)
			if got != c.want || strings.Contains(all, "SECRET") || strings.Contains(all, base64.RawStdEncoding.EncodeToString([]byte("SECRET"))) || strings.Contains(all, jwt) {
				t.Errorf("%s, want %s: %s", got, c.want, all)
			}
			rereads(t, p, d)
			if got == "command" && !strings.Contains(c.unpack, "parse_json") {
				kept := d.Commands[0]
				if shown(&kept, usersync.FieldEmail) != `"a@example.com"` || shown(&kept, usersync.FieldMetadata) != `"[{\"tokens\":1}]"` || shown(&kept, usersync.FieldPhone) != "-" {
					t.Errorf("%s", all)
				}
			}
		})
	}
}

// A binary CloudEvent has members in its headers too, and is kept as a
// structured one.
func TestRedactionOfABinaryEvent(t *testing.T) {
	t.Parallel()
	p := parts(t, "{format: cloudevents, parse_json: [data.doc, extension]}"+secretive, `{id: id, type: type, time: time, user: data.user, types: {t: user.updated}}`, "{}")
	headers := func(more ...string) []string {
		return append([]string{"Content-Type", "application/json", "Ce-Specversion", "1.0", "Ce-Id", "e", "Ce-Type", "t", "Ce-Time", "2026-01-15T12:00:00Z", "Ce-Password", "SECRET", "Ce-Extension", `{"password":"SECRET"}`}, more...)
	}
	for name, c := range map[string]struct {
		body, want string
		headers    []string
	}{
		"understood":     {`{"user":"u","password":"SECRET","doc":"{\"password\":\"SECRET\"}"}`, "", headers()},
		"no user":        {`{"password":"SECRET"}`, noUserID, headers()},
		"no data":        {``, noUserID, headers()},
		"no JSON":        {`SECRET`, badJSON, headers()},
		"bad attribute":  {`{"user":"u","password":"SECRET"}`, badEnvelope, headers("Ce-Bad", "%zz")},
		"too deep":       {strings.Repeat("[", 64) + `"SECRET"` + strings.Repeat("]", 64), badJSON, headers()},
		"broken in text": {`{"user":"u","doc":"{SECRET"}`, badJSON, headers()},
	} {
		d := decode(p, c.body, c.headers...)
		if all := everything(d); strings.Contains(all, "SECRET") {
			t.Errorf("%s: %s", name, all)
		}
		if c.want == "" {
			if c := one(t, d); c.UserID != "u" || c.Headers[contentTypeHeader] != structuredType {
				t.Errorf("%+v", c)
			}
		} else if got := reason(t, d); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
		rereads(t, p, d)
	}
}

// The id of an event is made of what is kept of it.
func TestHashIDsAreMadeOfWhatIsKept(t *testing.T) {
	t.Parallel()
	p := parts(t, "json"+secretive, splitEvent, "{}")
	body := `{"type":"t","at":"2026-01-15T12:00:00Z","user":"u"`
	first, second := one(t, decode(p, body+`,"password":"1"}`)), one(t, decode(p, body+`,"password":"2"}`))
	if first.EventID != second.EventID || first.EventID != hashID(body+"}") {
		t.Errorf("%s and %s", first.EventID, second.EventID)
	}
}

// What is withheld can still be told apart, and found in the sender's own log.
func TestWhatIsKeptOfNoJSON(t *testing.T) {
	t.Parallel()
	p := parts(t, "json"+secretive, splitEvent, "{}")
	d := decode(p, "password=SECRET")
	l := d.Letters[0]
	// printf password=SECRET | sha256sum
	if gjson.GetBytes(l.Payload, "bytes").Int() != 15 || gjson.GetBytes(l.Payload, "sha256").String() != "3ac22a29f5e141ccd17afe58ed55426645f05547d3df1b46d097f3eddb48bd5b" || l.Headers[keptHeader] != "nothing" {
		t.Errorf("%s %v", l.Payload, l.Headers)
	}
	// The header is ours: of a sender it means nothing.
	r := Request{Header: http.Header{keptHeader: {"nothing"}, "Content-Type": {"application/json"}}, Body: []byte(`{"type":"t","at":"2026-01-15T12:00:00Z","user":"u"}`), ReceivedAt: noon}
	if c := one(t, p.Decode(r, Proof{})); c.Headers[keptHeader] != "" {
		t.Errorf("%v", c.Headers)
	}
	if got := reason(t, p.Reread(&usersync.Verified{Headers: map[string]string{keptHeader: "nothing"}, Body: []byte("{}")}, usersync.OriginReplay)); got != badJSON {
		t.Error(got)
	}
}

// A listed or fetched user is kept without it as well.
func TestRedactionOfAFetchedUser(t *testing.T) {
	t.Parallel()
	p := described(t, detailParts+secretive)
	for body, understood := range map[string]bool{
		`{"id":"a","email":"a@example.com","password":"SECRET"}`: true,
		`{"id":"a","email":{"password":"SECRET"}}`:               false,
	} {
		url, _ := serving(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) })
		c, found, err := fetcherOf(t, p, fastAPI(url)).Fetch(t.Context(), "a")
		d := &usersync.Delivery{Commands: []usersync.Command{c}}
		var kept *LetterError
		if errors.As(err, &kept) {
			d.Letters = append(d.Letters, kept.Letter)
		}
		if (found && err == nil) != understood || strings.Contains(everything(d), "SECRET") {
			t.Errorf("%v: %s", err, everything(d))
		}
	}
}
