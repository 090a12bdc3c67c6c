package providers

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// signedWith is a token: claims that were signed with a library of its own.
func signedWith(t testing.TB, algorithm jose.SignatureAlgorithm, key any, header map[string]any, claims string) string {
	t.Helper()
	options := &jose.SignerOptions{}
	for name, value := range header {
		options.WithHeader(jose.HeaderKey(name), value)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign([]byte(claims))
	if err != nil {
		t.Fatal(err)
	}
	compact, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return compact
}

// handmade is a token with a header that no library would write.
func handmade(header, claims string, signature []byte) string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(header)) + "." + encode([]byte(claims)) + "." + encode(signature)
}

func publicSet(kid string, k any) jose.JSONWebKeySet {
	return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: k, KeyID: kid, Use: "sig"}}}
}

// inAnyPublic takes what the sender's public key verifies, whatever its kind.
const inAnyPublic = `{jwt: {in: body, jwks: /jwks.json, algorithms: [RS256, ES256, EdDSA]}}`

func kid(name string) map[string]any { return map[string]any{"kid": name} }

// bodyOf is a request whose body is a token.
func bodyOf(token string) Request { return Request{Body: []byte(token), ReceivedAt: noon} }

// Nothing that a token says of itself helps it in.
func TestForgedTokens(t *testing.T) {
	t.Parallel()
	private := rsaKey()
	mine, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	server := startJWKS(t, publicSet("k1", &private.PublicKey))
	attacker := startJWKS(t, publicSet("k1", &mine.PublicKey))
	der, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	asPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	good := signedWith(t, jose.RS256, private, kid("k1"), `{}`)
	segments := strings.Split(good, ".")
	p := tokenProvider(t, inAnyPublic, "jwt", Settings{JWT: JWTSettings{JWKSURL: server.URL}})
	if _, err := p.Verify(bodyOf(good)); err != nil {
		t.Fatal(err)
	}
	with := func(header map[string]any) map[string]any {
		header["kid"] = "k1"
		return header
	}
	const refused = ReasonMismatch + " " + ReasonMalformed
	for name, test := range map[string]struct{ written, want string }{
		"another key":                     {signedWith(t, jose.RS256, mine, kid("k1"), `{}`), ReasonMismatch},
		"another key without its name":    {signedWith(t, jose.RS256, mine, nil, `{}`), ReasonMismatch},
		"a key of another kind":           {signedWith(t, jose.ES256, curve, kid("k1"), `{}`), ReasonMismatch},
		"its own key in jwk":              {signedWith(t, jose.RS256, mine, with(map[string]any{"jwk": jose.JSONWebKey{Key: &mine.PublicKey}}), `{}`), ReasonMismatch},
		"a secret key in jwk":             {handmade(`{"alg":"HS256","kid":"k1","jwk":{"kty":"oct","k":"AAAA"}}`, `{}`, make([]byte, 32)), ReasonMismatch},
		"the address of its keys":         {signedWith(t, jose.RS256, mine, with(map[string]any{"jku": attacker.URL}), `{}`), ReasonMismatch},
		"the address of its certificate":  {signedWith(t, jose.RS256, mine, with(map[string]any{"x5u": attacker.URL}), `{}`), ReasonMismatch},
		"a certificate":                   {handmade(`{"alg":"RS256","kid":"k1","x5c":["AAAA"]}`, `{}`, make([]byte, 256)), refused},
		"a path for a name":               {signedWith(t, jose.RS256, mine, kid("../../../dev/null"), `{}`), ReasonMismatch},
		"the public key as a secret, PEM": {signedWith(t, jose.HS256, asPEM, kid("k1"), `{}`), ReasonMismatch},
		"the public key as a secret, DER": {signedWith(t, jose.HS256, der, kid("k1"), `{}`), ReasonMismatch},
		"the modulus as a secret":         {signedWith(t, jose.HS256, private.N.Bytes(), kid("k1"), `{}`), ReasonMismatch},
		"no algorithm":                    {handmade(`{"kid":"k1"}`, `{}`, nil), refused},
		"alg none":                        {handmade(`{"alg":"none","kid":"k1"}`, `{}`, nil), ReasonMismatch},
		"alg nOnE":                        {handmade(`{"alg":"nOnE","kid":"k1"}`, `{}`, nil), ReasonMismatch},
		"alg none and a real signature":   {handmade(`{"alg":"none","kid":"k1"}`, `{}`, []byte(segments[2])), ReasonMismatch},
		"a number for alg":                {handmade(`{"alg":1,"kid":"k1"}`, `{}`, nil), ReasonMalformed},
		"two algs":                        {handmade(`{"alg":"RS256","alg":"none"}`, `{}`, nil), ReasonMalformed},
		"an allowed key, another alg":     {signedWith(t, jose.PS256, private, kid("k1"), `{}`), ReasonMismatch},
		"no signature":                    {segments[0] + "." + segments[1] + ".", ReasonMismatch},
		"no claims":                       {segments[0] + ".." + segments[2], ReasonMismatch},
		"other claims":                    {segments[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"a":1}`)) + "." + segments[2], ReasonMismatch},
		"something critical":              {signedWith(t, jose.RS256, private, with(map[string]any{"crit": []string{"exp"}, "exp": 1}), `{}`), ReasonMalformed},
		"an unencoded payload":            {handmade(`{"alg":"RS256","kid":"k1","b64":false,"crit":["b64"]}`, `{}`, make([]byte, 256)), ReasonMalformed},
		"b64 that is not critical":        {handmade(`{"alg":"RS256","kid":"k1","b64":false}`, `{}`, make([]byte, 256)), ReasonMalformed},
		"JSON serialization":              {`{"payload":"` + segments[1] + `","protected":"` + segments[0] + `","signature":"` + segments[2] + `"}`, ReasonMalformed},
		"five parts":                      {good + ".a.b", ReasonMalformed},
		"many parts":                      {strings.Repeat(".", 1<<20), ReasonMalformed},
		"padding":                         {good + "==", ReasonMalformed},
		"a line in the middle":            {segments[0] + "." + segments[1] + ".\n" + segments[2], ReasonMalformed},
		"bits that say nothing":           {good[:len(good)-1] + string(good[len(good)-1]+1), refused},
		"a header of a megabyte":          {signedWith(t, jose.RS256, private, with(map[string]any{"x": strings.Repeat("x", 1<<20)}), `{}`), ReasonMalformed},
		"a deep header":                   {handmade(`{"alg":"RS256","x":`+strings.Repeat("[", 1000)+strings.Repeat("]", 1000)+`}`, `{}`, nil), ReasonMalformed},
		"empty":                           {"", ReasonMissing},
		"space":                           {" \n", ReasonMissing},
		"binary":                          {"\xff\x00.\xff.\xff", ReasonMalformed},
		"claims that are no object":       {signedWith(t, jose.RS256, private, kid("k1"), `[]`), ReasonMalformed},
		"claims that are no JSON":         {signedWith(t, jose.RS256, private, kid("k1"), `hello`), ReasonMalformed},
		"a claim twice":                   {signedWith(t, jose.RS256, private, kid("k1"), `{"exp":1,"exp":9999999999}`), ReasonMalformed},
	} {
		rejects(t, p, name, bodyOf(test.written), strings.Fields(test.want)...)
	}
	if n := attacker.asked.Load(); n != 0 {
		t.Errorf("a token made us ask its own server %d times", n)
	}
	if n := server.asked.Load(); n > keysBurst {
		t.Errorf("the keys were asked for %d times", n)
	}
}

// The claims are judged only after the signature, each with its reason.
func TestClaimsOfTokens(t *testing.T) {
	t.Parallel()
	private := rsaKey()
	server := startJWKS(t, publicSet("k1", &private.PublicKey))
	p := tokenProvider(t, `{jwt: {in: body, jwks: /jwks.json, algorithms: [RS256], issuer: "{url}/realms/{realm}", audience: us, max_age: 5m, leeway: 30s, claims: {sub: [hooks, 7], a.b: true}}}`,
		"jwt", Settings{Site: Site{URL: "https://auth.example.com/", Params: map[string]string{"realm": "r"}}, JWT: JWTSettings{JWKSURL: server.URL}})
	at := noon.Unix()
	base := map[string]string{"iss": `"https://auth.example.com/realms/r"`, "aud": `["them","us"]`, "sub": `"hooks"`, "a": `{"b":true}`, "iat": fmt.Sprint(at), "exp": fmt.Sprint(at + 60)}
	for name, test := range map[string]struct {
		claims map[string]string
		want   string
	}{
		"all of them":              {nil, ""},
		"a text for aud":           {map[string]string{"aud": `"us"`}, ""},
		"a number for sub":         {map[string]string{"sub": `7`}, ""},
		"no exp":                   {map[string]string{"exp": ""}, ""},
		"exp within the leeway":    {map[string]string{"exp": fmt.Sprint(at - 29)}, ""},
		"a fraction of a second":   {map[string]string{"exp": fmt.Sprintf("%d.5", at-30)}, ""},
		"nbf within the leeway":    {map[string]string{"nbf": fmt.Sprint(at + 30)}, ""},
		"as old as it may be":      {map[string]string{"iat": fmt.Sprint(at - 330)}, ""},
		"expired":                  {map[string]string{"exp": fmt.Sprint(at - 30)}, ReasonTooOld},
		"expired before 1970":      {map[string]string{"exp": "-1"}, ReasonTooOld},
		"not yet valid":            {map[string]string{"nbf": fmt.Sprint(at + 31)}, ReasonTooNew},
		"made in the future":       {map[string]string{"iat": fmt.Sprint(at + 31)}, ReasonTooNew},
		"made long ago":            {map[string]string{"iat": fmt.Sprint(at - 331)}, ReasonTooOld},
		"no iat":                   {map[string]string{"iat": ""}, ReasonMalformed},
		"a text for exp":           {map[string]string{"exp": fmt.Sprintf("%q", fmt.Sprint(at+60))}, ReasonMalformed},
		"null for exp":             {map[string]string{"exp": "null"}, ReasonMalformed},
		"a float for exp":          {map[string]string{"exp": "1e99"}, ReasonMalformed},
		"another issuer":           {map[string]string{"iss": `"https://auth.example.com/realms/r2"`}, ReasonMismatch},
		"an issuer that is longer": {map[string]string{"iss": `"https://auth.example.com/realms/r/"`}, ReasonMismatch},
		"no issuer":                {map[string]string{"iss": ""}, ReasonMismatch},
		"another audience":         {map[string]string{"aud": `["them"]`}, ReasonMismatch},
		"a part of the audience":   {map[string]string{"aud": `"u"`}, ReasonMismatch},
		"an object for aud":        {map[string]string{"aud": `{"us":"us"}`}, ReasonMismatch},
		"a list of lists for aud":  {map[string]string{"aud": `[["us"]]`}, ReasonMismatch},
		"no audience":              {map[string]string{"aud": ""}, ReasonMismatch},
		"another subject":          {map[string]string{"sub": `"user_1"`}, ReasonMismatch},
		"a text for a number":      {map[string]string{"sub": `"7"`}, ReasonMismatch},
		"no claim that is wanted":  {map[string]string{"a": ""}, ReasonMismatch},
	} {
		var members []string
		for claim, value := range base {
			if other, given := test.claims[claim]; given {
				value = other
			}
			if value != "" {
				members = append(members, fmt.Sprintf("%q:%s", claim, value))
			}
		}
		if nbf := test.claims["nbf"]; nbf != "" {
			members = append(members, `"nbf":`+nbf)
		}
		r := bodyOf(signedWith(t, jose.RS256, private, kid("k1"), "{"+strings.Join(members, ",")+"}"))
		if test.want != "" {
			rejects(t, p, name, r, test.want)
		} else if _, err := p.Verify(r); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A token beside the body vouches for this body, or for its sender alone.
func TestTokensBesideTheBody(t *testing.T) {
	t.Parallel()
	private := rsaKey()
	server := startJWKS(t, publicSet("k1", &private.PublicKey))
	s := Settings{JWT: JWTSettings{JWKSURL: server.URL, Audience: "us"}}
	body := []byte(`{"a":1}`)
	sum := sha256.Sum256(body)
	hashed := tokenProvider(t, `{jwt: {in: {header: [X-Token, X-Older]}, jwks: /jwks.json, algorithms: [RS256], body_hash: {claim: h, encoding: hex}}}`, "json", s)
	bearer := tokenProvider(t, `{jwt: {in: bearer, jwks: /jwks.json, algorithms: [RS256], audience: "{receiver}"}}`, "json", s)
	good := signedWith(t, jose.RS256, private, kid("k1"), `{"aud":"us","h":"`+hex.EncodeToString(sum[:])+`"}`)
	for name, header := range map[string]http.Header{"X-Token": {"X-Token": {good}}, "X-Older": {"X-Older": {good}}} {
		if proof, err := hashed.Verify(Request{Header: header, Body: body, ReceivedAt: noon}); err != nil || proof.Headers {
			t.Errorf("%s: %+v, %v", name, proof, err)
		}
	}
	r := func(header http.Header) Request { return Request{Header: header, Body: body, ReceivedAt: noon} }
	rejects(t, hashed, "one token in each of two headers", r(http.Header{"X-Token": {good}, "X-Older": {good}}), ReasonDoubled)
	rejects(t, hashed, "two tokens in one header", r(http.Header{"X-Token": {good + "," + good}}), ReasonMalformed)
	rejects(t, hashed, "as a bearer", r(http.Header{"Authorization": {"Bearer " + good}}), ReasonMissing)
	rejects(t, hashed, "another body", Request{Header: http.Header{"X-Token": {good}}, Body: []byte(`{"a":2}`), ReceivedAt: noon}, ReasonMismatch)
	for name, claims := range map[string]string{
		"no hash": `{"aud":"us"}`, "an empty one": `{"aud":"us","h":""}`, "one that is cut": `{"aud":"us","h":"` + hex.EncodeToString(sum[:16]) + `"}`,
		"a number": `{"aud":"us","h":1}`, "in another encoding": `{"aud":"us","h":"` + base64.StdEncoding.EncodeToString(sum[:]) + `"}`,
	} {
		rejects(t, hashed, name, r(http.Header{"X-Token": {signedWith(t, jose.RS256, private, kid("k1"), claims)}}), ReasonMismatch)
	}
	proof, err := bearer.Verify(r(http.Header{"Authorization": {"bearer " + good}}))
	if err != nil || !proof.Headers {
		t.Errorf("a bearer token: %+v, %v", proof, err)
	}
	rejects(t, bearer, "no bearer", r(http.Header{"Authorization": {good}}), ReasonMalformed)
	rejects(t, bearer, "two of them", r(http.Header{"Authorization": {"Bearer " + good, "Bearer " + good}}), ReasonDoubled)
}

// With a secret the daemon signs tokens of its own: for samples and tests.
func TestTokensThatASecretSigns(t *testing.T) {
	t.Parallel()
	secret := "0123456789abcdef0123456789abcdef"
	for verify, unpack := range map[string]string{
		`{jwt: {in: body, algorithms: [HS256]}}`:                                                                                       "jwt",
		`{jwt: {in: {field: data.token}, algorithms: [HS512, HS256], key: hex}}`:                                                       "{format: jwt, token: data.token}",
		`{jwt: {in: bearer, algorithms: [HS384], audience: us, issuer: "{receiver}", max_age: 1m}}`:                                    "json",
		`{jwt: {in: {header: X-Token}, jwks: /k, algorithms: [RS256, HS256], body_hash: {claim: request_body_sha256, encoding: hex}}}`: "json",
	} {
		p := tokenProvider(t, verify, unpack, Settings{Secrets: texts(secret + secret), Site: Site{URL: "https://a.example.com", Params: map[string]string{"receiver": "me"}}})
		header, body, err := p.Build("a", Sample{UserID: "u", Time: noon})
		if err != nil {
			t.Errorf("%s: %v", verify, err)
			continue
		}
		r := Request{Header: header, Body: body, ReceivedAt: noon}
		if _, err := p.Verify(r); err != nil {
			t.Errorf("%s: %v", verify, err)
		}
		if d := p.Decode(r, Proof{}); len(d.Letters) != 1 || d.Letters[0].Reason != noType {
			t.Errorf("%s: %s", verify, indent(showDelivery(d)))
		}
		r.ReceivedAt = noon.Add(time.Hour)
		if r.Header, r.Body = header, bytes.Clone(body); unpack == "json" {
			rejects(t, p, "an hour later", r, ReasonTooOld)
		}
	}
	def := customDefinition(t, `{jwt: {in: bearer, algorithms: [HS512, HS256], audience: us}}`, plainEvent, "{}")
	if _, err := newProvider("custom", def, Settings{Secrets: texts("a secret that is far too short")}); err == nil || !strings.Contains(err.Error(), "secrets: number 1 is too short") {
		t.Errorf("a short secret: %v", err)
	}
	for _, place := range []string{"body", "{field: t}", "bearer"} {
		unpack := map[string]string{"body": "jwt", "{field: t}": "{format: jwt, token: t}", "bearer": "json"}[place]
		verify := `{jwt: {in: ` + place + `, jwks: /k, algorithms: [RS256], audience: us}}`
		p := tokenProvider(t, verify, unpack, Settings{Site: Site{URL: "https://a.example.com"}})
		if _, _, err := p.Build("a", Sample{UserID: "u", Time: noon}); err == nil || !strings.Contains(err.Error(), errOnlyJWKS.Error()) {
			t.Errorf("%s: %v", verify, err)
		}
		open := tokenProvider(t, verify, unpack, Settings{Auth: "none"})
		header, body, err := open.Build("a", Sample{UserID: "u", Time: noon})
		if err != nil {
			t.Fatal(err)
		}
		if d := open.Decode(Request{Header: header, Body: body, ReceivedAt: noon}, Proof{}); d.Letters[0].Reason != noType {
			t.Errorf("%s with auth none: %s", verify, indent(showDelivery(d)))
		}
	}
}
