package providers

import (
	"slices"
	"strings"
	"testing"

	usersync "usersync/sync"
)

const splitEvent = `{id: [uuid, {hash: body}], type: type, time: at, user: user, types: {t: user.updated}}`

// ids are the users of all commands.
func ids(d *usersync.Delivery) (users []string) {
	for _, c := range d.Commands {
		users = append(users, c.UserID)
	}
	return users
}

// A request of several events is judged event by event, and what is kept of
// each, and of the whole, is read again as the same.
func TestSplit(t *testing.T) {
	t.Parallel()
	event := func(user string) string {
		return `{"type":"t","at":"2026-01-15T12:00:00Z","user":"` + user + `"}`
	}
	p := parts(t, "{format: json, split: data.events}", splitEvent, "{}")
	for body, want := range map[string]struct {
		users   string
		reasons []string
		ignored int
	}{
		`{"data":{"events":[` + event("a") + `, ` + event("b") + `]}}`:                                                    {users: "a b"},
		` {"x":{"events":[]}, "data" : { "events" : [ ` + event("a") + ` ] } } `:                                          {users: "a"},
		`{"data":{"events":[` + event("a") + `,` + event("") + `,` + strings.Replace(event("c"), `"t"`, `"x"`, 1) + `]}}`: {"a", []string{noUserID}, 1},
		`{"data":{"events":[1,"` + `\"type\"` + `",null,{},[` + event("a") + `]]}}`:                                       {reasons: []string{badJSON, badJSON, badJSON, noType, noType}},
		`{"data":{"events":` + event("a") + `}}`:                                                                          {users: "a"},
		`{"data":{"events":[]}}`:                                                                                          {ignored: 1},
		`{"data":{"events":null}}`:                                                                                        {reasons: []string{badEnvelope}},
		`{"data":{"events":"[]"}}`:                                                                                        {reasons: []string{badEnvelope}},
		`{"data":[{"events":[]}]}`:                                                                                        {reasons: []string{badEnvelope}},
		`{"events":[` + event("a") + `]}`:                                                                                 {reasons: []string{badEnvelope}},
		`[` + event("a") + `]`:                                                                                            {reasons: []string{badEnvelope}},
		`"data"`:                                                                                                          {reasons: []string{badJSON}},
		`{"data":{"events":[` + strings.Repeat(`{},`, maxEvents) + `{}]}}`:                                                {reasons: []string{tooMany}},
	} {
		d := decode(p, body)
		var reasons []string
		for _, l := range d.Letters {
			reasons = append(reasons, l.Reason)
		}
		if strings.Join(ids(d), " ") != want.users || !slices.Equal(reasons, want.reasons) || d.Ignored != want.ignored {
			t.Errorf("%.200s gives %s", body, indent(showDelivery(d)))
		}
		rereads(t, p, d)
	}
}

// rereads checks that what a delivery keeps is read again as the same.
func rereads(t *testing.T, p *Provider, d *usersync.Delivery) {
	t.Helper()
	if again := p.Reread(&d.Verified, usersync.OriginLive); string(indent(showDelivery(again))) != string(indent(showDelivery(d))) || string(again.Verified.Body) != string(d.Verified.Body) {
		t.Errorf("the request %s was read as %s and is read again as %s", d.Verified.Body, indent(showDelivery(d)), indent(showDelivery(again)))
	}
	for _, c := range d.Commands {
		again := p.Reread(&usersync.Verified{Headers: c.Headers, Body: c.Payload, ReceivedAt: c.ReceivedAt}, usersync.OriginLive)
		if len(again.Commands) != 1 || string(indent(showDelivery(again))) != string(indent(showDelivery(&usersync.Delivery{Commands: []usersync.Command{c}}))) {
			t.Errorf("%s is read again as %s", c.Payload, indent(showDelivery(again)))
		}
	}
	for _, l := range d.Letters {
		again := p.Reread(&usersync.Verified{Headers: l.Headers, Body: l.Payload, ReceivedAt: l.ReceivedAt}, usersync.OriginLive)
		if len(again.Letters) != 1 || string(indent(showDelivery(again))) != string(indent(showDelivery(&usersync.Delivery{Letters: []usersync.DeadLetter{l}}))) || string(again.Letters[0].Payload) != string(l.Payload) {
			t.Errorf("the letter %s of %s is read again as %s", l.Reason, l.Payload, indent(showDelivery(again)))
		}
	}
}

func TestABodyThatIsTheArrayOfEvents(t *testing.T) {
	t.Parallel()
	const event = `{"type":"t","at":"2026-01-15T12:00:00Z","user":"a"}`
	p := parts(t, "{format: json, split: true}", splitEvent, "{}")
	for body, want := range map[string]int{"[" + event + "," + event + "]": 2, event: 1} {
		d := decode(p, body)
		if len(d.Commands) != want {
			t.Errorf("%s gives %s", body, indent(showDelivery(d)))
		}
		// The id is made of the event's own bytes, so a sender that puts it into another batch repeats it.
		for _, c := range d.Commands {
			if c.EventID != hashID(event) {
				t.Errorf("the id is %s", c.EventID)
			}
		}
		rereads(t, p, d)
	}
}

// A document can stand in a text, and in a text of that.
func TestDocumentsInTexts(t *testing.T) {
	t.Parallel()
	p := parts(t, "{format: json, parse_json: [doc.inner, doc, 'a-b.c']}", `{id: [uuid, {hash: body}], type: type, time: at, user: [doc.id, user], types: {t: user.updated}}`,
		`{fields: {email: doc.email, name: doc.inner.name, metadata: doc, phone: a-b.c.0}}`)
	event := func(more string) string {
		return `{"type":"t","at":"2026-01-15T12:00:00Z","user":"u",` + more + `}`
	}
	for body, want := range map[string][4]string{
		`"doc":"{\"id\":\"u1\",\"email\":\"a@example.com\"}"`:    {"u1", `"a@example.com"`, "-", `"{\"email\":\"a@example.com\",\"id\":\"u1\"}"`},
		`"doc":" {\"inner\":\" {\\\"name\\\":\\\"N\\\"}\\n\"} "`: {"u", "-", `"N"`, `"{\"inner\":{\"name\":\"N\"}}"`},
		`"doc":{"inner":"{\"name\":\"N\"}"}`:                     {"u", "-", `"N"`, `"{\"inner\":{\"name\":\"N\"}}"`},
		`"doc":{"email":"a@example.com"}`:                        {"u", `"a@example.com"`, "-", `"{\"email\":\"a@example.com\"}"`},
		`"doc":"{}"`:                                             {"u", "-", "-", `"{}"`},
		`"doc":""`:                                               {"u", "-", "-", `"\"\""`},
		`"doc":"none"`:                                           {"u", "-", "-", `"\"none\""`},
		`"doc":"\"{}\""`:                                         {"u", "-", "-", `"\"\\\"{}\\\"\""`},
		`"doc":null`:                                             {"u", "-", "-", "null"},
		`"x":1`:                                                  {"u", "-", "-", "-"},
		`"\u0064oc":"\u007b\"email\":\"\\u0061@example.com\"}","y":"{"`: {"u", `"a@example.com"`, "-", `"{\"email\":\"a@example.com\"}"`},
	} {
		d := decode(p, event(body))
		c := one(t, d)
		got := [4]string{c.UserID, shown(&c, usersync.FieldEmail), shown(&c, usersync.FieldName), shown(&c, usersync.FieldMetadata)}
		if got != want {
			t.Errorf("%s gives %v, want %v", body, got, want)
		}
		rereads(t, p, d)
	}
	if c := one(t, decode(p, event(`"a-b":{"c":"[\"+49\"]"}`))); shown(&c, usersync.FieldPhone) != `"+49"` {
		t.Errorf("%+v", c.Fields[usersync.FieldPhone])
	}
	deep := strings.Repeat("[", 63) + strings.Repeat("]", 63)
	if c := one(t, decode(p, event(`"doc":"`+deep+`"`))); !c.Fields[usersync.FieldMetadata].Present() {
		t.Errorf("%+v", c)
	}
	for _, body := range []string{
		`"doc":"{"`, `"doc":"{} {}"`, `"doc":"{\"a\":1,\"a\":2}"`, `"doc":"[1,]"`, `"doc":"[` + deep + `]"`, `"doc":"{\ud800}"`, `"a-b":{"c":"{\"c\":"}`, `"doc":"{\"inner\":\"{\"}"`,
	} {
		d := decode(p, event(body))
		if got := reason(t, d); got != badJSON || string(d.Letters[0].Payload) != event(body) && !strings.Contains(body, "inner") {
			t.Errorf("%s: %s of %s", body, got, d.Letters[0].Payload)
		}
		rereads(t, p, d)
	}
}
