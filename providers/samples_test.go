package providers

import (
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	usersync "usersync/sync"
)

// sampleGolden is testdata/TYPE/samples.json: what the samples of a definition
// decode to, and which of them stands for each kind.
type sampleGolden struct {
	Kinds   map[string]string        `json:"kinds"`
	Samples map[string]shownDelivery `json:"samples"`
}

func TestEverySampleIsAcceptedAndMeansWhatItSays(t *testing.T) {
	t.Parallel()
	sample := Sample{UserID: `u"1\é`, Email: `a"b@example.com`, Name: "Ann \"The\" Lee", Time: noon}
	for _, typ := range Types() {
		t.Run(typ, func(t *testing.T) {
			t.Parallel()
			p := signer(t, typ)
			got := sampleGolden{map[string]string{}, map[string]shownDelivery{}}
			for _, event := range p.Events() {
				d := acceptSample(t, p, event, sample)
				got.Samples[event] = showDelivery(d)
				if len(d.Letters) > 0 || len(d.Commands)+d.Ignored != 1 {
					t.Errorf("%s: %s", event, indent(showDelivery(d)))
				}
				for _, c := range d.Commands {
					if c.UserID != sample.UserID || c.OccurredAt != usersync.MicrosOf(noon) || c.EventID == "" {
						t.Errorf("%s: %s", event, indent(showDelivery(d)))
					}
					if email := c.Fields[usersync.FieldEmail]; email.Present() && email != usersync.TextValue(sample.Email) {
						t.Errorf("%s: e-mail %q", event, email.Str())
					}
				}
			}
			for k := usersync.KindCreated; k <= usersync.KindUnbanned; k++ {
				if t, ok := p.sample(k.String(), sample); ok {
					got.Kinds[k.String()] = t.name
				}
			}
			compareGolden(t, filepath.Join("testdata", typ, "samples.json"), indent(got))
		})
	}
}

// signer is a provider that can sign its samples: one with secrets, else, if its
// tokens are signed with a key that only the sender has, one that asks for no
// proof.
func signer(t *testing.T, typ string) *Provider {
	t.Helper()
	p := mustNew(t, typ, armed(t, typ, "first", "second"))
	_, _, err := p.Build(p.Events()[0], Sample{UserID: "u", Time: noon})
	if errors.Is(err, errOnlyJWKS) {
		return open(t, typ, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// acceptSample builds a sample, and decodes it if it is accepted.
func acceptSample(t *testing.T, p *Provider, event string, s Sample) *usersync.Delivery {
	t.Helper()
	header, body, err := p.Build(event, s)
	if err != nil {
		t.Fatalf("%s: %v", event, err)
	}
	r := Request{Header: header, Body: body, ReceivedAt: noon}
	proof, err := p.Verify(r)
	if err != nil {
		t.Fatalf("%s: %v", event, err)
	}
	return p.Decode(r, proof)
}

func TestASampleIsFoundByKind(t *testing.T) {
	t.Parallel()
	for _, typ := range Types() {
		p := signer(t, typ)
		found := 0
		for k := usersync.KindCreated; k <= usersync.KindUnbanned; k++ {
			if _, _, err := p.Build(k.String(), Sample{UserID: "u", Time: noon}); err != nil {
				if !strings.Contains(err.Error(), p.Events()[0]) {
					t.Errorf("%s: the known events are not listed: %v", typ, err)
				}
				continue
			}
			found++
			c := one(t, acceptSample(t, p, k.String(), Sample{UserID: "u", Time: noon}))
			fits := c.Kind == k ||
				k == usersync.KindBanned && c.Access == usersync.AccessBanned ||
				k == usersync.KindUnbanned && (c.Access == usersync.AccessUnbanned || c.Access == usersync.AccessCleared) ||
				k == usersync.KindDeleted && c.Life == usersync.LifeDeleted
			if !fits {
				t.Errorf("%s %s gives %s", typ, k, indent(showDelivery(&usersync.Delivery{Commands: []usersync.Command{c}})))
			}
		}
		if found == 0 {
			t.Errorf("%s has no sample of any kind", typ)
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
	if err := open(t, "authon", nil).Sign(header, []byte("{}"), noon); err != nil {
		t.Fatal(err)
	}
	if len(header) != 0 {
		t.Errorf("%v", header)
	}
}
