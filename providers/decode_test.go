package providers

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"usersync/internal/secret"
	usersync "usersync/sync"
)

// noon is when the events of these tests happen and arrive.
var noon = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)

// open returns a provider that accepts anything.
func open(t testing.TB, typ string, edit func(*Settings)) *Provider {
	t.Helper()
	s := Settings{Type: typ, Auth: "none"}
	if edit != nil {
		edit(&s)
	}
	return mustNew(t, typ, s)
}

// decode reads a body that arrived at noon under plain JSON.
func decode(p *Provider, body string, headers ...string) *usersync.Delivery {
	r := Request{Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body), ReceivedAt: noon}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	proof, err := p.Verify(r)
	if err != nil {
		panic(err)
	}
	return p.Decode(r, proof)
}

// one returns the only command of a delivery.
func one(t testing.TB, d *usersync.Delivery) usersync.Command {
	t.Helper()
	if len(d.Commands) != 1 || len(d.Letters) != 0 || d.Ignored != 0 {
		t.Fatalf("not one command: %s", indent(showDelivery(d)))
	}
	return d.Commands[0]
}

// reason returns the reason of the only dead letter.
func reason(t testing.TB, d *usersync.Delivery) string {
	t.Helper()
	if len(d.Letters) != 1 || len(d.Commands) != 0 || d.Ignored != 0 {
		t.Fatalf("not one dead letter: %s", indent(showDelivery(d)))
	}
	return d.Letters[0].Reason
}

// authonUser is an authon.dev event whose user has the given members.
func authonUser(event, members string) string {
	return `{"event":"` + event + `","timestamp":"2026-01-15T12:00:00.000Z","data":{"user":{` + members + `}}}`
}

func TestWhatIsNotUnderstoodBecomesADeadLetter(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 256)
	deep := strings.Repeat("[", 64) + strings.Repeat("]", 64)
	for name, c := range map[string]struct{ body, reason string }{
		"empty body":               {"", badJSON},
		"no JSON":                  {"{", badJSON},
		"trailing document":        {authonUser("user.created", `"id":"u"`) + "{}", badJSON},
		"trailing text":            {authonUser("user.created", `"id":"u"`) + "x", badJSON},
		"byte order mark":          {"\ufeff" + authonUser("user.created", `"id":"u"`), badJSON},
		"invalid UTF-8":            {authonUser("user.created", `"id":"u`+"\xff"+`"`), badJSON},
		"raw surrogate":            {authonUser("user.created", `"id":"u`+"\xed\xa0\x80"+`"`), badJSON},
		"the same name twice":      {authonUser("user.created", `"id":"a","id":"b"`), badJSON},
		"the same name, escaped":   {authonUser("user.created", `"id":"a","\u0069d":"b"`), badJSON},
		"too deep":                 {authonUser("user.created", `"id":"u","publicMetadata":`+deep), badJSON},
		"comment":                  {`{/**/}`, badJSON},
		"scalar":                   {`"{\"event\":\"user.created\"}"`, badJSON},
		"number":                   {`1`, badJSON},
		"array":                    {`[]`, noType},
		"no type":                  {`{"data":{"user":{"id":"u"}}}`, noType},
		"type null":                {`{"event":null,"data":{"user":{"id":"u"}}}`, noType},
		"type number":              {`{"event":1,"data":{"user":{"id":"u"}}}`, noType},
		"type blank":               {`{"event":" ","data":{"user":{"id":"u"}}}`, noType},
		"no user":                  {authonUser("user.created", ``), noUserID},
		"user null":                {`{"event":"user.created","data":{"user":null}}`, noUserID},
		"user id null":             {authonUser("user.created", `"id":null`), noUserID},
		"user id empty":            {authonUser("user.created", `"id":""`), noUserID},
		"user id true":             {authonUser("user.created", `"id":true`), badUserID},
		"user id object":           {authonUser("user.created", `"id":{}`), badUserID},
		"user id fraction":         {authonUser("user.created", `"id":1.5`), badUserID},
		"user id exponent":         {authonUser("user.created", `"id":1e3`), badUserID},
		"user id long":             {authonUser("user.created", `"id":"`+long+`"`), badUserID},
		"user id long number":      {authonUser("user.created", `"id":`+strings.Repeat("1", 256)), badUserID},
		"user id NUL":              {authonUser("user.created", `"id":"a\u0000"`), badUserID},
		"user id DEL":              {authonUser("user.created", `"id":"a\u007f"`), badUserID},
		"user id C1":               {authonUser("user.created", `"id":"a\u0085"`), badUserID},
		"user id line feed":        {authonUser("user.created", `"id":"a\nb"`), badUserID},
		"user id lone surrogate":   {authonUser("user.created", `"id":"a\ud800"`), badUserID},
		"event id lone surrogate":  {`{"id":"\udc00","type":"user.created","timestamp":"2026-01-15T12:00:00Z","data":{"user":{"id":"u"}}}`, badEventID},
		"event id object":          {`{"id":{},"type":"user.created","timestamp":"2026-01-15T12:00:00Z","data":{"user":{"id":"u"}}}`, badEventID},
		"no time":                  {`{"event":"user.created","data":{"user":{"id":"u"}}}`, noTime},
		"time null":                {`{"event":"user.created","timestamp":null,"data":{"user":{"id":"u"}}}`, noTime},
		"time number":              {`{"event":"user.created","timestamp":1,"data":{"user":{"id":"u"}}}`, badTime},
		"time in words":            {`{"event":"user.created","timestamp":"noon","data":{"user":{"id":"u"}}}`, badTime},
		"time in year 0":           {`{"event":"user.created","timestamp":"0000-01-01T00:00:00Z","data":{"user":{"id":"u"}}}`, badTime},
		"time ahead":               {`{"event":"user.created","timestamp":"2026-01-15T12:10:00.000001Z","data":{"user":{"id":"u"}}}`, futureTime},
		"e-mail true":              {authonUser("user.created", `"id":"u","email":true`), badField},
		"e-mail object":            {authonUser("user.created", `"id":"u","email":{"a":1}`), badField},
		"e-mail array":             {authonUser("user.created", `"id":"u","email":[]`), badField},
		"e-mail endless":           {authonUser("user.created", `"id":"u","email":"`+strings.Repeat("x", 1025)+`"`), badField},
		"e-mail verified as text":  {authonUser("user.created", `"id":"u","emailVerified":"true"`), badField},
		"last sign-in in words":    {authonUser("user.created", `"id":"u","lastSignInAt":"never"`), badTime},
		"last sign-in true":        {authonUser("user.created", `"id":"u","lastSignInAt":true`), badTime},
		"metadata beyond numerics": {authonUser("user.created", `"id":"u","publicMetadata":{"n":1e99999}`), badField},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := decode(open(t, "authon", nil), c.body)
			if got := reason(t, d); got != c.reason {
				t.Errorf("dead letter %q (%s), want %q", got, d.Letters[0].Detail, c.reason)
			}
			l := d.Letters[0]
			if string(l.Payload) != c.body || l.Detail == "" || l.Provider != "authon" || l.ReceivedAt != usersync.MicrosOf(noon) {
				t.Errorf("the letter is %+v", l)
			}
			if strings.Contains(l.Detail, long[:10]) {
				t.Errorf("the detail shows payload: %s", l.Detail)
			}
		})
	}
}

func TestALetterNamesTheColumnAndWhatWasUnderstood(t *testing.T) {
	t.Parallel()
	d := decode(open(t, "authon", nil), `{"id":"evt_1","type":"user.created","timestamp":"2026-01-15T12:00:00Z","data":{"user":{"id":"u","phone":[]}}}`)
	l := d.Letters[0]
	if !strings.HasPrefix(l.Detail, "phone: ") || l.UserID != "u" || l.EventID != "evt_1" {
		t.Errorf("letter %+v", l)
	}
}

func TestAFutureEventIsDueWhenItIsNoLongerTooFarAhead(t *testing.T) {
	t.Parallel()
	p := open(t, "authara", func(s *Settings) { s.MaxFuture = time.Minute })
	body := `{"id":"e","type":"user.created","created_at":"2026-01-15T12:05:00Z","data":{"user_id":"u"}}`
	d := decode(p, body)
	if reason(t, d) != futureTime || d.Letters[0].DueAt != usersync.MicrosOf(noon.Add(4*time.Minute)) {
		t.Fatalf("letter %+v", d.Letters[0])
	}
	again := usersync.Verified{Provider: p.Name(), ReceivedAt: d.Letters[0].DueAt, Body: d.Letters[0].Payload}
	if c := one(t, p.Reread(&again, usersync.OriginReplay)); c.Origin != usersync.OriginReplay {
		t.Errorf("origin %v", c.Origin)
	}
}

func TestIdsAreTakenExactlyAsSent(t *testing.T) {
	t.Parallel()
	for sent, want := range map[string]string{
		`"a b"`:                                  "a b",
		`" A "`:                                  " A ",
		`"\u0061\/\"\\"`:                         `a/"\`,
		`"\ud83d\ude00"`:                         "😀",
		`"é"`:                                    "é",
		`"e\u0301"`:                              "e\u0301", // not normalised: two ids stay two
		`123`:                                    "123",
		`-7`:                                     "-7",
		`12345678901234567890`:                   "12345678901234567890",
		`"` + strings.Repeat("x", 255) + `"`:     strings.Repeat("x", 255),
		`"\ufffd"`:                               "\ufffd", // sent as such, no surrogate
		`"idp|5f7c8ec7c33c6c004bbafe82"`:         "idp|5f7c8ec7c33c6c004bbafe82",
		`"00000000-0000-0000-0000-000000000000"`: "00000000-0000-0000-0000-000000000000",
	} {
		if c := one(t, decode(open(t, "authon", nil), authonUser("user.updated", `"id":`+sent))); c.UserID != want {
			t.Errorf("%s became %q, want %q", sent, c.UserID, want)
		}
	}
}

func TestProfileTextsAreCleanedNotRefused(t *testing.T) {
	t.Parallel()
	for sent, want := range map[string]usersync.Value{
		`"a\u0000b"`:       usersync.TextValue("ab"),
		`"a\ud800b"`:       usersync.TextValue("a\ufffdb"),
		`"\udc00\ud83d"`:   usersync.TextValue("\ufffd\ufffd"),
		`"line\nfeed"`:     usersync.TextValue("line\nfeed"),
		`""`:               usersync.TextValue(""),
		`null`:             usersync.NullValue(),
		`12.50`:            usersync.TextValue("12.50"),
		`9007199254740993`: usersync.TextValue("9007199254740993"),
	} {
		c := one(t, decode(open(t, "authon", nil), authonUser("user.updated", `"id":"u","displayName":`+sent)))
		if got := c.Fields[usersync.FieldName]; got != want {
			t.Errorf("%s became %q, want %q", sent, got.Str(), want.Str())
		}
	}
}

func TestAnAbsentFieldSaysNothing(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		authonUser("user.updated", `"id":"u"`),
		`{"event":"identity.user.updated","timestamp":"2026-01-15T12:00:00Z","data":null,"metadata":{"userId":"u"}}`,
	} {
		typ := "authon"
		if strings.Contains(body, "identity") {
			typ = "node_auth"
		}
		c := one(t, decode(open(t, typ, nil), body))
		if c.Fields != [usersync.NumColumns]usersync.Value{} || c.Access != 0 || c.Life != 0 {
			t.Errorf("%s says %s", body, indent(showDelivery(&usersync.Delivery{Commands: []usersync.Command{c}})))
		}
	}
}

func TestNodeAuthNames(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]usersync.Value{
		`"name":"A","displayName":"B"`:                usersync.TextValue("A"),
		`"displayName":"B","firstName":"C"`:           usersync.TextValue("B"),
		`"name":null,"displayName":"B"`:               usersync.NullValue(),
		`"firstName":"C","lastName":"D"`:              usersync.TextValue("C D"),
		`"firstName":"C","lastName":null`:             usersync.TextValue("C"),
		`"firstName":"C","lastName":""`:               usersync.TextValue("C"),
		`"firstName":null,"lastName":null`:            usersync.NullValue(),
		`"firstName":"C"`:                             {},
		`"firstName":"C\ud800","lastName":"D\u00000"`: usersync.TextValue("C\ufffd D0"),
	} {
		c := one(t, decode(open(t, "node_auth", nil), `{"event":"identity.user.updated","timestamp":"2026-01-15T12:00:00Z","data":{"id":"u",`+data+`},"metadata":{}}`))
		if got := c.Fields[usersync.FieldName]; got != want {
			t.Errorf("%s gives %q, want %q", data, got.Str(), want.Str())
		}
	}
	d := decode(open(t, "node_auth", nil), `{"event":"identity.user.updated","timestamp":"2026-01-15T12:00:00Z","data":{"id":"u","firstName":{},"lastName":"D"},"metadata":{}}`)
	if got := reason(t, d); got != badField {
		t.Errorf("an object for a first name: %s", got)
	}
}

func TestAuthpiUsers(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]struct {
		email  usersync.Value
		access usersync.Access
		life   usersync.Life
	}{
		`{"user":{"username_type":"email","username":"a@b"}}`: {email: usersync.TextValue("a@b")},
		`{"user":{"username_type":"phone","username":"+49"}}`: {},
		`{"user":{"email":"x@y","username_type":"email"}}`:    {email: usersync.TextValue("x@y")},
		`{"user":{"email":null,"username_type":"email"}}`:     {email: usersync.NullValue()},
		`{"user":{"status":"active"}}`:                        {access: usersync.AccessUnbanned},
		`{"user":{"status":"suspended"}}`:                     {access: usersync.AccessBanned},
		`{"user":{"status":"disabled","blocked":false}}`:      {access: usersync.AccessBanned},
		`{"user":{"status":"deleted"}}`:                       {life: usersync.LifeDeleted},
		`{"user":{"status":"dormant","blocked":true}}`:        {},
		`{"user":{"blocked":true}}`:                           {access: usersync.AccessBanned},
		`{"blocked":false}`:                                   {access: usersync.AccessUnbanned},
		`{"user":"usr_1","status":"suspended"}`:               {access: usersync.AccessBanned},
		`null`:                                                {},
		`"text"`:                                              {},
	} {
		body := `{"specversion":"1.0","id":"d","source":"s","time":"2026-01-15T12:00:00Z","data":{"id":"e","type":"user.updated","subject":{"user_id":"u"},"data":` + data + `}}`
		c := one(t, decode(open(t, "authpi", nil), body))
		if c.Fields[usersync.FieldEmail] != want.email || c.Access != want.access || c.Life != want.life {
			t.Errorf("%s gives %s", data, indent(showDelivery(&usersync.Delivery{Commands: []usersync.Command{c}})))
		}
	}
}

func TestAuthpiEventIds(t *testing.T) {
	t.Parallel()
	for ids, want := range map[string]string{
		`"id":"d","source":"s","data":{"id":"e",`:  "e",
		`"id":"d","source":"s","data":{"id":null,`: "s d",
		`"id":"d","source":"s","data":{`:           "s d",
		`"id":7,"source":"s","data":{"id":"",`:     "s 7",
		`"id":null,"source":"s","data":{`:          noEventID,
		`"source":"s","data":{`:                    noEventID,
		`"id":"","source":"s","data":{`:            noEventID,
		`"id":[1],"source":"s","data":{`:           badEventID,
		`"id":"\ud800","source":"s","data":{`:      badEventID,
	} {
		d := decode(open(t, "authpi", nil), `{"specversion":"1.0","time":"2026-01-15T12:00:00Z",`+ids+`"type":"user.deleted","subject":{"user_id":"u"}}}`)
		got := ""
		if len(d.Commands) == 1 {
			got = d.Commands[0].EventID
		} else {
			got = reason(t, d)
		}
		if got != want {
			t.Errorf("%s gives %q, want %q", ids, got, want)
		}
	}
}

func TestRedactIsSaidOnlyOfADeletion(t *testing.T) {
	t.Parallel()
	for _, onDelete := range []string{"", "keep", "redact"} {
		p := open(t, "authpi", func(s *Settings) { s.OnDelete = onDelete })
		for event, deleted := range map[string]bool{`"user.deleted"`: true, `"user.updated"`: false} {
			body := `{"specversion":"1.0","id":"d","source":"s","time":"2026-01-15T12:00:00Z","data":{"id":"e","type":` + event + `,"subject":{"user_id":"u"},"data":{}}}`
			if c := one(t, decode(p, body)); c.Redact != (deleted && onDelete == "redact") {
				t.Errorf("on_delete %q, %s: redact %v", onDelete, event, c.Redact)
			}
		}
		body := `{"specversion":"1.0","id":"d","source":"s","time":"2026-01-15T12:00:00Z","data":{"id":"e","type":"user.updated","subject":{"user_id":"u"},"data":{"status":"deleted"}}}`
		if c := one(t, decode(p, body)); c.Redact != (onDelete == "redact") {
			t.Errorf("on_delete %q, status deleted: redact %v", onDelete, c.Redact)
		}
	}
}

func TestAliasesBeatTheDefinition(t *testing.T) {
	t.Parallel()
	p := open(t, "node_auth", func(s *Settings) {
		s.Aliases = map[string]string{
			"identity.*":                   "user.updated",
			"identity.tenant.*":            "ignore",
			"identity.tenant.user.removed": "user.deleted",
			"app.blocked":                  "user.banned",
			"identity.user.linked":         "ignore",
		}
	})
	for event, want := range map[string]string{
		"identity.auth.login.success":  "user.updated",
		"identity.tenant.created":      "",
		"identity.tenant.user.removed": "user.deleted",
		"app.blocked":                  "user.banned",
		"identity.user.linked":         "",
		"identity.user.deleted":        "user.updated", // the operator said so
		"app.other":                    "",
	} {
		d := decode(p, `{"event":"`+event+`","timestamp":"2026-01-15T12:00:00Z","data":{"reason":"spam"},"metadata":{"userId":"u"}}`)
		if want == "" {
			if d.Ignored != 1 || len(d.Commands)+len(d.Letters) != 0 {
				t.Errorf("%s is not ignored", event)
			}
			continue
		}
		c := one(t, d)
		if c.Kind.String() != want || (c.Fields[usersync.FieldSuspendedReason] == usersync.TextValue("spam")) != (want == "user.banned") {
			t.Errorf("%s became %s", event, c.Kind)
		}
	}
}

func TestOperatorsPathsReplaceTheDefinitions(t *testing.T) {
	t.Parallel()
	p := open(t, "node_auth", func(s *Settings) {
		s.Paths = map[string][]string{
			"id":                  {"data.account.key", "metadata.userId"},
			"phone":               {`data.phones.#(main==true).number`},
			"metadata":            {"data"},
			"provider_updated_at": {"data.changed"},
		}
	})
	c := one(t, decode(p, `{"event":"identity.user.updated","timestamp":"2026-01-15T12:00:00Z","data":{"account":{"key":"k"},"changed":"2026-01-15T11:00:00+01:00","phones":[{"number":"1","main":false},{"number":"2","main":true}]},"metadata":{"userId":"u"}}`))
	if c.UserID != "k" || c.Fields[usersync.FieldPhone] != usersync.TextValue("2") || c.UpdatedAt != usersync.MicrosOf(noon.Add(-2*time.Hour)) {
		t.Errorf("command %+v", c)
	}
	if document, ok := c.Fields[usersync.FieldMetadata].Document(); !ok || !strings.HasPrefix(document, `{"account":{"key":"k"},"changed"`) {
		t.Errorf("metadata %q", document)
	}
}

func TestCloudEventsEnvelopes(t *testing.T) {
	t.Parallel()
	const event = `{"specversion":"1.0","id":"d","source":"s","time":"2026-01-15T12:00:00Z","data":{"id":"e","type":"user.deleted","subject":{"user_id":"u"}}}`
	const data = `{"id":"e","type":"user.deleted","subject":{"user_id":"u"}}`
	binary := []string{"ce-specversion", "1.0", "ce-type", "event", "ce-id", "d", "ce-source", "s", "ce-time", "2026-01-15T12:00:00Z"}
	for name, c := range map[string]struct {
		body    string
		headers []string
		want    string // the reason of a dead letter, or ""
	}{
		"plain":                       {body: event},
		"structured":                  {event, []string{"Content-Type", "APPLICATION/CLOUDEVENTS+JSON"}, ""},
		"structured, ce-* ignored":    {event, append(slices.Clone(binary), "Content-Type", "application/cloudevents+json"), ""},
		"batch":                       {"[" + event + "]", []string{"Content-Type", "application/cloudevents-batch+json; charset=UTF-8"}, ""},
		"binary":                      {data, binary, ""},
		"batch that is no array":      {event, []string{"Content-Type", "application/cloudevents-batch+json"}, badEnvelope},
		"array that is no batch":      {"[" + event + "]", nil, badEnvelope},
		"batch of texts":              {`["x"]`, []string{"Content-Type", "application/cloudevents-batch+json"}, badEnvelope},
		"no specversion":              {data, nil, badEnvelope},
		"specversion 0.3":             {strings.Replace(event, "1.0", "0.3", 1), nil, badEnvelope},
		"binary, body no JSON":        {"x", binary, badJSON},
		"binary, no body":             {"", binary, noType},
		"binary, not UTF-8":           {data, append(slices.Clone(binary), "ce-source", "%C0%A0"), badEnvelope},
		"binary, broken percent":      {data, append(slices.Clone(binary), "ce-source", "100%"), badEnvelope},
		"binary, control character":   {data, append(slices.Clone(binary), "ce-source", "a\nb"), badEnvelope},
		"binary, attribute data":      {data, append(slices.Clone(binary), "ce-data", "x", "ce-datacontenttype", "y", "ce-no-attribute", "z"), ""},
		"binary, specversion missing": {data, append(slices.Clone(binary), "ce-specversion", ""), badEnvelope},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := decode(open(t, "authpi", nil), c.body, c.headers...)
			if c.want == "" {
				one(t, d)
			} else if got := reason(t, d); got != c.want {
				t.Errorf("dead letter %q, want %q", got, c.want)
			}
		})
	}
}

func TestAnEmptyBatchIsIgnored(t *testing.T) {
	t.Parallel()
	if d := decode(open(t, "authpi", nil), " [ ] ", "Content-Type", "application/cloudevents-batch+json"); d.Ignored != 1 || len(d.Letters) != 0 {
		t.Errorf("%+v", d)
	}
}

func TestDoubledAttributesAreNotUnderstood(t *testing.T) {
	t.Parallel()
	p := open(t, "authpi", nil)
	r := Request{Body: []byte(`{}`), ReceivedAt: noon, Header: http.Header{"Ce-Specversion": {"1.0"}, "Ce-Id": {"a", "b"}}}
	d := p.Decode(r, Proof{})
	if reason(t, d) != badEnvelope {
		t.Fatalf("%+v", d)
	}
	again := Request{Header: http.Header{}, Body: d.Letters[0].Payload, ReceivedAt: noon}
	for name, value := range d.Letters[0].Headers {
		again.Header[name] = []string{value}
	}
	if got := reason(t, p.Decode(again, Proof{})); got != badEnvelope {
		t.Errorf("tried again: %s", got)
	}
}

func TestAttributesAreDecodedAsTheBindingSays(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]string{
		"Euro%20%E2%82%AC%20%F0%9F%98%80": "Euro € 😀",
		`"quoted \"x\""`:                  `quoted "x"`,
		"%2520":                           "%20", // one round only
		"plain":                           "plain",
		`"`:                               `"`,
	} {
		if got, wrong := decodeAttribute(written); got != want || wrong != "" {
			t.Errorf("%s became %q (%s)", written, got, wrong)
		}
	}
	for _, written := range []string{"%C0%A0", "%", "%2", "%zz", "%+1", "a\x00", "\xff"} {
		if got, wrong := decodeAttribute(written); wrong == "" {
			t.Errorf("%q became %q", written, got)
		}
	}
}

func TestKeptHeadersHoldNoCredential(t *testing.T) {
	t.Parallel()
	p := mustNew(t, "authpi", Settings{Type: "authpi", Bearer: []secret.Text{secret.New("tok_secret")}})
	r := Request{Header: http.Header{
		"Authorization": {"Bearer tok_secret"}, "Cookie": {"c"}, "Content-Type": {"application/json"}, "X-Webhook-Signature": {"s"},
		"Ce-Specversion": {"1.0"}, "Ce-Id": {"d"},
	}, Body: []byte("{}"), ReceivedAt: noon}
	proof, err := p.Verify(r)
	if err != nil {
		t.Fatal(err)
	}
	kept := p.Decode(r, proof).Letters[0].Headers
	if fmt.Sprint(kept) != "map[Ce-Id:d Ce-Specversion:1.0 Content-Type:application/json]" {
		t.Errorf("kept %v", kept)
	}
}
