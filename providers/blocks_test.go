package providers

import (
	"strings"
	"testing"

	usersync "usersync/sync"
)

// parts compiles a definition that accepts anything from its parts.
func parts(t testing.TB, unpack, event, user string) *Provider {
	t.Helper()
	def, err := compile("custom.yaml", []byte("verify: {secret: {header: X}}\nunpack: "+unpack+"\nevent: "+event+"\nuser: "+user+"\nsamples: {a: {body: '{}'}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := newProvider("custom", def, Settings{Auth: "none"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// shown is a column of a command as golden files show it, "-" if it says nothing.
func shown(c *usersync.Command, f usersync.Field) string {
	if !c.Fields[f].Present() {
		return "-"
	}
	return string(showValue(c.Fields[f]))
}

func TestFirstWhere(t *testing.T) {
	t.Parallel()
	p := parts(t, "json", plainEvent, `
  at: [data, none]
  fields:
    email: {first_where: {list: emails, where: {id: {path: primary}}, take: address}}
    phone: {first_where: {list: phones, where: {kind: [work, 7], proof.state: verified}, take: number}}
`)
	for body, want := range map[string][2]string{
		`"emails":[{"id":"a","address":"a@example.com"},{"id":"b","address":"b@example.com"}],"primary":"b"`:                   {`"b@example.com"`, "-"},
		`"emails":[{"id":"b","address":"1"},{"id":"b","address":"2"}],"primary":"b"`:                                           {`"1"`, "-"},
		`"emails":[{"id":"b"},{"id":"b","address":"2"}],"primary":"b"`:                                                         {"-", "-"},
		`"emails":[{"id":"b","address":null}],"primary":"b"`:                                                                   {"null", "-"},
		`"emails":[{"id":"a","address":"a@example.com"}],"primary":"b"`:                                                        {"-", "-"},
		`"emails":[{"id":null,"address":"a@example.com"}],"primary":null`:                                                      {"-", "-"},
		`"emails":[{"address":"a@example.com"}]`:                                                                               {"-", "-"},
		`"emails":[{"id":1,"address":"a@example.com"}],"primary":"1"`:                                                          {"-", "-"},
		`"emails":[{"id":"\ud800","address":"a@example.com"}],"primary":"\ud801"`:                                              {"-", "-"},
		`"emails":{"id":"b","address":"a@example.com"},"primary":"b"`:                                                          {"-", "-"},
		`"emails":null,"primary":"b"`:                                                                                          {"-", "-"},
		`"emails":[1,[],null,"b",{"\u0069d":"b","address":"x@example.com"}],"primary":"b"`:                                     {`"x@example.com"`, "-"},
		`"phones":[{"kind":"home","number":"1","proof":{"state":"verified"}},{"kind":"work","number":"2"}]`:                    {"-", "-"},
		`"phones":[{"kind":"work","number":"1","proof":{"state":"open"}},{"kind":7,"number":2,"proof":{"state":"verified"}} ]`: {"-", `"2"`},
	} {
		c := one(t, decode(p, `{"event":"up","id":"u","at":1768478400,"data":{`+body+`}}`))
		if got := [2]string{shown(&c, usersync.FieldEmail), shown(&c, usersync.FieldPhone)}; got != want {
			t.Errorf("%s gives %v, want %v", body, got, want)
		}
	}
	// The user stands nowhere.
	if c := one(t, decode(p, `{"event":"up","id":"u","at":1768478400,"emails":[{"id":"b","address":"x"}],"primary":"b"}`)); shown(&c, usersync.FieldEmail) != "-" {
		t.Errorf("%+v", c.Fields[usersync.FieldEmail])
	}
}

// The user of an audit event is the target that is a user, never the actor.
func TestFirstWhereOfTheEvent(t *testing.T) {
	t.Parallel()
	p := parts(t, "json", `{id: {hash: body}, type: type, time: at, user: {first_where: {list: target, where: {type: User}, take: id}}, types: {t: user.banned}}`, "{}")
	body := `{"type":"t","at":"2026-01-15T12:00:00Z","actor":{"id":"admin","type":"User"},"target":[{"id":"app","type":"AppInstance"},{"id":"u","type":"User"}]}`
	if c := one(t, decode(p, body)); c.UserID != "u" {
		t.Errorf("the user is %s", c.UserID)
	}
	if got := reason(t, decode(p, strings.ReplaceAll(body, `"u","type":"User"`, `"u","type":"user"`))); got != noUserID {
		t.Error(got)
	}
}

func TestStripAndNot(t *testing.T) {
	t.Parallel()
	p := parts(t, "json", `{id: {hash: body}, type: event, time: {time: {path: at, unit: s}}, user: [{strip: {path: resource, prefix: users/}}, id], types: {up: user.updated}}`, `
  fields:
    email_verified: {not: {path: unproven}}
    phone: {strip: {path: phone, prefix: "tel:"}}
  access: {path: {not: enabled}, banned: true, unbanned: false}
`)
	for body, want := range map[string][4]string{
		`"resource":"users/u1"`:                          {"u1", "-", "-", ""},
		`"resource":"groups/u1","id":"u2"`:               {"u2", "-", "-", ""},
		`"resource":null,"id":7`:                         {"7", "-", "-", ""},
		`"id":"u","unproven":true,"enabled":false`:       {"u", "false", "-", "banned"},
		`"id":"u","unproven":false,"enabled":true`:       {"u", "true", "-", "unbanned"},
		`"id":"u","unproven":null,"enabled":null`:        {"u", "null", "-", ""},
		`"id":"u","enabled":"false","phone":"tel:+4911"`: {"u", "-", `"+4911"`, ""},
		`"id":"u","phone":"+4911"`:                       {"u", "-", "-", ""},
		`"id":"u","phone":"tel:"`:                        {"u", "-", `""`, ""},
		`"id":"u","phone":null`:                          {"u", "-", "null", ""},
	} {
		c := one(t, decode(p, `{"event":"up","at":1768478400,`+body+`}`))
		got := [4]string{c.UserID, shown(&c, usersync.FieldEmailVerified), shown(&c, usersync.FieldPhone), [...]string{"", "unbanned", "banned"}[c.Access]}
		if got != want {
			t.Errorf("%s gives %v, want %v", body, got, want)
		}
	}
	for body, want := range map[string]string{
		`"resource":"users/"`:                noUserID,
		`"resource":{}`:                      badUserID,
		`"resource":"users/a\ud800"`:         badUserID,
		`"id":"u","unproven":"true"`:         badField,
		`"id":"u","phone":["tel:+4911"]`:     badField,
		`"id":"u","unproven":{"not":"this"}`: badField,
	} {
		if got := reason(t, decode(p, `{"event":"up","at":1768478400,`+body+`}`)); got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
}

// An event about what belongs to a user is known by a path that goes on.
func TestSegment(t *testing.T) {
	t.Parallel()
	p := parts(t, "json", `
  id: {hash: body}
  type: [{concat: [type, {segment: {path: resource, separator: /, number: 3}}], separator: " "}, type]
  time: at
  user: {segment: {path: {strip: {path: resource, prefix: users/}}, separator: /, number: 1}}
  types: {gone: user.deleted, gone *: ignore}
`, "{}")
	event := `{"type":"gone","at":"2026-01-15T12:00:00Z","resource":`
	if c := one(t, decode(p, event+`"users/u1"}`)); c.UserID != "u1" || c.Kind != usersync.KindDeleted {
		t.Errorf("%+v", c)
	}
	for _, resource := range []string{"users/u1/consents", "users/u1/consents/app", "users/u1/", "a//b"} {
		if d := decode(p, event+`"`+resource+`"}`); d.Ignored != 1 && resource != "users/u1/" {
			t.Errorf("%s gives %s", resource, indent(showDelivery(d)))
		}
	}
	for resource, want := range map[string]string{`"users/"`: noUserID, `"users"`: noUserID, `null`: noUserID, `["users/u1"]`: noType, `"users/a\ud800"`: badUserID} {
		if got := reason(t, decode(p, event+resource+`}`)); got != want {
			t.Errorf("%s: %s, want %s", resource, got, want)
		}
	}
}

// What an event is can depend on what stands in it.
func TestATypeWithConditions(t *testing.T) {
	t.Parallel()
	p := parts(t, "json", `
  id: {hash: body}
  type: {concat: [schema, table, type], separator: .}
  time: {time: {path: at, unit: s}}
  user: id
  when: {fields: {outcome.result: [SUCCESS, null], stage: live}}
  types:
    auth.users.UPDATE:
      - {kind: user.banned, when: {fields: {locked: true, by: admin}}}
      - {kind: user.unbanned, when: {fields: {locked: false}}, fetch: true}
      - {kind: ignore, when: {fields: {quiet: true}}}
      - user.updated
    auth.users.INSERT: {kind: user.created, when: {fields: {anonymous: false}}}
    auth.users.*: [{kind: user.deleted, when: {type: "auth.users.DELETE*"}}]
    auth.*: [{kind: user.deleted, when: {type: "auth.gone*"}}]
`, `{fields: {email: email}, access: {path: locked, banned: true}}`)
	body := func(typ, rest string) string {
		return `{"schema":"auth","table":"users","type":"` + typ + `","at":1768478400,"id":"u","email":"a@example.com","stage":"live","outcome":{"result":"SUCCESS"}` + rest + `}`
	}
	for rest, want := range map[string]usersync.Kind{
		`,"locked":true,"by":"admin"`: usersync.KindBanned,
		`,"locked":true,"by":"self"`:  usersync.KindUpdated,
		`,"locked":true`:              usersync.KindUpdated,
		`,"locked":false`:             usersync.KindUnbanned,
		``:                            usersync.KindUpdated,
	} {
		c := one(t, decode(p, body("UPDATE", rest)))
		if c.Kind != want || c.Thin != (want == usersync.KindUnbanned) || shown(&c, usersync.FieldEmail) != `"a@example.com"` {
			t.Errorf("%s is %s: %+v", rest, c.Kind, c)
		}
	}
	for name, ignored := range map[string]string{
		"an alternative that is ignored": body("UPDATE", `,"quiet":true`),
		"no alternative":                 body("INSERT", ``),
		"another alternative":            body("INSERT", `,"anonymous":true`),
		"the event did not succeed":      strings.Replace(body("UPDATE", ``), "SUCCESS", "FAILURE", 1),
		"nor was it live":                strings.Replace(body("UPDATE", ``), "live", "test", 1),
		"nobody says how it ended":       strings.Replace(body("UPDATE", ``), "outcome", "outgo", 1),
		"nothing but that it failed":     `{"outcome":{"result":"FAILURE"}}`,
	} {
		if d := decode(p, ignored); d.Ignored != 1 || len(d.Commands)+len(d.Letters) != 0 {
			t.Errorf("%s: %s", name, indent(showDelivery(d)))
		}
	}
	if c := one(t, decode(p, body("INSERT", `,"anonymous":false`))); c.Kind != usersync.KindCreated || c.Thin {
		t.Errorf("%+v", c)
	}
	if c := one(t, decode(p, body("DELETE.all", ``))); c.Kind != usersync.KindDeleted {
		t.Errorf("%+v", c)
	}
	if c := one(t, decode(p, strings.Replace(body("x", ``), `"users"`, `"gone"`, 1))); c.Kind != usersync.KindDeleted {
		t.Errorf("%+v", c)
	}
}

// The operator's alias replaces all alternatives.
func TestAnAliasBeatsAlternatives(t *testing.T) {
	t.Parallel()
	def := parts(t, "json", strings.Replace(plainEvent, "up: user.updated", "up: [{kind: user.banned, when: {fields: {off: true}}}, user.updated]", 1), "{}").def
	p, err := newProvider("custom", def, Settings{Auth: "none", Aliases: map[string]string{"up": "user.created"}})
	if err != nil {
		t.Fatal(err)
	}
	if c := one(t, decode(p, `{"event":"up","id":"u","at":1768478400,"off":true}`)); c.Kind != usersync.KindCreated {
		t.Errorf("%s", c.Kind)
	}
}
