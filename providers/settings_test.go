package providers

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"usersync/internal/secret"
)

func texts(values ...string) []secret.Text {
	var list []secret.Text
	for _, v := range values {
		list = append(list, secret.New(v))
	}
	return list
}

// Every fault begins with the key that it stands in, and none shows a secret.
func TestFaultsOfSettings(t *testing.T) {
	t.Parallel()
	negative, minute := -time.Second, time.Minute
	good := texts("hush-hush")
	for want, s := range map[string]Settings{
		`type: missing; choose one of ` + strings.Join(Types(), ", "):          {Secrets: good},
		`type: there is no "node-auth", did you mean node_auth?`:               {Type: "node-auth", Secrets: good},
		`secrets: missing; set secrets to what the provider shows`:             {Type: "authon"},
		`secrets: missing; set bearer or secrets to what`:                      {Type: "authpi"},
		`secrets: number 2 is empty`:                                           {Type: "authon", Secrets: texts("hush-hush", " \n")},
		`bearer: number 1 is empty`:                                            {Type: "authpi", Bearer: texts("")},
		`bearer: authon does not use it`:                                       {Type: "authon", Secrets: good, Bearer: texts("hush-hush")},
		`auth: the only word it takes is none`:                                 {Type: "authon", Auth: "hush-hush"},
		`auth: none contradicts the credentials`:                               {Type: "authon", Auth: "none", Secrets: good},
		`tolerance: -1s is negative`:                                           {Type: "authon", Secrets: good, Tolerance: &negative},
		`tolerance: authara signs no timestamp`:                                {Type: "authara", Secrets: good, Tolerance: &minute},
		`max_future: -1s is negative`:                                          {Type: "authon", Secrets: good, MaxFuture: negative},
		`max_future: 1ns is less than a microsecond`:                           {Type: "authon", Secrets: good, MaxFuture: 1},
		`legacy_signature: authara has no older signature`:                     {Type: "authara", Secrets: good, LegacySignature: true},
		`signature: authon_pro is not verified by a signature`:                 {Type: "authon_pro", Secrets: good, Signature: SignatureSettings{Encoding: "hex"}},
		`signature.encoding: "base58" is neither hex nor base64`:               {Type: "authpi", Secrets: good, Signature: SignatureSettings{Encoding: "base58"}},
		`signature.header: "a b" is no header name`:                            {Type: "authpi", Secrets: good, Signature: SignatureSettings{Header: "a b"}},
		`aliases: "x": "user.login" is neither ignore nor one of user.created`: {Type: "authon", Secrets: good, Aliases: map[string]string{"x": "user.login"}},
		`aliases: "a*b": in an event name * stands only at the end`:            {Type: "authon", Secrets: good, Aliases: map[string]string{"a*b": "ignore"}},
		`aliases: "": an event name is empty`:                                  {Type: "authon", Secrets: good, Aliases: map[string]string{"": "ignore"}},
		`paths: "mail" is neither id nor a column; the columns are email`:      {Type: "authon", Secrets: good, Paths: map[string][]string{"mail": {"a"}}},
		`paths: email: the list is empty`:                                      {Type: "authon", Secrets: good, Paths: map[string][]string{"email": nil}},
		`paths: email: path "a..b" has an empty component`:                     {Type: "authon", Secrets: good, Paths: map[string][]string{"email": {"a..b"}}},
		`on_delete: "erase" is neither keep nor redact`:                        {Type: "authon", Secrets: good, OnDelete: "erase"},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			p, err := New("x", s)
			if err == nil || p != nil {
				t.Fatal("accepted")
			}
			if !slices.ContainsFunc(strings.Split(err.Error(), "\n"), func(line string) bool { return strings.HasPrefix(line, want) }) {
				t.Errorf("the fault is\n%v\nwant\n%s", err, want)
			}
			if strings.Contains(err.Error(), "hush-hush") {
				t.Errorf("the fault shows a secret: %v", err)
			}
		})
	}
}

func TestAllFaultsAreReportedAtOnce(t *testing.T) {
	t.Parallel()
	_, err := New("No!", Settings{Type: "authara", LegacySignature: true, OnDelete: "x", MaxFuture: -1, Paths: map[string][]string{"x": nil}})
	for _, key := range []string{"name: ", "secrets: ", "legacy_signature: ", "on_delete: ", "max_future: ", "paths: "} {
		if !strings.Contains("\n"+err.Error(), "\n"+key) {
			t.Errorf("%s is not reported in\n%v", key, err)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for name, good := range map[string]bool{
		"authon": true, "0": true, "a_b_1": true, strings.Repeat("a", 63): true,
		"": false, "_a": false, "A": false, "a-b": false, "a b": false, "ä": false, "a/": false, strings.Repeat("a", 64): false,
	} {
		p, err := New(name, Settings{Type: "authon", Auth: "none"})
		if (err == nil) != good {
			t.Errorf("%q: %v", name, err)
		}
		if good && (p.Name() != name || p.Type() != "authon") {
			t.Errorf("%q became %s, %s", name, p.Name(), p.Type())
		}
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	off := time.Duration(0)
	for key, s := range map[string]Settings{
		"auth":             {Type: "authon", Auth: "none"},
		"legacy_signature": {Type: "authon", Secrets: texts("s"), LegacySignature: true},
		"tolerance":        {Type: "authon", Secrets: texts("s"), Tolerance: &off},
	} {
		if w := mustNew(t, "x", s).Warnings(); len(w) != 1 || !strings.HasPrefix(w[0], key+": ") {
			t.Errorf("%s: %q", key, w)
		}
	}
	if w := mustNew(t, "x", Settings{Type: "authon", Secrets: texts("s")}).Warnings(); len(w) != 0 {
		t.Errorf("%q", w)
	}
}

func TestSignatureSettingsOverrideTheDefinition(t *testing.T) {
	t.Parallel()
	prefix := "hmac "
	p := mustNew(t, "x", Settings{Type: "authpi", Secrets: texts("s"), Signature: SignatureSettings{Header: "x-sig", Encoding: "base64", Prefix: &prefix}})
	r := Request{Header: http.Header{}, Body: []byte("{}"), ReceivedAt: noon}
	if err := p.Sign(r.Header, r.Body, noon); err != nil {
		t.Fatal(err)
	}
	// printf '{}' | openssl dgst -sha256 -hmac s -binary | openssl base64
	if got := r.Header.Get("X-Sig"); got != "hmac FDyo1Re6GxgQJdcysc8nXZAQT8pXuwKlZVQpeKoYxLY=" {
		t.Errorf("signed as %q", got)
	}
	if _, err := p.Verify(r); err != nil {
		t.Error(err)
	}
}

// A provider that asks for nothing must never mean that everything is proven.
func TestNothingIsProvenWithoutAProof(t *testing.T) {
	t.Parallel()
	p := tokenProvider(t, inAnyPublic, "jwt", Settings{JWT: JWTSettings{JWKSURL: "https://auth.example.com/"}})
	p.checks = nil
	if proof, err := p.Verify(Request{Header: http.Header{}, Body: []byte("{}")}); err == nil {
		t.Errorf("proven: %+v", proof)
	}
}

// The operator's tolerance is that of older signatures too.
func TestToleranceOfOlderSignatures(t *testing.T) {
	t.Parallel()
	const signed = `hmac: {header: %s, content: "{timestamp}.{body}", timestamp: {header: X-Time, format: s}}`
	older := custom(t, "{"+fmt.Sprintf(signed, "X-Old")+"}", plainEvent, "{}", Settings{Secrets: texts("s")})
	minute := time.Minute
	p := custom(t, "{"+fmt.Sprintf(signed, "X-New")+", legacy: [{"+fmt.Sprintf(signed, "X-Old")+"}]}", plainEvent, "{}", Settings{Secrets: texts("s"), LegacySignature: true, Tolerance: &minute})
	r := Request{Header: http.Header{}, Body: []byte("{}"), ReceivedAt: noon}
	if err := older.Sign(r.Header, r.Body, noon.Add(-2*time.Minute)); err != nil {
		t.Fatal(err)
	}
	rejects(t, p, "an older one of two minutes ago", r, ReasonTooOld)
}
