package providers

import (
	"net/http"
	"strings"
	"testing"
	"time"

	usersync "usersync/sync"
)

// The key, the message and its signature are those of the reference libraries
// (testdata/vectors/standard-webhooks.json).
const (
	webhookSecret   = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	webhookBody     = `{"test": 2432232314}`
	webhookV1       = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	otherSignature  = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc="
	webhookPublic   = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="
	webhookV1a      = "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="
	signedEvent     = `{id: {signed: id}, type: type, time: {signed: timestamp}, user: id, types: {up: user.updated}}`
	signedEventBody = `{"type":"up","id":"usr_1"}`
)

// webhookRequest is that message, with headers that begin with prefix.
func webhookRequest(prefix, signature string) Request {
	return Request{Header: http.Header{
		prefix + "-Id":        {"msg_p5jXN8AQM9LWM0D4loKWxJek"},
		prefix + "-Timestamp": {"1614265330"},
		prefix + "-Signature": {signature},
	}, Body: []byte(webhookBody), ReceivedAt: time.Unix(1614265330, 0)}
}

func TestWaysToWriteAKeyOfStandardWebhooks(t *testing.T) {
	t.Parallel()
	other := "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
	for _, written := range []string{
		webhookSecret, strings.TrimPrefix(webhookSecret, "whsec_"), "v1," + webhookSecret, "v1," + other + "|v1," + webhookSecret,
		webhookSecret + " | " + other, webhookPublic, "v1a," + webhookPublic, other + "|" + webhookPublic, webhookSecret + "\n",
	} {
		p := custom(t, eitherName, plainEvent, "{}", Settings{Secrets: texts(written)})
		if _, err := p.Verify(webhookRequest("Webhook", webhookV1+" "+webhookV1a)); err != nil {
			t.Errorf("%q: %v", written, err)
		}
	}
	def := customDefinition(t, eitherName, plainEvent, "{}")
	for _, private := range []string{"whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==", "v1a,whsk_AA"} {
		_, err := newProvider("custom", def, Settings{Secrets: texts(private)})
		if err == nil || !strings.Contains(err.Error(), "secrets: number 1 is the sender's private key") {
			t.Errorf("%v", err)
		}
	}
}

func TestWhichSignatureOfAStandardWebhookCounts(t *testing.T) {
	t.Parallel()
	p := custom(t, eitherName, plainEvent, "{}", Settings{Secrets: texts(webhookSecret)})
	public := custom(t, eitherName, plainEvent, "{}", Settings{Secrets: texts(webhookPublic)})
	many := strings.Repeat(otherSignature+" ", maxSignatures-1)
	for name, test := range map[string]struct {
		p         *Provider
		signature string
		want      string
	}{
		"as many as are looked at":           {p, many + webhookV1, ""},
		"one more":                           {p, many + otherSignature + " " + webhookV1, ReasonMalformed},
		"a public key and the secret's":      {public, webhookV1, ReasonMismatch},
		"the secret and the public key's":    {p, webhookV1a, ReasonMismatch},
		"an Ed25519 signature under v1":      {public, "v1," + strings.TrimPrefix(webhookV1a, "v1a,"), ReasonMismatch},
		"a short Ed25519 signature":          {public, "v1a,AAAA", ReasonMismatch},
		"something unknown beside it":        {p, "v9,!! x " + webhookV1, ""},
		"empty":                              {p, "", ReasonMalformed},
		"no version":                         {p, strings.TrimPrefix(webhookV1, "v1,"), ReasonMalformed},
		"a tab between two":                  {p, otherSignature + "\t" + webhookV1, ""},
		"a version in capitals":              {p, strings.ToUpper(webhookV1[:2]) + webhookV1[2:], ReasonMismatch},
		"base64 with bits that say nothing":  {p, webhookV1[:len(webhookV1)-2] + "F=", ReasonMalformed},
		"base64 without its padding":         {p, strings.TrimSuffix(webhookV1, "="), ReasonMalformed},
		"the two as one, joined by no space": {p, otherSignature + "," + webhookV1, ReasonMalformed},
	} {
		r := webhookRequest("Svix", test.signature)
		if test.want != "" {
			rejects(t, test.p, name, r, test.want)
		} else if _, err := test.p.Verify(r); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// All three headers must be of one kind: what is signed is told by them.
func TestHeadersOfAStandardWebhook(t *testing.T) {
	t.Parallel()
	p := custom(t, eitherName, plainEvent, "{}", Settings{Secrets: texts(webhookSecret)})
	both := webhookRequest("Webhook", webhookV1)
	for name, values := range webhookRequest("Svix", otherSignature).Header {
		both.Header[name] = values
	}
	if _, err := p.Verify(both); err != nil {
		t.Errorf("both kinds: %v", err)
	}
	for _, name := range []string{"Id", "Timestamp", "Signature"} {
		for _, prefix := range []string{"Webhook", "Svix"} {
			without, twice, garbled := webhookRequest(prefix, webhookV1), webhookRequest(prefix, webhookV1), webhookRequest(prefix, webhookV1)
			without.Header.Del(prefix + "-" + name)
			twice.Header.Add(prefix+"-"+name, twice.Header.Get(prefix+"-"+name))
			garbled.Header.Set(prefix+"-"+name, "\xff\x00")
			rejects(t, p, "without "+name, without, ReasonMissing)
			rejects(t, p, "doubled "+name, twice, ReasonDoubled)
			rejects(t, p, "garbled "+name, garbled, ReasonMalformed, ReasonMismatch)
		}
	}
	mixed := webhookRequest("Webhook", webhookV1)
	mixed.Header["Svix-Id"] = mixed.Header["Webhook-Id"]
	mixed.Header.Del("Webhook-Id")
	rejects(t, p, "an id of the other kind", mixed, ReasonMissing)
	long := webhookRequest("Webhook", webhookV1)
	long.Header.Set("Webhook-Id", strings.Repeat("x", maxID+1))
	rejects(t, p, "a long id", long, ReasonMalformed)
}

// What the signature covers beside the body is kept, so that a command or a
// dead letter is read again as the same event; what it does not cover is not.
func TestSignedIDAndTimeSurvive(t *testing.T) {
	t.Parallel()
	for _, verify := range []string{eitherName, `{standard_webhooks: {prefix: svix}}`} {
		p := custom(t, verify, signedEvent, "{}", Settings{Secrets: texts(webhookSecret)})
		header := http.Header{}
		if err := p.Sign(header, []byte(signedEventBody), noon); err != nil {
			t.Fatal(err)
		}
		header.Set("X-Event-Id", "anybody's")
		r := Request{Header: header, Body: []byte(signedEventBody), ReceivedAt: noon}
		proof, err := p.Verify(r)
		if err != nil {
			t.Fatal(err)
		}
		d := p.Decode(r, proof)
		c := one(t, d)
		if c.EventID != proof.ID || !strings.HasPrefix(c.EventID, "msg_") || c.OccurredAt != usersync.MicrosOf(noon) {
			t.Errorf("%+v", c)
		}
		again := one(t, p.Reread(&d.Verified, usersync.OriginReplay))
		if again.EventID != c.EventID || again.OccurredAt != c.OccurredAt || len(c.Headers) != 2 {
			t.Errorf("read again as %s at %v, headers %v", again.EventID, again.OccurredAt, c.Headers)
		}
		if got := reason(t, p.Decode(r, Proof{Timestamp: proof.Timestamp})); got != noEventID {
			t.Errorf("an id that nothing signed: %s", got)
		}
	}
}

func TestASampleIsSignedWithItsOwnID(t *testing.T) {
	t.Parallel()
	def, err := compile("custom.yaml", []byte("verify: "+eitherName+"\nunpack: json\nevent: "+signedEvent+
		"\nuser: {}\nsamples: {up: {headers: {webhook-id: '{event_id}'}, body: '{\"type\":\"up\",\"id\":\"{user_id}\"}'}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := newProvider("custom", def, Settings{Secrets: texts(webhookSecret)})
	if err != nil {
		t.Fatal(err)
	}
	if c := one(t, acceptSample(t, p, "user.updated", Sample{UserID: "u", EventID: "evt_1", Time: noon})); c.EventID != "evt_1" {
		t.Errorf("the event is %q", c.EventID)
	}
	public, err := newProvider("custom", def, Settings{Secrets: texts(webhookPublic)})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := public.Build("up", Sample{UserID: "u", Time: noon}); err == nil || err.Error() != "custom: "+errOnlyPublic.Error() {
		t.Errorf("built without a key to sign with: %v", err)
	}
}
