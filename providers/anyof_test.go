package providers

import (
	"net/http"
	"strings"
	"testing"
)

const alternatives = `
  - any:
    - {secret: {bearer: true}, credential: bearer}
    - {standard_webhooks: {prefix: webhook}}
    - {hmac: {header: X-Sig, key: base64}}
`

// One URL takes senders that prove themselves in different ways.
func TestOneOfSeveralProofsIsEnough(t *testing.T) {
	t.Parallel()
	p := custom(t, alternatives, plainEvent, "{}", Settings{Bearer: texts("tok"), Secrets: texts(strings.TrimPrefix(webhookSecret, "whsec_"))})
	const mac = "d0b5b6d5f0e4c3e1" // no signature of anything
	for name, test := range map[string]struct {
		edit func(http.Header)
		want string
	}{
		"the signature":                    {func(http.Header) {}, ""},
		"the bearer token":                 {func(h http.Header) { h.Del("Webhook-Signature"); h.Set("Authorization", "Bearer tok") }, ""},
		"both":                             {func(h http.Header) { h.Set("Authorization", "Bearer tok") }, ""},
		"nothing":                          {func(h http.Header) { h.Del("Webhook-Signature") }, ReasonMissing},
		"the signature, and a wrong token": {func(h http.Header) { h.Set("Authorization", "Bearer no") }, ""},
		"a wrong token alone":              {func(h http.Header) { h.Del("Webhook-Signature"); h.Set("Authorization", "Bearer no") }, ReasonMismatch},
		"a wrong signature alone":          {func(h http.Header) { h.Set("Webhook-Signature", otherSignature) }, ReasonMismatch},
		"both wrong":                       {func(h http.Header) { h.Set("Webhook-Signature", "v1"); h.Set("Authorization", "Bearer no") }, ReasonMismatch},
		"a doubled token": {func(h http.Header) {
			h.Del("Webhook-Signature")
			h["Authorization"] = []string{"Bearer tok", "Bearer tok"}
		}, ReasonDoubled},
		"a malformed third": {func(h http.Header) { h.Del("Webhook-Signature"); h.Set("X-Sig", mac) }, ReasonMalformed},
	} {
		r := webhookRequest("Webhook", webhookV1)
		test.edit(r.Header)
		if test.want != "" {
			rejects(t, p, name, r, test.want)
		} else if _, err := p.Verify(r); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An alternative without credentials is none: whoever configures the signature
// alone does not take what says it is a token.
func TestOnlyAlternativesWithCredentialsCount(t *testing.T) {
	t.Parallel()
	p := custom(t, alternatives, plainEvent, "{}", Settings{Bearer: texts("tok")})
	rejects(t, p, "a signature", webhookRequest("Webhook", webhookV1), ReasonMissing)
	r := webhookRequest("Webhook", webhookV1)
	r.Header = http.Header{"Authorization": {"Bearer tok"}}
	proof, err := p.Verify(r)
	if err != nil || !proof.Headers {
		t.Errorf("%+v, %v", proof, err)
	}
	_, err = newProvider("custom", p.def, Settings{})
	if err == nil || !strings.HasPrefix(err.Error(), "bearer: missing; set bearer or secrets to") {
		t.Errorf("without any: %v", err)
	}
	_, err = newProvider("custom", p.def, Settings{Secrets: texts("no base64!")})
	for _, want := range []string{"secrets: number 1 is no key of Standard Webhooks", "secrets: number 1 is no base64"} {
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "no base64!") {
			t.Errorf("a secret that is none: %v", err)
		}
	}
}

// Elements beside `any` must pass as well.
func TestAnyIsOneElementOfSeveral(t *testing.T) {
	t.Parallel()
	p := custom(t, alternatives+"  - {secret: {header: X-Key}}\n", plainEvent, "{}", Settings{Bearer: texts("tok"), Secrets: texts(strings.TrimPrefix(webhookSecret, "whsec_"))})
	r := webhookRequest("Webhook", webhookV1)
	rejects(t, p, "without the key", r, ReasonMissing)
	r.Header.Set("X-Key", strings.TrimPrefix(webhookSecret, "whsec_"))
	if _, err := p.Verify(r); err != nil {
		t.Error(err)
	}
	r.Header.Del("Webhook-Signature")
	rejects(t, p, "the key alone", r, ReasonMissing)
	header := http.Header{}
	if err := p.Sign(header, []byte("{}"), noon); err != nil || header.Get("Authorization") != "Bearer tok" || header.Get("X-Key") == "" || header.Get("Webhook-Id") != "" {
		t.Errorf("signed as %v, %v", header, err)
	}
}

// listedSignature has its timestamp and signatures in one header.
const listedSignature = `{hmac: {header: S, content: "{timestamp}.{body}", fields: {timestamp: t, signature: v1}, timestamp: {format: s}}}`

func TestListsOfSignatures(t *testing.T) {
	t.Parallel()
	const good = "7b8225b28f12298f4c6eed37e41ae56070fbc516053798586800ca63169dcdd5" // see testdata/vectors/hmac.json
	p := custom(t, listedSignature, plainEvent, "{}", Settings{Secrets: texts("testSigningKey")})
	for written, want := range map[string]string{
		"t=1705320000,v1=" + good:                  "",
		"v1=" + good + " ,\tt=1705320000":          "",
		"t=1705320000,v0=x,v1=" + good + ",,=":     "",
		"t=1705320000,v1=" + strings.ToUpper(good): "",
		"t=1705320000,v1=" + good[1:]:              ReasonMalformed,
		"t=1705320000,V1=" + good:                  ReasonMalformed,
		"t=1705320000":                             ReasonMalformed,
		"v1=" + good:                               ReasonMalformed,
		good:                                       ReasonMalformed,
		"":                                         ReasonMalformed,
		"t=1705320000,t=1705320000,v1=" + good:     ReasonDoubled,
		"t=1705320001,v1=" + good:                  ReasonMismatch,
		"t= 1705320000,v1=" + good:                 ReasonMismatch,
		"t=,v1=" + good:                            ReasonMismatch,
		"t=1705320000;v1=" + good:                  ReasonMalformed,
		"t=1705320000,v1=zz,v1=" + good:            ReasonMalformed,
		"t=1705320000," + strings.Repeat("v1="+strings.Repeat("0", 64)+",", 99) + "v1=" + good: "",
	} {
		r := Request{Header: http.Header{"S": {written}}, Body: []byte("test"), ReceivedAt: noon.AddDate(-2, 0, 0)}
		if want != "" {
			rejects(t, p, written, r, want)
			continue
		}
		if _, err := p.Verify(r); err != nil {
			t.Errorf("%s: %v", written, err)
		}
	}
}

func TestTheTimestampOfAListSurvives(t *testing.T) {
	t.Parallel()
	p := custom(t, `{hmac: {header: [S, S2], content: "{timestamp}.{body}", fields: {timestamp: t, signature: v1}, timestamp: {format: ms}}}`,
		`{id: {hash: body}, type: type, time: {signed: timestamp}, user: id, types: {up: user.updated}}`, "{}",
		Settings{Secrets: texts("k"), Signature: SignatureSettings{Header: "x-other"}})
	r := Request{Header: http.Header{}, Body: []byte(signedEventBody), ReceivedAt: noon}
	if err := p.Sign(r.Header, r.Body, noon); err != nil || len(r.Header) != 1 {
		t.Fatalf("%v, %v", r.Header, err)
	}
	proof, err := p.Verify(r)
	if err != nil {
		t.Fatal(err)
	}
	d := p.Decode(r, proof)
	c, again := one(t, d), one(t, p.Reread(&d.Verified, 0))
	if c.Headers["X-Other"] != "t=1768478400000" || again.OccurredAt != c.OccurredAt || again.EventID != c.EventID {
		t.Errorf("kept %v, read again at %v", c.Headers, again.OccurredAt)
	}
	prefix := "v1="
	if _, err := newProvider("custom", p.def, Settings{Secrets: texts("k"), Signature: SignatureSettings{Prefix: &prefix}}); err == nil || !strings.HasPrefix(err.Error(), "signature.prefix: ") {
		t.Errorf("a prefix of a list: %v", err)
	}
}

// A public key is none of the secrets of another alternative: whoever knows it could
// sign with it, or show it.
func TestAPublicKeyIsNoSecret(t *testing.T) {
	t.Parallel()
	for _, other := range []string{"{hmac: {header: X-Sig}}", "{secret: {bearer: true}}", "{secret: {header: X-Key}}"} {
		def := customDefinition(t, "{any: [{standard_webhooks: {}}, "+other+"]}", plainEvent, "{}")
		for _, written := range []string{webhookPublic, "v1a," + webhookPublic, webhookSecret + "|" + webhookPublic} {
			_, err := newProvider("custom", def, Settings{Secrets: texts(written)})
			if err == nil || !strings.Contains(err.Error(), "secrets: number 1 is a public key") || strings.Contains(err.Error(), written) {
				t.Errorf("%s: %v", other, err)
			}
		}
	}
}

// An older signature is made with a secret, which a public key is not.
func TestAPublicKeyMakesNoOlderSignature(t *testing.T) {
	t.Parallel()
	p := custom(t, "\n  - {standard_webhooks: {}, legacy: [{hmac: {header: X-Sig}}]}\n", plainEvent, "{}", Settings{Secrets: texts(webhookPublic), LegacySignature: true})
	r := webhookRequest("Webhook", webhookV1)
	r.Header = http.Header{"X-Sig": {strings.Repeat("ab", 32)}}
	rejects(t, p, "an older signature", r, ReasonMismatch)
}
