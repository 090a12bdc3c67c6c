package providers

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// publicKey is a key as a provider publishes it.
func publicKey(t testing.TB, kid string) string {
	t.Helper()
	text, err := publicSet(kid, &rsaKey().PublicKey).Keys[0].MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// otherKeySet is a set whose key signed nothing.
func otherKeySet(t testing.TB) jose.JSONWebKeySet {
	t.Helper()
	return publicSet("other", &otherRSAKey().PublicKey)
}

var otherRSAKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

// Only public keys that may verify are taken from a set, and the others do not
// keep them out.
func TestKeysOfASet(t *testing.T) {
	t.Parallel()
	good := publicKey(t, "k1")
	member := func(name, value string) string {
		return strings.TrimSuffix(good, "}") + fmt.Sprintf(",%q:%s}", name, value)
	}
	replaced := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	private, err := json.Marshal(jose.JSONWebKey{Key: rsaKey(), KeyID: "k1"})
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	onCurve, err := json.Marshal(jose.JSONWebKey{Key: &curve.PublicKey, KeyID: "k1"})
	if err != nil {
		t.Fatal(err)
	}
	short := `{"kty":"RSA","kid":"k1","e":"AQAB","n":"` + strings.Repeat("A", 4) + strings.Repeat("z", 120) + `"}`
	long := `{"kty":"RSA","kid":"k1","e":"AQAB","n":"` + strings.Repeat("z", 4000) + `"}`
	for name, test := range map[string]struct {
		key  string
		want int // of the suitable ones for RS256
	}{
		"a good one":              {good, 1},
		"for verification":        {member("key_ops", `["verify"]`), 1},
		"for signatures only":     {member("key_ops", `["sign"]`), 0},
		"for encryption":          {replaced(`"use":"sig"`, `"use":"enc"`), 0},
		"for another algorithm":   {member("alg", `"RS512"`), 0},
		"for this algorithm":      {member("alg", `"RS256"`), 1},
		"with a false use":        {replaced(`"use":"sig"`, `"use":1`), 0},
		"a private one":           {string(private), 0},
		"a secret":                {`{"kty":"oct","kid":"k1","k":"AAAA"}`, 0},
		"of another kind":         {string(onCurve), 0},
		"too short":               {short, 0},
		"too long":                {long, 0},
		"of an unknown kind":      {`{"kty":"XYZ","kid":"k1"}`, 0},
		"broken":                  {`{"kty":"RSA","kid":"k1","n":"!"}`, 0},
		"no object":               {`7`, 0},
		"without a certificate":   {member("x5c", `[]`), 1},
		"with a false one":        {member("x5c", `["AAAA"]`), 0},
		"with a name that is odd": {replaced(`"k1"`, `"../k1"`), 0},
	} {
		set, err := parseKeySet([]byte(`{"keys":[` + test.key + `,` + publicKey(t, "k2") + `]}`))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := len(set.suitable("k1", jose.RS256)); got != test.want {
			t.Errorf("%s: %d keys, want %d", name, got, test.want)
		}
		if len(set.suitable("k2", jose.RS256)) != 1 || len(set.suitable("", jose.HS256)) != 0 || len(set.suitable("k2", jose.ES256)) != 0 || len(set.suitable("k2", jose.EdDSA)) != 0 {
			t.Errorf("%s: the key beside it", name)
		}
	}
}

// FuzzKeySet: whatever a server answers makes nothing panic.
func FuzzKeySet(f *testing.F) {
	f.Add([]byte(`{"keys":[` + publicKey(f, "k1") + `]}`))
	f.Add([]byte(`{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA"},{"kty":"EC","crv":"P-256","x":"AA","y":"AA"},{"kty":"oct","k":""},{"kty":"AKP"}]}`))
	f.Fuzz(func(_ *testing.T, body []byte) {
		if set, err := parseKeySet(body); err == nil {
			_ = set.suitable("", jose.RS256)
			_ = set.suitable("k1", jose.ES256)
		}
	})
}

// FuzzForgedToken: whatever a stranger sends as a token makes nothing panic, and is
// not accepted.
func FuzzForgedToken(f *testing.F) {
	server := startJWKS(f, publicSet("k1", &rsaKey().PublicKey))
	p := tokenProvider(f, inAnyPublic, "jwt", Settings{JWT: JWTSettings{JWKSURL: server.URL}})
	f.Add([]byte("a.b.c"), []byte("{}"))
	f.Add([]byte(`{"alg":"none"}`), []byte("{}"))
	f.Add([]byte(`{"alg":"RS256","kid":"k1","crit":["b64"],"b64":false,"x5c":[],"jwk":{"kty":"RSA"}}`), []byte(`{"exp":1}`))
	f.Fuzz(func(t *testing.T, header, claims []byte) {
		for _, written := range []string{string(header), handmade(string(header), string(claims), header)} {
			if proof, err := p.Verify(bodyOf(written)); err == nil {
				t.Fatalf("accepted %q: %+v", written, proof)
			}
		}
	})
}
