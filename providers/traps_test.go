package providers

import (
	"bytes"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"usersync/internal/secret"
	usersync "usersync/sync"
)

// The traps are things that real senders do, each seen in a provider's source,
// documentation or deliveries, and each the cause of a lost or a wrong user
// somewhere else.

func TestTrapDeliveryIDDiffersPerAttempt(t *testing.T) {
	t.Parallel()
	first := readRecording(t, "node_auth", "testdata/node_auth/retry-attempt1.http")
	second := readRecording(t, "node_auth", "testdata/node_auth/retry-attempt2.http")
	if first.request.Header.Get("X-Webhook-Delivery") == second.request.Header.Get("X-Webhook-Delivery") {
		t.Fatal("the recordings are not two attempts")
	}
	p := first.provider(t, nil)
	a, b := one(t, p.Decode(first.request, Proof{})), one(t, p.Decode(second.request, Proof{}))
	if a.EventID != b.EventID || a.OccurredAt != b.OccurredAt {
		t.Errorf("two attempts are two events: %s, %s", a.EventID, b.EventID)
	}
}

func TestTrapJSONBSpacingAndCompactBody(t *testing.T) {
	t.Parallel()
	jsonb := readRecording(t, "authara", "testdata/authara/current-user.created.http")
	compact := readRecording(t, "authara", "testdata/authara/v0.1.26-user.created.http")
	if !bytes.Contains(jsonb.request.Body, []byte(`": "`)) || bytes.Contains(compact.request.Body, []byte(`": "`)) {
		t.Fatal("the recordings are not of the two spacings")
	}
	for _, rec := range []recording{jsonb, compact} {
		if _, err := rec.provider(t, nil).Verify(rec.request); err != nil {
			t.Errorf("%s: %v", rec.name(), err)
		}
	}
}

func TestTrapEventOrType(t *testing.T) {
	t.Parallel()
	p := open(t, "authon", nil)
	for _, key := range []string{"event", "type"} {
		c := one(t, decode(p, `{"`+key+`":"user.banned","timestamp":"2026-01-15T12:00:00Z","data":{"user":{"id":"u"}}}`))
		if c.Kind != usersync.KindBanned {
			t.Errorf("%s: %s", key, c.Kind)
		}
	}
}

func TestTrapEqualMillisecondsStayEqual(t *testing.T) {
	t.Parallel()
	p := open(t, "node_auth", nil)
	event := func(name string) usersync.Command {
		return one(t, decode(p, `{"event":"`+name+`","timestamp":"2026-01-15T12:00:00.123Z","data":null,"metadata":{"userId":"u"}}`))
	}
	created, deleted := event("identity.user.created"), event("identity.user.deleted")
	if created.OccurredAt != deleted.OccurredAt || created.EventID == deleted.EventID {
		t.Errorf("%v %s, %v %s", created.OccurredAt, created.EventID, deleted.OccurredAt, deleted.EventID)
	}
}

func TestTrapNanosecondsAndMicroseconds(t *testing.T) {
	t.Parallel()
	p := open(t, "authara", nil)
	for sent, want := range map[string]string{
		"2026-01-15T11:59:59.926030542Z": "2026-01-15T11:59:59.926030Z",
		"2026-01-15T11:59:59.066814Z":    "2026-01-15T11:59:59.066814Z", // trailing zeros dropped
		"2026-01-15T11:59:59.999999999Z": "2026-01-15T11:59:59.999999Z", // cut, not rounded
		"2026-01-15T11:59:59Z":           "2026-01-15T11:59:59.000000Z",
	} {
		c := one(t, decode(p, `{"id":"e","type":"user.created","created_at":"`+sent+`","data":{"user_id":"u"}}`))
		if got := showMicros(c.OccurredAt); got != want {
			t.Errorf("%s became %s, want %s", sent, got, want)
		}
	}
}

func TestTrapPayloadWithoutProfile(t *testing.T) {
	t.Parallel()
	for typ, body := range map[string]string{
		"authara":    `{"id":"e","type":"user.updated","created_at":"2026-01-15T12:00:00Z","data":{"user_id":"u"}}`,
		"node_auth":  `{"event":"identity.user.deleted","timestamp":"2026-01-15T12:00:00Z","data":null,"metadata":{"userId":"u"}}`,
		"authon_pro": `{"event":"user.ban","timestamp":"2026-01-15T12:00:00Z","data":{"userId":"u"}}`,
		"authon":     authonUser("user.deleted", `"id":"u"`),
	} {
		c := one(t, decode(open(t, typ, nil), body))
		if c.UserID != "u" || c.Fields != [usersync.NumColumns]usersync.Value{} {
			t.Errorf("%s: %+v", typ, c)
		}
	}
	shared := one(t, decode(open(t, "authon", nil), authonUser("user.created", `"id":"u","email":null`)))
	if shared.Fields[usersync.FieldEmail] != usersync.NullValue() {
		t.Errorf("an e-mail of null is %v", shared.Fields[usersync.FieldEmail].Kind())
	}
}

func TestTrapUnknownEventsAndTestPings(t *testing.T) {
	t.Parallel()
	for typ, bodies := range map[string][]string{
		"authon_pro": {`{"event":"test","data":{"message":"ping"}}`, `{"event":"license.activate","data":{"activatedBy":"u"}}`, `{"event":"brand.new"}`},
		"authara":    {`{"id":"e","type":"organization.membership.created","created_at":"2026-01-15T12:00:00Z","data":{"user_id":"u"}}`, `{"type":"user.invented"}`},
		"authon":     {`{"event":"session.created","data":{"user":{"id":"u"}}}`, `{"event":"user.signin"}`, `{"event":"USER.CREATED"}`},
		"authpi":     {`{"specversion":"1.0","data":{"type":"user.verification.succeeded"}}`, `{"specversion":"1.0","data":{"type":"organization.suspended"}}`},
		"node_auth":  {`{"event":"identity.auth.login.failed"}`, `{"event":"identity.tenant.user.removed","metadata":{"userId":"u"}}`},
	} {
		for _, body := range bodies {
			if d := decode(open(t, typ, nil), body); d.Ignored != 1 || len(d.Commands)+len(d.Letters) != 0 {
				t.Errorf("%s: %s gives %s", typ, body, indent(showDelivery(d)))
			}
		}
	}
}

func TestTrapEventHeadersAreUnsigned(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"authara/current-user.created.http", "node_auth/created.http", "authon_pro/user.ban.http"} {
		typ, _, _ := strings.Cut(file, "/")
		rec := readRecording(t, typ, "testdata/"+file)
		p := rec.provider(t, nil)
		want := showDelivery(p.Decode(rec.request, Proof{}))
		forged := rec.request
		forged.Header = forged.Header.Clone()
		for name := range forged.Header {
			if strings.HasSuffix(name, "-Event") || strings.HasSuffix(name, "-Delivery") || name == "X-Webhook-Timestamp" {
				forged.Header.Set(name, "user.deleted")
			}
		}
		proof, err := p.Verify(forged)
		if err != nil {
			t.Fatal(err)
		}
		if got := showDelivery(p.Decode(forged, proof)); !bytes.Equal(indent(got), indent(want)) {
			t.Errorf("%s: forged headers give %s", file, indent(got))
		}
	}
}

func TestTrapBinaryCloudEventUnderABodySignature(t *testing.T) {
	t.Parallel()
	signed := mustNew(t, "authpi", Settings{Type: "authpi", Secrets: []secret.Text{secret.New("s")}})
	both := mustNew(t, "authpi", Settings{Type: "authpi", Secrets: []secret.Text{secret.New("s")}, Bearer: []secret.Text{secret.New("b")}})
	for _, p := range []*Provider{signed, both} {
		r := Request{Header: http.Header{"Ce-Specversion": {"1.0"}, "Ce-Type": {"forged"}}, Body: []byte(`{}`), ReceivedAt: noon}
		if err := p.Sign(r.Header, r.Body, noon); err != nil {
			t.Fatal(err)
		}
		_, err := p.Verify(r)
		if p == both && err != nil {
			t.Errorf("refused in spite of the bearer token: %v", err)
		}
		if p == signed {
			recording{typ: "authpi"}.refuses(t, p, "ce-* headers", r, ReasonUnsignedHeaders)
		}
	}
}

func TestTrapOldManualReplays(t *testing.T) {
	t.Parallel()
	rec := readRecording(t, "authon", "testdata/authon/current-user.banned.http")
	rec.request.ReceivedAt = rec.request.ReceivedAt.Add(72 * time.Hour)
	rec.refuses(t, rec.provider(t, nil), "replay after three days", rec.request, ReasonTooOld)
	_, err := rec.provider(t, nil).Verify(rec.request)
	if !strings.Contains(err.Error(), "72h0m0s") {
		t.Errorf("the age is not told: %v", err)
	}
	week := 7 * 24 * time.Hour
	if _, err := rec.provider(t, func(s *Settings) { s.Tolerance = &week }).Verify(rec.request); err != nil {
		t.Errorf("refused within the tolerance: %v", err)
	}
}

func TestTrapSecretWithATrailingNewline(t *testing.T) {
	t.Parallel()
	rec := readRecording(t, "authara", "testdata/authara/current-user.created.http")
	value, err := os.ReadFile("testdata/authara/secret.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, end := range []string{"", "\n", "\r\n", "\n\n"} {
		p := rec.provider(t, func(s *Settings) { s.Secrets[0] = secret.New(strings.TrimSpace(string(value)) + end) })
		if _, err := p.Verify(rec.request); err != nil {
			t.Errorf("%q at the end: %v", end, err)
		}
	}
	p := rec.provider(t, func(s *Settings) { s.Secrets[0] = secret.New(" " + s.Secrets[0].Reveal()) })
	rec.refuses(t, p, "a space in front is part of the secret", rec.request, ReasonMismatch)
}

func TestTrapLoginLiftsABan(t *testing.T) {
	t.Parallel()
	c := one(t, decode(open(t, "authon_pro", nil), `{"event":"user.login","timestamp":"2026-01-15T12:00:00Z","data":{"userId":"u","reason":"not a ban's"}}`))
	if c.Kind != usersync.KindUpdated || c.Access != usersync.AccessCleared || c.Fields[usersync.FieldLastSignInAt] != usersync.TimeValue(usersync.MicrosOf(noon)) {
		t.Errorf("%+v", c)
	}
	if c.Fields[usersync.FieldSuspendedReason].Present() {
		t.Error("a login sets suspended_reason")
	}
}

func TestTrapBannedByIsNoUser(t *testing.T) {
	t.Parallel()
	d := decode(open(t, "authon_pro", nil), `{"event":"user.ban","timestamp":"2026-01-15T12:00:00Z","data":{"bannedBy":"seller"}}`)
	if got := reason(t, d); got != noUserID {
		t.Errorf("dead letter %q", got)
	}
}

func TestTrapBatchIsJudgedPartByPart(t *testing.T) {
	t.Parallel()
	rec := readRecording(t, "authpi", "testdata/authpi/openssl-batch.http")
	d := rec.provider(t, nil).Decode(rec.request, Proof{})
	if len(d.Commands) != 2 || len(d.Letters) != 2 || d.Ignored != 1 {
		t.Fatalf("%s", indent(showDelivery(d)))
	}
	for _, part := range [][]byte{d.Commands[0].Payload, d.Letters[0].Payload} {
		if part[0] != '{' || len(part) > 300 || !bytes.Contains(rec.request.Body, part) {
			t.Errorf("the payload is not the part: %s", part)
		}
	}
}

func TestTrapHashIDsCoverOnePart(t *testing.T) {
	t.Parallel()
	// openssl dgst -sha256 -binary | head -c 16 | basenc --base64url, of the body below.
	const body = `{"event":"user.login","timestamp":"2026-01-15T12:00:00Z","data":{"userId":"u"}}`
	c := one(t, decode(open(t, "authon_pro", nil), body))
	if c.EventID != "sha256-x25xtk5ibvwfO6wllsSMKw" {
		t.Errorf("id %s", c.EventID)
	}
}

func TestTrapSignatureCaseAndPrefix(t *testing.T) {
	t.Parallel()
	rec := readRecording(t, "authara", "testdata/authara/current-user.created.http")
	p := rec.provider(t, nil)
	written := rec.request.Header.Get("X-Authara-Signature")
	bare := strings.TrimPrefix(written, "sha256=")
	with := func(value string) Request {
		r := rec.request
		r.Header = r.Header.Clone()
		r.Header.Set("X-Authara-Signature", value)
		return r
	}
	if _, err := p.Verify(with("sha256=" + strings.ToUpper(bare))); err != nil {
		t.Errorf("upper-case hex: %v", err)
	}
	for _, value := range []string{bare, "v1=" + bare, "SHA256=" + bare, "sha256= " + bare, "sha256=" + bare[:62], "sha256=" + bare + "00", written + ", " + written} {
		rec.refuses(t, p, "signature in another form", with(value), ReasonMalformed)
	}
}

func TestTrapTimestampIsSignedAsReceived(t *testing.T) {
	t.Parallel()
	rec := readRecording(t, "authon", "testdata/authon/current-user.banned.http")
	same := strings.TrimSuffix(rec.request.Header.Get("X-Authon-Timestamp"), "Z") + "+00:00"
	rec.request.Header.Set("X-Authon-Timestamp", same)
	rec.refuses(t, rec.provider(t, nil), "the same instant written otherwise", rec.request, ReasonMismatch)
}

func TestTrapLegacySignatureIsOffByDefault(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"openssl-legacy-prefixed", "openssl-legacy-bare"} {
		rec := readRecording(t, "authon", "testdata/authon/"+name+".http")
		p := rec.provider(t, func(s *Settings) { s.LegacySignature = false })
		rec.refuses(t, p, name, rec.request, ReasonMissing, ReasonMalformed)
	}
	// With the switch on, current requests stay as protected as before.
	rec := readRecording(t, "authon", "testdata/authon/current-user.banned.http")
	p := rec.provider(t, func(s *Settings) { s.LegacySignature = true })
	if proof, err := p.Verify(rec.request); err != nil || proof.Timestamp == "" {
		t.Errorf("%+v, %v", proof, err)
	}
	rec.request.ReceivedAt = rec.request.ReceivedAt.Add(time.Hour)
	rec.refuses(t, p, "old, legacy allowed", rec.request, ReasonTooOld)
}

func TestTrapUnsignedTimestampIsNoTime(t *testing.T) {
	t.Parallel()
	p := mustNew(t, "authon", Settings{Type: "authon", Secrets: []secret.Text{secret.New("s")}, LegacySignature: true})
	body := []byte(`{"event":"user.deleted","data":{"user":{"id":"u"}}}`)
	older := p.checks[0].legacy[0]
	r := Request{Header: http.Header{}, Body: body, ReceivedAt: noon}
	if err := older.sign(r.Header, body, noon, p.checks[0].keys); err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Authon-Timestamp", "2026-01-15T12:00:00Z")
	proof, err := p.Verify(r)
	if err != nil {
		t.Fatal(err)
	}
	if got := reason(t, p.Decode(r, proof)); got != noTime {
		t.Errorf("dead letter %q", got)
	}
}

func TestTrapRestampedEnvelope(t *testing.T) {
	t.Parallel()
	p := open(t, "authpi", nil)
	event := func(outer, data string) usersync.Command {
		return one(t, decode(p, `{"specversion":"1.0","id":"d","source":"s","time":"`+outer+`","data":{"id":"e","type":"user.updated","subject":{"user_id":"u"},"data":`+data+`}}`))
	}
	first := event("2026-01-15T11:00:00Z", `{"user":{"updated_at":"2026-01-15T10:59:00Z"}}`)
	retry := event("2026-01-15T12:00:00Z", `{"user":{"updated_at":"2026-01-15T10:59:00Z"}}`)
	if first.OccurredAt != retry.OccurredAt || !first.Unstable {
		t.Errorf("a retry looks newer: %v, %v", first.OccurredAt, retry.OccurredAt)
	}
	if c := event("2026-01-15T12:00:00Z", `{"updated_at":null}`); c.OccurredAt != usersync.MicrosOf(noon) {
		t.Errorf("without an own time the event is of %v", c.OccurredAt)
	}
}

func TestTrapNamesThatLookLikePaths(t *testing.T) {
	t.Parallel()
	p := open(t, "authon", nil)
	for data, want := range map[string]string{
		`"data":[{"user":{"id":"u"}}]`:                                            "", // an array is no object
		`"data":{"user":[{"id":"u"}]}`:                                            "",
		`"data":"{\"user\":{\"id\":\"u\"}}"`:                                      "", // nor is a text
		`"data.user.id":"u","data.user":{"id":"u"},"data":{"user.id":"u"}`:        "", // a name with dots is one name
		`"data":{"":{"user":{"id":"u"}},"user":{"ID":"u"}}`:                       "",
		`"data.user":{"id":"wrong"},"data":{"user.id":"wrong","user":{"id":"u"}}`: "u",
		`"d\u0061ta":{"us\u0065r":{"\u0069d":"\u0075"}}`:                          "u", // escapes change no name
		`"data":{"user":{"id":"a.b\\.#(c)|@this"}}`:                               `a.b\.#(c)|@this`,
	} {
		d := decode(p, `{"event":"user.deleted","timestamp":"2026-01-15T12:00:00Z",`+data+`}`)
		if want == "" {
			if got := reason(t, d); got != noUserID {
				t.Errorf("%s: %s", data, got)
			}
		} else if c := one(t, d); c.UserID != want {
			t.Errorf("%s is of %q", data, c.UserID)
		}
	}
}

func TestTrapTheSameEventTwiceInABatch(t *testing.T) {
	t.Parallel()
	const event = `{"specversion":"1.0","id":"d","source":"s","time":"2026-01-15T12:00:00Z","data":{"type":"user.deleted","subject":{"user_id":"u"}}}`
	d := decode(open(t, "authpi", nil), "["+event+",\n"+event+"]", "Content-Type", "application/cloudevents-batch+json")
	if len(d.Commands) != 2 || d.Commands[0].EventID != d.Commands[1].EventID || d.Commands[0].Fields != d.Commands[1].Fields {
		t.Errorf("%s", indent(showDelivery(d)))
	}
}
