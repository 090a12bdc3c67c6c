package providers

import (
	"encoding/base64"
	"strings"
	"testing"

	usersync "usersync/sync"
)

// signed is the token of RFC 7515, appendix A.1.
const signed = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

const claimedEvent = `{id: [jti, {hash: body}], type: iss, time: {time: {path: exp, unit: s}}, user: iss, types: {joe: user.updated}}`

func TestTheClaimsOfATokenAreTheEvent(t *testing.T) {
	t.Parallel()
	const claims = "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"
	for body, unpack := range map[string]string{
		signed:        "jwt",
		signed + "\n": "{format: jwt}",
		`{"token":"` + signed + `","iss":"mallory","exp":1}`: "{format: jwt, token: token}",
		`{"event":{"jwt":"` + signed + `"},"iss":"mallory"}`: "{format: jwt, token: event.jwt}",
	} {
		p := parts(t, unpack, claimedEvent, "{fields: {username: token, name: event.jwt}}")
		d := decode(p, body, "Content-Type", "application/jwt")
		c := one(t, d)
		if c.UserID != "joe" || c.OccurredAt != 1300819380e6 || c.EventID != hashID(claims) {
			t.Errorf("%s gives %s", body, indent(showDelivery(d)))
		}
		// The token is a credential, which a record must not have.
		if string(d.Verified.Body) != claims || string(c.Payload) != claims || strings.Contains(everything(d), "dBjftJeZ4CVP") {
			t.Errorf("%s is kept", everything(d))
		}
		rereads(t, p, d)
	}
}

func TestWhatIsNoToken(t *testing.T) {
	t.Parallel()
	token := func(claims string) string {
		return "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2ln"
	}
	for body, want := range map[string]string{
		``: badToken, `{"iss":"joe","exp":1300819380}`: badToken, `a.b`: badToken, `a.b.c.d`: badToken, `a.b.c.d.e`: badToken,
		`e30.e30=.c2ln`: badToken, `e30.e-+0.c2ln`: badToken, `e30.e31.c2ln`: badToken, "e30.e3\n0.c2ln": badToken,
		`"` + signed + `"`:       badToken,
		`e30..c2ln`:              badJSON,
		token(`[`):               badJSON,
		token(`"joe"`):           badJSON,
		token(`{"a":1,"a":2}`):   badJSON,
		token(`{"iss":"j"} {}`):  badJSON,
		token(`{"exp":1}`):       noType,
		token("{\"iss\":\"\xff"): badJSON,
	} {
		p := parts(t, "jwt", claimedEvent, "{}")
		d := decode(p, body)
		if got := reason(t, d); got != want {
			t.Errorf("%q: %s, want %s", body, got, want)
		}
		rereads(t, p, d)
	}
	p := parts(t, "{format: jwt, token: token}", claimedEvent, "{}")
	for body, want := range map[string]string{
		signed: badJSON, `{"token":"` + signed + `","token":"` + signed + `"}`: badJSON,
		`{"token":null}`: badToken, `{"token":["` + signed + `"]}`: badToken, `{}`: badToken, `["` + signed + `"]`: badToken,
	} {
		d := decode(p, body)
		if got := reason(t, d); got != want {
			t.Errorf("%q: %s, want %s", body, got, want)
		}
		rereads(t, p, d)
	}
}

// A sender's several events can be one token.
func TestATokenOfSeveralEvents(t *testing.T) {
	t.Parallel()
	p := parts(t, "{format: jwt, split: events}", claimedEvent, "{}")
	claims := `{"iss":"sender","events":[{"iss":"joe","exp":1},{"iss":"joe","exp":2}]}`
	d := decode(p, "e30."+base64.RawURLEncoding.EncodeToString([]byte(claims))+".c2ln")
	if len(d.Commands) != 2 || string(d.Verified.Body) != claims || d.Commands[1].OccurredAt != 2e6 || d.Verified.Headers[keptHeader] != string(keptClaims) || d.Commands[0].Headers[keptHeader] != string(keptEvent) {
		t.Errorf("%s", everything(d))
	}
	rereads(t, p, d)
}

// A letter of an unreadable token is kept as it came, for a mended definition.
func TestATokenAtAnotherPlaceIsFoundLater(t *testing.T) {
	t.Parallel()
	d := decode(parts(t, "{format: jwt, token: jwt}", claimedEvent, "{}"), `{"token":"`+signed+`"}`)
	if got := reason(t, d); got != badToken {
		t.Fatal(got)
	}
	again := parts(t, "{format: jwt, token: token}", claimedEvent, "{}").Reread(keptOf(d.Letters[0], usersync.MicrosOf(noon)), usersync.OriginReplay)
	if c := one(t, again); c.UserID != "joe" {
		t.Errorf("%+v", c)
	}
}
