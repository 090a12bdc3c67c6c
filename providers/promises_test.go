package providers

import (
	"bytes"
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"usersync/internal/secret"

	usersync "usersync/sync"
)

// TestPromises walks over every recorded request of every provider. A new
// definition is tested by the files that are put beside it, and fails without.
func TestPromises(t *testing.T) {
	t.Parallel()
	for _, typ := range Types() {
		for _, rec := range recordings(t, typ) {
			t.Run(typ+"/"+rec.name(), func(t *testing.T) {
				t.Parallel()
				p := rec.provider(t, nil)
				rec.givesGoldenCommands(t, p)
				rec.decodesAgainFromWhatIsKept(t, p)
				rec.keepsNoSecret(t, p)
				rec.isAcceptedByNobodyInParticular(t)
				if rec.golden.Settings.Auth == "none" {
					rec.isRefusedWithoutCredential(t)
					return
				}
				for _, refusal := range []func(*testing.T, *Provider){
					rec.refusesEveryFlippedBit, rec.refusesOtherSecrets, rec.refusesMissingHeaders,
					rec.refusesDoubledHeaders, rec.refusesGarbage, rec.refusesOldAndFuture, rec.acceptsWhileSecretsRotate,
				} {
					refusal(t, p)
				}
			})
		}
	}
}

func TestEveryFolderOfTestdataIsAProvider(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && !slices.Contains([]string{"bad", "fuzz", "lists", "vectors"}, e.Name()) && !slices.Contains(Types(), e.Name()) {
			t.Errorf("testdata/%s belongs to no definition", e.Name())
		}
	}
}

func (rec recording) givesGoldenCommands(t *testing.T, p *Provider) {
	proof, err := p.Verify(rec.request)
	if err != nil {
		t.Fatalf("refused: %v", err)
	}
	got := rec.golden
	got.Delivery = showDelivery(p.Decode(rec.request, proof))
	compareGolden(t, rec.goldenFile(), indent(got))
}

// What has the word SECRET in a recorded request must never be kept, and so is found by
// no path: the part redact has to name its member.
func (rec recording) keepsNoSecret(t *testing.T, p *Provider) {
	proof, _ := p.Verify(rec.request)
	d := p.Decode(rec.request, proof)
	kept := [][]byte{d.Verified.Body, indent(showDelivery(d))}
	for i := range d.Commands {
		kept = append(kept, d.Commands[i].Payload)
	}
	for i := range d.Letters {
		kept = append(kept, d.Letters[i].Payload)
	}
	for _, text := range kept {
		if bytes.Contains(text, []byte("SECRET")) {
			t.Errorf("a secret is kept: %s", text)
		}
	}
}

// What a spooled request or a dead letter keeps must be enough to read it again.
func (rec recording) decodesAgainFromWhatIsKept(t *testing.T, p *Provider) {
	proof, _ := p.Verify(rec.request)
	d := p.Decode(rec.request, proof)
	if again := p.Reread(&d.Verified, rec.request.Origin); string(indent(showDelivery(again))) != string(indent(showDelivery(d))) {
		t.Errorf("the request decodes again to %s", indent(showDelivery(again)))
	}
	again := func(kept map[string]string, payload []byte) *usersync.Delivery {
		return p.Reread(&usersync.Verified{Provider: p.Name(), ReceivedAt: d.Verified.ReceivedAt, Headers: kept, Body: payload}, usersync.OriginReplay)
	}
	for _, c := range d.Commands {
		replay := again(c.Headers, c.Payload)
		if len(replay.Commands) != 1 || len(replay.Letters) != 0 {
			t.Fatalf("the command of %s decodes again to %s", c.EventID, indent(showDelivery(replay)))
		}
		if again := replay.Commands[0]; again.EventID != c.EventID || again.Fields != c.Fields || again.OccurredAt != c.OccurredAt || again.Origin != usersync.OriginReplay {
			t.Errorf("%s decodes again to %s", c.EventID, indent(showDelivery(replay)))
		}
	}
	for _, l := range d.Letters {
		if replay := again(l.Headers, l.Payload); len(replay.Letters) != 1 || replay.Letters[0].Reason != l.Reason {
			t.Errorf("the letter %q decodes again to %s", l.Reason, indent(showDelivery(replay)))
		}
	}
}

func (rec recording) isAcceptedByNobodyInParticular(t *testing.T) {
	open := mustNew(t, rec.typ, Settings{Type: rec.typ, Auth: "none"})
	naked := Request{Header: http.Header{"Content-Type": rec.request.Header["Content-Type"]}, Body: rec.request.Body, ReceivedAt: rec.request.ReceivedAt}
	if _, err := open.Verify(naked); err != nil {
		t.Errorf("auth none refused an unsigned request: %v", err)
	}
	if len(open.Warnings()) == 0 {
		t.Error("auth none does not warn")
	}
}

// An unsigned request is accepted only with auth: none.
func (rec recording) isRefusedWithoutCredential(t *testing.T) {
	p := mustNew(t, rec.typ, armed(t, rec.typ, "s"))
	rec.refuses(t, p, "unsigned", rec.request, ReasonMissing)
}

// refuses checks that a request is rejected with one of the reasons, and that
// the text names no secret.
func (rec recording) refuses(t *testing.T, p *Provider, what string, r Request, reasons ...string) {
	t.Helper()
	_, err := p.Verify(r)
	var rejection *Rejection
	if !errors.As(err, &rejection) {
		t.Errorf("%s: accepted (%v)", what, err)
		return
	}
	if !slices.Contains(reasons, rejection.Reason) {
		t.Errorf("%s: rejected as %q, want one of %q", what, rejection.Reason, reasons)
	}
	for _, file := range []string{"secret.txt", "bearer.txt"} {
		value, err := os.ReadFile("testdata/" + rec.typ + "/" + file)
		if err == nil && strings.Contains(rejection.Error(), strings.TrimSpace(string(value))) {
			t.Errorf("%s: the error shows the secret: %v", what, rejection)
		}
	}
	for _, name := range credentialHeaders(p) {
		for _, value := range r.Header.Values(name) {
			if len(value) > 8 && strings.Contains(rejection.Error(), value) {
				t.Errorf("%s: the error shows the value of %s: %v", what, name, rejection)
			}
		}
	}
}

// credentialHeaders are the headers that verification looks at.
func credentialHeaders(p *Provider) []string {
	var headers []string
	add := func(s scheme) {
		switch s := s.(type) {
		case hmacScheme:
			headers = append(headers, s.headers...)
			if s.timestamp != nil && s.timestamp.member == "" {
				headers = append(headers, s.timestamp.headers...)
			}
		case webhookScheme:
			for i := range s.prefixes {
				headers = append(headers, s.signature(i), s.id(i), s.stamp.headers[i])
			}
		case secretScheme:
			headers = append(headers, s.header)
		case jwtScheme:
			headers = append(headers, s.credentials()...)
		}
	}
	for _, c := range p.checks {
		add(c.scheme)
		if p.legacy {
			for _, older := range c.legacy {
				add(older)
			}
		}
	}
	return headers
}

// signsBody reports whether one of the elements can only be passed by the body
// that was signed.
func signsBody(p *Provider) bool {
	for rest := p.checks; len(rest) > 0; {
		var element anyOf
		element, rest = firstElement(rest)
		if !slices.ContainsFunc(element, func(c armedCheck) bool { return provesSender(c.scheme) }) {
			return true
		}
	}
	return false
}

// provesSender reports whether a scheme looks at no byte of the body.
func provesSender(s scheme) bool {
	j, token := s.(jwtScheme)
	_, clear := s.(secretScheme)
	return clear || token && j.place.beside() && j.rules.hash == nil
}

// signedPart is where the signed bytes of a body stand: those of a token in it,
// or all.
func signedPart(p *Provider, body []byte) (from, to int) {
	for _, c := range p.checks {
		if j, ok := c.scheme.(jwtScheme); ok && j.place.field.text != "" {
			token, _ := tokenIn(body, j.place.field)
			from = bytes.Index(body, []byte(token))
			return from, from + len(token)
		}
	}
	return 0, len(body)
}

func (rec recording) refusesEveryFlippedBit(t *testing.T, p *Provider) {
	if !signsBody(p) {
		return // a secret in clear proves the sender, not the bytes
	}
	from, to := signedPart(p, rec.request.Body)
	for i := from; i < to; i++ {
		r := rec.request
		r.Body = bytes.Clone(r.Body)
		r.Body[i] ^= 1 << (i % 8)
		if _, err := p.Verify(r); err == nil {
			t.Fatalf("accepted with a flipped bit in byte %d", i)
		}
	}
	rec.refuses(t, p, "a byte more", Request{Header: rec.request.Header, Body: append(bytes.Clone(rec.request.Body), 'x'), ReceivedAt: rec.request.ReceivedAt}, ReasonMismatch, ReasonMalformed)
}

// spoilt changes one character of a secret, which stays written as it must be.
func spoilt(s secret.Text, part int) secret.Text {
	value := []byte(strings.TrimSpace(s.Reveal()))
	at := len(value) - 1 - len(value)/part
	if value[at]++; value[at] != 'b' {
		value[at] = 'a'
	}
	return secret.New(string(value))
}

func (rec recording) refusesOtherSecrets(t *testing.T, _ *Provider) {
	other := rec.provider(t, func(s *Settings) {
		rec.publishes(t, s, otherKeys)
		for _, list := range [][]secret.Text{s.Secrets, s.Bearer} {
			for i := range list {
				list[i] = spoilt(list[i], 2)
			}
		}
	})
	rec.refuses(t, other, "another secret", rec.request, ReasonMismatch)
}

func (rec recording) refusesMissingHeaders(t *testing.T, p *Provider) {
	for _, name := range credentialHeaders(p) {
		r := rec.request
		r.Header = r.Header.Clone()
		if len(r.Header.Values(name)) == 0 {
			continue
		}
		r.Header.Del(name)
		rec.refuses(t, p, "without "+name, r, ReasonMissing)
	}
}

func (rec recording) refusesDoubledHeaders(t *testing.T, p *Provider) {
	for _, name := range credentialHeaders(p) {
		value := rec.request.Header.Get(name)
		for _, second := range []string{value, "", "other"} {
			r := rec.request
			r.Header = r.Header.Clone()
			if len(r.Header.Values(name)) == 0 {
				continue
			}
			r.Header.Add(name, second)
			rec.refuses(t, p, "doubled "+name, r, ReasonDoubled)
		}
	}
}

func (rec recording) refusesGarbage(t *testing.T, p *Provider) {
	for _, name := range credentialHeaders(p) {
		value := rec.request.Header.Get(name)
		if value == "" {
			continue
		}
		for _, garbage := range []string{"", " ", "=", "v1=", "sha256=", "zz", value + "00", value[:len(value)-3], value + value, "sha256=" + strings.Repeat("f", 63), "\x00", "v1=\xff"} {
			r := rec.request
			r.Header = r.Header.Clone()
			r.Header.Set(name, garbage)
			rec.refuses(t, p, "garbage in "+name, r, ReasonMalformed, ReasonMismatch)
		}
	}
}

func (rec recording) refusesOldAndFuture(t *testing.T, p *Provider) {
	if p.stamp == nil || rec.golden.Settings.LegacySignature {
		return
	}
	proof, _ := p.Verify(rec.request)
	if proof.Timestamp == "" {
		return // another alternative accepts it
	}
	signed, ok := p.stamp.format.parse(proof.Timestamp)
	if !ok {
		t.Fatalf("the signed timestamp is %q", proof.Timestamp)
	}
	at := func(shift time.Duration) Request {
		r := rec.request
		r.ReceivedAt = signed.Time().Add(shift)
		return r
	}
	tolerance := p.stamp.tolerance
	for _, inside := range []time.Duration{-tolerance, tolerance} {
		if _, err := p.Verify(at(inside)); err != nil {
			t.Errorf("refused %s after it was signed: %v", inside, err)
		}
	}
	rec.refuses(t, p, "old", at(tolerance+time.Millisecond), ReasonTooOld)
	rec.refuses(t, p, "future", at(-tolerance-time.Millisecond), ReasonTooNew)
	rec.refuses(t, p, "ancient", Request{Header: rec.request.Header, Body: rec.request.Body}, ReasonTooNew)

	off := time.Duration(0)
	patient := rec.provider(t, func(s *Settings) { s.Tolerance = &off })
	if _, err := patient.Verify(at(365 * 24 * time.Hour)); err != nil {
		t.Errorf("refused without a tolerance: %v", err)
	}
}

func (rec recording) acceptsWhileSecretsRotate(t *testing.T, p *Provider) {
	rotating := rec.provider(t, func(s *Settings) {
		rec.publishes(t, s, func(set jose.JSONWebKeySet) jose.JSONWebKeySet {
			return jose.JSONWebKeySet{Keys: append(otherKeys(set).Keys, set.Keys...)}
		})
		for _, list := range []*[]secret.Text{&s.Secrets, &s.Bearer} {
			if len(*list) > 0 {
				*list = []secret.Text{spoilt((*list)[0], 2), (*list)[0], spoilt((*list)[0], 3)}
			}
		}
	})
	proof, err := rotating.Verify(rec.request)
	if err != nil {
		t.Errorf("refused while the secret rotates: %v", err)
	}
	if want, _ := p.Verify(rec.request); proof != want {
		t.Errorf("proof %+v, want %+v", proof, want)
	}
}
