package providers

import (
	"bytes"
	"encoding/json"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"testing"

	usersync "usersync/sync"
)

// everyUnpack are the ways to unpack a body, and each named block stands in
// these parts at least once.
var everyUnpack = []string{
	"json",
	"{format: json, split: events, parse_json: [doc, doc.inner]}" + secretive,
	"{format: json, split: true, parse_json: doc}",
	"{format: cloudevents, parse_json: [data.doc, doc]}" + secretive,
	"{format: jwt, token: token}" + secretive,
	"{format: jwt, split: events}",
}

const (
	everyEvent = `
  id: [id, {concat: [a, b]}, {hash: body}]
  type: [{concat: [schema, type], separator: .}, type, iss]
  time: [{time: {path: at, unit: auto}}, time, {time: {path: exp, unit: ms}}]
  user: [{segment: {path: {strip: {path: resource, prefix: users/}}, separator: /, number: 1}}, {segment: {path: resource, separator: s/, number: 2}}, {first_where: {list: target, where: {type: User}, take: id}}, user, iss]
  when: {fields: {result: [SUCCESS, null, true]}}
  types:
    t: [{kind: user.banned, when: {fields: {off: true}}}, {kind: user.updated, when: {type: "t*"}, fetch: true}]
    joe: user.created
    "*": [{kind: user.deleted, when: {fields: {gone: [true, 1]}}}, user.updated]
`
	everyUser = `
  at: [doc, data]
  fields:
    email: {first_where: {list: emails, where: {id: {path: primary}, ok: true}, take: address}}
    email_verified: {not: {path: unproven}}
    name: {strip: {path: name, prefix: "n:"}}
    metadata: doc
    last_sign_in_at: {time: {path: seen, unit: auto}}
    suspended_at: {event: time}
  access: [{until: until}, {path: {not: enabled}, banned: true, unbanned: false}]
  life: {path: {equals: {path: deleted_at, value: null}}, deleted: false}
`
	everyBody = `{"id":"e","type":"t","at":1768478400000,"result":"SUCCESS","resource":"users/u","target":[{"type":"User","id":"u"}],` +
		`"doc":"{\"inner\":\"[]\",\"emails\":[{\"id\":1,\"ok\":true,\"address\":\"a@example.com\"}],\"primary\":1,\"unproven\":false,\"name\":\"n:N\",\"seen\":\"1768478400\",\"until\":\"2126-01-15 12:00:00+00\",\"enabled\":true,\"deleted_at\":null,\"password\":\"x\"}","x_token":[{"password":1}]}`
)

// FuzzRedaction: no member survives that must not be kept, in whatever is kept
// of a request, and of a document every other member stays as it was.
func FuzzRedaction(f *testing.F) {
	var all []*Provider
	for _, unpack := range everyUnpack {
		all = append(all, parts(f, strings.TrimSuffix(unpack, secretive)+secretive, everyEvent, everyUser))
	}
	for _, body := range []string{
		everyBody, `{"events":[` + everyBody + `]}`, `[` + everyBody + `,{"password":1}]`, `{"password":1,"a":[{"x_token":{}},"password"],"xyz":1}`,
		`{"doc":"{\"password\":1"}`, `{"pass\u0077ord":1 , "\ud800_token":2}`, ` [ { "a_token" : 1 } , { "b" : { "a_token" : "\"" , "c" : [ ] } } ] `, `"password"`, signed,
	} {
		f.Add([]byte(body), structuredType)
		f.Add([]byte(body), batchType)
	}
	x := all[0].def.redaction
	var forbidden []*regexp.Regexp
	for _, pattern := range x {
		forbidden = append(forbidden, regexp.MustCompile(`(?s)^`+strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`)+`$`))
	}
	gone := func(name string) bool {
		for _, r := range forbidden {
			if r.MatchString(name) {
				return true
			}
		}
		return false
	}
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		if strings.Contains(contentType, "\n") {
			return // no header can hold it
		}
		if checkJSON(body) == nil {
			got := x.apply(string(body))
			if checkJSON([]byte(got)) != nil || !reflect.DeepEqual(without(parsed(t, []byte(got)), func(string) bool { return false }), without(parsed(t, body), gone)) {
				t.Fatalf("%s became %s", body, got)
			}
		}
		for _, p := range all {
			d := p.Decode(Request{Header: http.Header{"Content-Type": {contentType}}, Body: body, ReceivedAt: noon}, Proof{})
			keeps := func(kept []byte) {
				if checkJSON(kept) != nil {
					t.Fatalf("%s is kept of %s", kept, body)
				}
				if v := parsed(t, kept); !reflect.DeepEqual(v, without(v, gone)) {
					t.Fatalf("%s is kept of %s", kept, body)
				}
			}
			keeps(d.Verified.Body)
			for _, c := range d.Commands {
				keeps(c.Payload)
				if doc, is := c.Fields[usersync.FieldMetadata].Document(); is {
					keeps([]byte(doc))
				}
			}
			for _, l := range d.Letters {
				keeps(l.Payload)
			}
			rereads(t, p, d)
		}
	})
}

// parsed reads JSON with the standard library.
func parsed(t *testing.T, doc []byte) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	return v
}

// without returns a value without members of some names.
func without(v any, gone func(name string) bool) any {
	switch v := v.(type) {
	case map[string]any:
		kept := map[string]any{}
		for name, member := range v {
			if !gone(name) {
				kept[name] = without(member, gone)
			}
		}
		return kept
	case []any:
		kept := []any{}
		for _, element := range v {
			kept = append(kept, without(element, gone))
		}
		return kept
	default:
		return v
	}
}
