package providers

import (
	"bytes"
	"net/http"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

type jwtVectors struct {
	JWKS  jose.JSONWebKeySet `json:"jwks"`
	Cases []jwtVector
}

type jwtVector struct {
	Name, Verify, Unpack, Secret, Body string
	Headers                            map[string]string
	Now                                int64
	Site                               Site
	Reason                             string // "" if it is accepted
}

func (v jwtVector) request() Request {
	return hmacVector{Body: v.Body, Headers: v.Headers, Now: v.Now}.request()
}

// tokenProvider compiles a provider that is verified by tokens. Its public keys
// come from a server, its address is that of the settings.
func tokenProvider(t testing.TB, verify, unpack string, s Settings) *Provider {
	t.Helper()
	def, err := compile("custom.yaml", []byte("verify: "+verify+"\nunpack: "+unpack+"\nevent: "+plainEvent+"\nuser: {}\nsamples: {a: {body: '{}'}}\n"+
		"api: {params: {realm: {about: the realm, optional: true}, receiver: {about: the URL that the sender posts to, optional: true}}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := newProvider("custom", def, s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestVectorsOfTokens(t *testing.T) {
	t.Parallel()
	var all jwtVectors
	readVectors(t, "jwt.json", &all)
	for _, v := range all.Cases {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			server := startJWKS(t, all.JWKS)
			s := Settings{Site: v.Site, JWT: JWTSettings{JWKSURL: server.URL}}
			if v.Secret != "" {
				s.Secrets, s.JWT = texts(v.Secret), JWTSettings{}
			}
			p := tokenProvider(t, v.Verify, v.Unpack, s)
			if v.Reason != "" {
				rejects(t, p, v.Name, v.request(), v.Reason)
				return
			}
			proof, err := p.Verify(v.request())
			if err != nil || proof.Headers || proof.Fingerprint == "" {
				t.Fatalf("%+v, %v", proof, err)
			}
			r := v.request()
			from, to := signedPart(p, r.Body)
			for i := from; i < to; i++ {
				flipped := r
				flipped.Body = bytes.Clone(r.Body)
				flipped.Body[i] ^= 1 << (i % 8)
				if _, err := p.Verify(flipped); reasonOf(err) == "" {
					t.Fatalf("a flipped bit in byte %d: %v", i, err)
				}
			}
			for name := range v.Headers {
				doubled := v.request()
				doubled.Header.Add(name, doubled.Header.Get(name))
				rejects(t, p, "two tokens", doubled, ReasonDoubled)
				rejects(t, p, "no token", Request{Header: http.Header{}, Body: r.Body, ReceivedAt: r.ReceivedAt}, ReasonMissing)
			}
			if n := server.asked.Load(); v.Secret == "" && (n < 1 || n > keysBurst+1) || v.Secret != "" && n != 0 {
				t.Errorf("the keys were asked for %d times", n)
			}
		})
	}
}

// What stands beside a token is nothing: the claims are the event.
func TestOnlyTheClaimsOfATokenAreRead(t *testing.T) {
	t.Parallel()
	var all jwtVectors
	readVectors(t, "jwt.json", &all)
	for _, v := range all.Cases {
		if v.Unpack == "json" || v.Reason != "" {
			continue
		}
		p := tokenProvider(t, v.Verify, v.Unpack, Settings{JWT: JWTSettings{JWKSURL: startJWKS(t, all.JWKS).URL}})
		proof, err := p.Verify(v.request())
		if err != nil {
			t.Fatal(err)
		}
		d := p.Decode(v.request(), proof)
		if len(d.Letters) != 1 || bytes.Contains(d.Letters[0].Payload, []byte("user.delete")) || bytes.Contains(d.Letters[0].Payload, []byte(`"token"`)) {
			t.Errorf("%s: %s", v.Name, indent(showDelivery(d)))
		}
		if at := time.Unix(v.Now, 0); d.Letters[0].ReceivedAt.Time() != at.UTC() {
			t.Errorf("received at %v", d.Letters[0].ReceivedAt)
		}
	}
}
