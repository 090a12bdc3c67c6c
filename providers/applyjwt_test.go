package providers

import (
	"strings"
	"testing"
)

const (
	realmToken  = `{jwt: {in: bearer, jwks: "/realms/{realm}/certs", algorithms: [RS256], issuer: "{url}/realms/{realm}", audience: "{receiver}"}}`
	secretToken = `{jwt: {in: bearer, algorithms: [HS256], audience: us}}`
	mixedToken  = `{any: [{hmac: {header: X-Sig}}, ` + realmToken + `]}`
)

// What a provider of tokens needs is named where it is missing, and nothing else is asked for.
func TestSettingsOfTokens(t *testing.T) {
	t.Parallel()
	site := Site{URL: "https://auth.example.com/base/", Params: map[string]string{"realm": "a b", "receiver": "us"}}
	without := func(param string) Site {
		s := Site{URL: site.URL, Params: map[string]string{"realm": "r", "receiver": "us"}}
		delete(s.Params, param)
		return s
	}
	for name, test := range map[string]struct {
		verify string
		s      Settings
		want   string // the error, or "" and where the keys are
		place  string
	}{
		"all from the site":       {realmToken, Settings{Site: site}, "", "auth.example.com/base/realms/a%20b/certs"},
		"all from the operator":   {realmToken, Settings{JWT: JWTSettings{"https://k.example.com/x?y=1", "i", "a"}}, "", "k.example.com/x"},
		"some from the operator":  {realmToken, Settings{Site: without("receiver"), JWT: JWTSettings{Audience: "a"}}, "", "auth.example.com/base/realms/r/certs"},
		"nothing":                 {realmToken, Settings{}, "api.url: missing; its deliveries are signed tokens", ""},
		"no audience":             {realmToken, Settings{Site: without("receiver")}, "api.params.receiver: missing; its deliveries are signed tokens: set it to the URL that the sender posts to", ""},
		"no realm":                {realmToken, Settings{Site: without("realm")}, "api.params.realm: missing;", ""},
		"a way out of the path":   {realmToken, Settings{Site: Site{URL: site.URL, Params: map[string]string{"realm": "..", "receiver": "us"}}}, "api.params: realm: ", ""},
		"an unknown param":        {realmToken, Settings{Site: Site{URL: site.URL, Params: map[string]string{"relm": "x"}}}, `api.params: unknown "relm"`, ""},
		"a database for an URL":   {realmToken, Settings{Site: Site{URL: "postgres://u@h/d", Params: site.Params}}, "api.url: expected an address", ""},
		"no address":              {realmToken, Settings{Site: site, JWT: JWTSettings{JWKSURL: "auth.example.com"}}, "jwt.jwks_url: expected an address", ""},
		"a password in it":        {realmToken, Settings{Site: site, JWT: JWTSettings{JWKSURL: "https://u:hush@h/"}}, "jwt.jwks_url: expected an address", ""},
		"a secret":                {realmToken, Settings{Site: site, Secrets: texts("s")}, "secrets: custom does not use it; remove it", ""},
		"auth none":               {realmToken, Settings{Auth: "none"}, "", ""},
		"the alternative's alone": {mixedToken, Settings{Secrets: texts("s"), Site: site}, "", ""},
		"both, because he says":   {mixedToken, Settings{Secrets: texts("s"), Site: without("receiver"), JWT: JWTSettings{Audience: "us"}}, "", "auth.example.com/base/realms/r/certs"},
		"the tokens alone":        {mixedToken, Settings{Site: site}, "", "auth.example.com/base/realms/a%20b/certs"},
		"half said":               {mixedToken, Settings{Secrets: texts("s"), JWT: JWTSettings{Audience: "us"}}, "api.url: missing;", ""},
		"neither":                 {mixedToken, Settings{}, "secrets: missing; set secrets to what the provider shows for this webhook, or api.url for its signed tokens, or write auth: none", ""},
		"no tokens at all":        {"{hmac: {header: X-Sig}}", Settings{Secrets: texts("s"), JWT: JWTSettings{Audience: "us"}}, "jwt: custom is not verified by a token; remove it", ""},
		"no public keys":          {"{jwt: {in: bearer, algorithms: [HS256], audience: us}}", Settings{Secrets: texts(strings.Repeat("s", 32)), JWT: JWTSettings{JWKSURL: "https://k.example.com"}}, "jwt.jwks_url: the tokens of custom are verified with a secret", ""},
		"a rule and no secret":    {secretToken, Settings{JWT: JWTSettings{Issuer: "i"}}, "secrets: missing; set secrets to what", ""},
		"a rule, and two to one":  {"{any: [" + secretToken + ", {hmac: {header: X-Sig}, credential: bearer}]}", Settings{JWT: JWTSettings{Issuer: "i"}}, "secrets: missing; set bearer or secrets to what", ""},
		"a rule for the other":    {"{any: [" + secretToken + ", {hmac: {header: X-Sig}, credential: bearer}]}", Settings{Bearer: texts("b"), JWT: JWTSettings{Issuer: "i"}}, "jwt: nothing verifies the tokens of custom: set secrets too", ""},
		"a proof beside tokens":   {"{hmac: {header: X-Sig}}, " + realmToken, Settings{Secrets: texts("s"), Site: without("realm")}, "api.params.realm: missing;", ""},
		"a rule and auth none":    {realmToken, Settings{Auth: "none", JWT: JWTSettings{Audience: "us"}}, "auth: none contradicts jwt", ""},
	} {
		def, err := compile("custom.yaml", []byte("verify: ["+test.verify+"]\nunpack: json\nevent: "+plainEvent+"\nuser: {}\nsamples: {a: {body: '{}'}}\n"+
			"api: {params: {realm: {about: the realm}, receiver: {about: the URL that the sender posts to}}}\n"))
		if err != nil {
			t.Fatal(err)
		}
		test.s.Type = "custom"
		p, err := newProvider("custom", def, test.s)
		if test.want != "" {
			if err == nil || !strings.HasPrefix(err.Error(), test.want) || strings.Contains(err.Error(), "hush") {
				t.Errorf("%s: %v, want %s", name, err, test.want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		place := ""
		for _, c := range p.checks {
			if j, ok := c.scheme.(jwtScheme); ok && j.keys != nil {
				place = j.keys.place()
			}
		}
		if place != test.place {
			t.Errorf("%s: the keys are at %q, want %q", name, place, test.place)
		}
	}
}

func TestPublicKeysOverHTTPAreWarnedAbout(t *testing.T) {
	t.Parallel()
	for address, warned := range map[string]bool{"http://auth:8080/jwks.json": true, "https://auth/jwks.json": false, "http://127.0.0.1/": false, "http://[::1]:1/": false, "http://localhost:1/": false} {
		p := tokenProvider(t, inAnyPublic, "jwt", Settings{JWT: JWTSettings{JWKSURL: address}})
		if got := len(p.Warnings()) == 1; got != warned {
			t.Errorf("%s: %q", address, p.Warnings())
		}
	}
}
