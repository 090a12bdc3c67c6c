package providers

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	usersync "usersync/sync"
)

// sampleKinds says what each sample must decode to; "" is ignored.
var sampleKinds = map[string]map[string]string{
	"authara":    {"user.created": "user.created", "user.updated": "user.updated", "user.deleted": "user.deleted", "organization.created": ""},
	"authon":     {"user.created": "user.created", "user.updated": "user.updated", "user.deleted": "user.deleted", "user.banned": "user.banned", "user.unbanned": "user.unbanned", "session.created": ""},
	"authon_pro": {"user.register": "user.created", "user.login": "user.updated", "user.ban": "user.banned", "test": ""},
	"authpi":     {"user.created": "user.created", "user.updated": "user.updated", "user.updated suspended": "user.updated", "user.updated active": "user.updated", "user.deleted": "user.deleted", "session.created": ""},
	"node_auth":  {"identity.user.created": "user.created", "identity.user.updated": "user.updated", "identity.user.deleted": "user.deleted", "identity.user.banned": "user.banned", "identity.user.unbanned": "user.unbanned", "identity.auth.login.success": ""},
}

func TestEverySampleIsAcceptedAndMeansWhatItSays(t *testing.T) {
	t.Parallel()
	sample := Sample{UserID: `u"1\é`, Email: `a"b@example.com`, Name: "Ann \"The\" Lee", Time: noon}
	for _, typ := range Types() {
		p := mustNew(t, typ, Settings{Type: typ, Secrets: texts("first", "second")})
		if want := sampleKinds[typ]; len(want) != len(p.Events()) {
			t.Errorf("%s: the samples are %q, want %d of them", typ, p.Events(), len(want))
		}
		for _, event := range p.Events() {
			header, body, err := p.Build(event, sample)
			if err != nil {
				t.Fatalf("%s %s: %v", typ, event, err)
			}
			r := Request{Header: header, Body: body, ReceivedAt: noon}
			proof, err := p.Verify(r)
			if err != nil {
				t.Fatalf("%s %s: %v", typ, event, err)
			}
			d := p.Decode(r, proof)
			want := sampleKinds[typ][event]
			if want == "" {
				if d.Ignored != 1 || len(d.Letters)+len(d.Commands) != 0 {
					t.Errorf("%s %s: %s", typ, event, indent(showDelivery(d)))
				}
				continue
			}
			c := one(t, d)
			if c.Kind.String() != want || c.UserID != sample.UserID || c.OccurredAt != usersync.MicrosOf(noon) || c.EventID == "" {
				t.Errorf("%s %s: %s", typ, event, indent(showDelivery(d)))
			}
			if email := c.Fields[usersync.FieldEmail]; email.Present() && email != usersync.TextValue(sample.Email) {
				t.Errorf("%s %s: e-mail %q", typ, event, email.Str())
			}
		}
	}
}

func TestASampleIsFoundByKind(t *testing.T) {
	t.Parallel()
	for typ, kinds := range map[string][]string{
		"authara":    {"user.created", "user.updated", "user.deleted"},
		"authon":     {"user.created", "user.updated", "user.deleted", "user.banned", "user.unbanned"},
		"authon_pro": {"user.created", "user.updated", "user.banned", "user.unbanned"},
		"authpi":     {"user.created", "user.updated", "user.deleted", "user.banned", "user.unbanned"},
		"node_auth":  {"user.created", "user.updated", "user.deleted", "user.banned", "user.unbanned"},
	} {
		p := open(t, typ, nil)
		for k := usersync.KindCreated; k <= usersync.KindUnbanned; k++ {
			header, body, err := p.Build(k.String(), Sample{UserID: "u", Time: noon})
			if (err == nil) != slices.Contains(kinds, k.String()) {
				t.Errorf("%s %s: %v", typ, k, err)
				continue
			}
			if err != nil {
				if !strings.Contains(err.Error(), p.Events()[0]) {
					t.Errorf("%s: the known events are not listed: %v", typ, err)
				}
				continue
			}
			c := one(t, p.Decode(Request{Header: header, Body: body, ReceivedAt: noon}, Proof{}))
			fits := c.Kind == k ||
				k == usersync.KindBanned && c.Access == usersync.AccessBanned ||
				k == usersync.KindUnbanned && (c.Access == usersync.AccessUnbanned || c.Access == usersync.AccessCleared)
			if !fits {
				t.Errorf("%s %s gives %s", typ, k, indent(showDelivery(&usersync.Delivery{Commands: []usersync.Command{c}})))
			}
		}
	}
}

func TestSamplesFollowAliases(t *testing.T) {
	t.Parallel()
	p := open(t, "authara", func(s *Settings) { s.Aliases = map[string]string{"user.updated": "user.banned"} })
	_, body, err := p.Build("user.banned", Sample{UserID: "u", Time: noon})
	if err != nil || !strings.Contains(string(body), "user.updated") {
		t.Errorf("%s, %v", body, err)
	}
}

func TestSamplesThatCannotBeMade(t *testing.T) {
	t.Parallel()
	p := open(t, "authara", nil)
	for event, s := range map[string]Sample{
		"user.created": {Time: noon},
		"user.updated": {UserID: "u"},
		"user.deleted": {UserID: "u", Time: noon, EventID: "a\r\nX-Forged: 1"},
		"user.login":   {UserID: "u", Time: noon},
	} {
		if _, _, err := p.Build(event, s); err == nil {
			t.Errorf("%s %+v was made", event, s)
		}
	}
	if _, body, err := p.Build("user.created", Sample{UserID: "u\xff", EventID: "e", Time: noon}); err != nil || checkJSON(body) != nil {
		t.Errorf("a broken id gives %q, %v", body, err)
	}
}

func TestSignWithoutCredentialsAddsNothing(t *testing.T) {
	t.Parallel()
	header := http.Header{}
	open(t, "authon", nil).Sign(header, []byte("{}"), noon)
	if len(header) != 0 {
		t.Errorf("%v", header)
	}
}
