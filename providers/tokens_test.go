package providers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"usersync/internal/outbound"
	"usersync/internal/secret"
	usersync "usersync/sync"
)

// clientOf gives the client of a fetcher or lister a network and no patience.
func onNetwork(n *network, c *client) { c.http.Transport, c.patience = n.transport(), hasty }

// A token that ends in the middle of a list is renewed before it does: the API
// never refuses one.
func TestATokenIsRenewedBeforeItEnds(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		site := newTokenSite(t)
		site.lifetime, site.users = 10*time.Minute, 24
		n := inMemoryOnly(t, site)
		l := n.lister(t, tokenized(t, "header"), tokenSettings("http://api.example"))
		for cursor := ""; ; {
			page, err := l.Page(t.Context(), cursor)
			if err != nil {
				t.Fatal(err)
			}
			if cursor = page.Next; cursor == "" {
				break
			}
			time.Sleep(55 * time.Second)
		}
		// 24 pauses are 22 minutes, and each token is good for nine.
		if tokens, api := site.counts(); tokens != 3 || api != 25 {
			t.Errorf("%d tokens for %d requests", tokens, api)
		}
	})
}

// Whoever finds that a token is no longer taken gets another; all others use
// that one.
func TestARevokedTokenIsHadAnewOnce(t *testing.T) {
	t.Parallel()
	site := newTokenSite(t)
	server := httptest.NewServer(site)
	t.Cleanup(server.Close)
	p := tokenized(t, "body")
	f, l := fetcherOf(t, p, tokenSettings(server.URL)), listerOf(t, p, tokenSettings(server.URL))
	for round := range 3 {
		var wait sync.WaitGroup
		for i := range 8 {
			wait.Go(func() {
				if _, found, err := f.Fetch(t.Context(), fmt.Sprint("u", i)); err != nil || !found {
					t.Errorf("%v, %v", found, err)
				}
			})
		}
		if ids, err := all(t, l); err != nil || len(ids) != 3 {
			t.Errorf("%q, %v", ids, err)
		}
		wait.Wait()
		if tokens, _ := site.counts(); tokens != round+1 {
			t.Errorf("round %d: %d tokens", round, tokens)
		}
		site.revoke()
	}
}

// A key that gives tokens which are never taken is refused at once.
func TestTokensThatAreNeverTaken(t *testing.T) {
	t.Parallel()
	site := newTokenSite(t)
	site.lifetime = 0 // they end at once, and nothing is said of that
	server := httptest.NewServer(site)
	t.Cleanup(server.Close)
	_, err := all(t, listerOf(t, tokenized(t, "header"), tokenSettings(server.URL)))
	wantError(t, err, "GET /users: the provider answered 401 Unauthorized: check api.key, and what it is allowed to do")
	if tokens, api := site.counts(); tokens != 2 || api != 2 {
		t.Errorf("%d tokens, %d requests", tokens, api)
	}
}

// What may pass at the token endpoint passes.
func TestTokenFailuresThatPass(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]http.HandlerFunc{
		"500": status(500), "503": status(503, "Retry-After", "1"), "429": status(429, "X-RateLimit-Reset", "1"), "HTML": body("<html>"), "empty": body(""),
		"cut": body(`{"access_token":"x`), "cut by the network": cutOff, "slow": slow, "hung up": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				site := newTokenSite(t)
				site.refuse = func(n int) http.HandlerFunc {
					if n == 1 {
						return h
					}
					return nil
				}
				s := tokenSettings("http://api.example")
				s.Timeout = 300 * time.Millisecond
				ids, err := all(t, inMemoryOnly(t, site).lister(t, tokenized(t, "header"), s))
				if tokens, api := site.counts(); err != nil || len(ids) != 3 || tokens != 2 || api != 4 {
					t.Errorf("%q, %v, %d tokens, %d requests", ids, err, tokens, api)
				}
			})
		})
	}
}

// What stays is told, and nothing of what was sent or answered; of whatever was
// to be done, nothing has been.
func TestTokenFailuresThatStay(t *testing.T) {
	t.Parallel()
	echo := func(code int, form string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(code)
			fmt.Fprintf(w, form, r.FormValue("client_secret")+r.Header.Get("Authorization"))
		}
	}
	const path = "no token: POST /oauth/main/token: "
	for want, c := range map[string]struct {
		h      http.HandlerFunc
		tokens int
	}{
		path + "the provider answered 400 Bad Request: check api.key (id:secret) and what its client may do (invalid_scope)": {echo(400, `{"error":"invalid_scope","error_description":%q}`), 1},
		path + "the provider answered 400 Bad Request: check api.key (id:secret) and what its client may do":                 {echo(400, `{"error":%q}`), 1},
		path + "the provider answered 401 Unauthorized: check api.key, and what it is allowed to do (invalid_client)":        {echo(401, `{"error":"invalid_client","x":%q}`), 1},
		path + "the provider answered 403 Forbidden: check api.key":                                                          {echo(403, `<html>%s`), 1},
		path + "the provider answered 404 Not Found: check api.url and api.params":                                           {status(404), 1},
		path + "the provider answered 302 Found, a redirect, which is not followed":                                          {status(302, "Location", "http://x.example/"), 1},
		path + "the provider answered 500 Internal Server Error (given up after 4 attempts)":                                 {status(500), 4},
		path + "the provider answered 429 Too Many Requests (another attempt is due in 1h0m0s":                               {status(429, "RateLimit-Reset", "3600"), 1},
		path + "the body is not JSON":                                       {body("<html>"), 4},
		path + "no complete answer within 50ms (given up after 4 attempts)": {slow, 4},
		path + "the answer has no access_token":                             {echo(200, `{"token":%q}`), 1},
		path + "the answer has no access_token ":                            {body(`[]`), 1},
		path + "the access_token is none that a header can hold":            {body(`{"access_token":"a\r\nX: y"}`), 1},
		path + "the access_token is none that a header can hold ":           {body(`{"access_token":"` + strings.Repeat("x", 20000) + `"}`), 1},
		path + "the access_token is of another type than bearer":            {body(`{"access_token":"x","token_type":"mac"}`), 1},
		path + "the answer is no token":                                     {body(`{"x":"` + strings.Repeat("x", maxAnswer) + `"}`), 1},
	} {
		t.Run(want, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				want := strings.TrimSuffix(want, " ")
				site := newTokenSite(t)
				site.refuse = func(int) http.HandlerFunc { return c.h }
				n := inMemoryOnly(t, site)
				s := tokenSettings("http://api.example")
				s.Timeout = 50 * time.Millisecond
				p := tokenized(t, "body")
				_, err := all(t, n.lister(t, p, s))
				wantError(t, err, want)
				if tokens, api := site.counts(); api != 0 || tokens != c.tokens {
					t.Errorf("%d tokens, %d requests", tokens, api)
				}
				_, found, err := n.fetcher(t, p, s).Fetch(t.Context(), "a") // 404 is no user who is gone
				if found || err == nil {
					t.Errorf("found %v, %v", found, err)
				}
				wantError(t, err, "no token: ")
				checkRefusedWrite(t, n, p, s)
			})
		})
	}
}

// checkRefusedWrite creates a user and gets no token for that.
func checkRefusedWrite(t *testing.T, n *network, p *Provider, s APISettings) {
	t.Helper()
	w, err := p.Writer(s)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	onNetwork(n, w.client)
	var u UserWrite
	u.Fields[usersync.FieldEmail] = usersync.TextValue("a@example.com")
	_, err = w.Create(t.Context(), u)
	wantError(t, err, "no token: ")
	var refused *RefusedError
	var unavailable *UnavailableError
	if errors.As(err, &refused) || errors.As(err, &unavailable) && unavailable.Uncertain || errors.Is(err, ErrNoUser) || OneUser(err) {
		t.Errorf("%T %v", err, err)
	}
	if text := FailureOf(err).Text; strings.Contains(text, apiKey) || text == "" {
		t.Error(text)
	}
}

// Whoever gives up while it asks for a token leaves that to the next.
func TestATokenOutlivesWhoeverAskedForIt(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		site := newTokenSite(t)
		site.refuse = func(n int) http.HandlerFunc {
			if n == 1 {
				return slow
			}
			return nil
		}
		n := inMemoryOnly(t, site)
		f := n.fetcher(t, tokenized(t, "header"), tokenSettings("http://api.example"))
		ctx, cancel := context.WithCancel(t.Context())
		first := make(chan error, 1)
		go func() {
			_, _, err := f.Fetch(ctx, "a")
			first <- err
		}()
		time.AfterFunc(100*time.Millisecond, cancel)
		time.Sleep(50 * time.Millisecond)
		if _, found, err := f.Fetch(t.Context(), "b"); err != nil || !found {
			t.Errorf("the second: %v, %v", found, err)
		}
		if err := <-first; !errors.Is(err, context.Canceled) {
			t.Errorf("the first: %v", err)
		}
		if tokens, api := site.counts(); tokens != 2 || api != 1 {
			t.Errorf("%d tokens, %d requests", tokens, api)
		}
	})
}

func TestATokenEndpointThatIsDown(t *testing.T) {
	t.Parallel()
	s := tokenSettings("http://127.0.0.1:1")
	_, err := all(t, listerOf(t, tokenized(t, "header"), s))
	wantError(t, err, "GET /users: no token: POST /oauth/main/token: ")
	wantError(t, err, "(given up after 4 attempts)")
	if failed := FailureOf(err); !failed.Passing {
		t.Errorf("%+v", failed)
	}
}

// A write has the token of the lists, and a create that was refused for its
// token is sent again.
func TestAWriteHasTheToken(t *testing.T) {
	t.Parallel()
	site := newTokenSite(t)
	server := httptest.NewServer(site)
	t.Cleanup(server.Close)
	p, s := tokenized(t, "header"), tokenSettings(server.URL)
	if _, err := all(t, listerOf(t, p, s)); err != nil {
		t.Fatal(err)
	}
	w, err := p.Writer(s)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	var u UserWrite
	u.Fields[usersync.FieldEmail] = usersync.TextValue("a@example.com")
	for want := range 2 {
		if c, err := w.Create(t.Context(), u); err != nil || c.UserID != "made" {
			t.Errorf("%+v, %v", c, err)
		}
		if tokens, _ := site.counts(); tokens != 1+want {
			t.Errorf("%d tokens", tokens)
		}
		site.revoke()
	}
}

// The client's secret goes to the host of api.url, or to the one that the
// operator names for tokens; the API itself never sees it.
func TestASecretGoesToOneHost(t *testing.T) {
	t.Parallel()
	for style, proof := range map[string]string{
		// printf 'client+1:p%%3Ask_do_not_show_me%%2B%%2F+x' | base64
		"header": "Basic Y2xpZW50KzE6cCUzQXNrX2RvX25vdF9zaG93X21lJTJCJTJGK3g=  ",
		"body":   " client 1 " + clientSecret,
	} {
		tokens, _ := serving2(t, func(w http.ResponseWriter, r *http.Request) {
			if got := r.Header.Get("Authorization") + " " + r.FormValue("client_id") + " " + r.FormValue("client_secret"); got != proof || r.URL.Path != "/t" {
				t.Errorf("%s: %s is proven by %q", style, r.URL, got)
			}
			fmt.Fprint(w, `{"access_token":"x"}`)
		})
		api, asked := serving2(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer x" {
				t.Errorf("%s: %v", r.URL, r.Header)
			}
			fmt.Fprint(w, onePage)
		})
		s := tokenSettings(api)
		s.Params = map[string]string{"token_url": tokens + "/t"}
		if _, err := listerOf(t, tokenized(t, style), s).Page(t.Context(), ""); err != nil || *asked != 1 {
			t.Errorf("%v, asked %d times", err, *asked)
		}
	}
	s := tokenSettings("http://api.example")
	for address, want := range map[string]string{
		"https://u:" + apiKey + "@x.example/": "api.params.token_url: an address with credentials", "x.example/token": "api.params.token_url: expected an address",
	} {
		s.Params = map[string]string{"token_url": address}
		_, err := tokenized(t, "body").Lister(s, usersync.OriginBackfill)
		wantError(t, err, want)
	}
}

// serving2 starts a server that looks at nothing.
func serving2(t *testing.T, handler http.HandlerFunc) (url string, asked *int) {
	asked = new(int)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked++
		handler(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, asked
}

func TestKeysOfTokens(t *testing.T) {
	t.Parallel()
	s := tokenSettings("http://api.example")
	s.Key = secret.New(apiKey)
	_, err := tokenized(t, "body").Lister(s, usersync.OriginBackfill)
	wantError(t, err, "api.key: expected id:secret")
	needs := described(t, "api: {auth: {client_credentials: {path: /t, resource: '{tenant}'}}, params: {tenant: {about: the tenant}}}\n"+
		"list: {path: /users, paging: {link: true}, size: {max: 1}, id: id, user: same}")
	_, err = needs.Lister(tokenSettings("http://api.example"), usersync.OriginBackfill)
	wantError(t, err, "api.params.tenant is missing: set it to the tenant")
}

func TestLifetimesOfTokens(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]time.Duration{
		`86400`: 86340 * time.Second, `"3600"`: 3540 * time.Second, `60`: 45 * time.Second, `1`: 750 * time.Millisecond, `299.9`: 239 * time.Second,
		`0`: 0, `-5`: 0, `null`: 0, `"soon"`: 0, `[]`: 0, `99999999999999999999`: 365*24*time.Hour - time.Minute, `1e3`: 0,
	} {
		found, wrong := readToken(`{"access_token":"x","expires_in":`+written+`}`, noon)
		got := found.ends.Sub(noon)
		if found.ends.IsZero() {
			got = 0
		}
		if wrong != "" || got != want {
			t.Errorf("%s: renewed after %s, want %s (%s)", written, got, want, wrong)
		}
	}
}

// Whoever prints them by mistake sees neither key nor token.
func TestPrintingATokenShowsNoSecret(t *testing.T) {
	t.Parallel()
	site := newTokenSite(t)
	server := httptest.NewServer(site)
	t.Cleanup(server.Close)
	p := tokenized(t, "body")
	l := listerOf(t, p, tokenSettings(server.URL))
	if _, err := all(t, l); err != nil {
		t.Fatal(err)
	}
	c := l.pages.(*httpPages).client
	for _, x := range []any{*p, p.tokens, *c, *c.token, *c.token.tokens, c.token.tokens.token} {
		for _, verb := range []string{"%v", "%+v", "%#v"} {
			if printed := fmt.Sprintf(verb, x); strings.Contains(printed, apiKey) || strings.Contains(printed, "token-1") {
				t.Errorf("%T: %s", x, printed)
			}
		}
	}
}

// FuzzTokenAnswer gives any answer and any header to what reads them: a token is one
// that a header can hold, and a pause is none that lasts for ever.
func FuzzTokenAnswer(f *testing.F) {
	f.Add(`{"access_token":"x","token_type":"Bearer","expires_in":3600}`, "7")
	f.Add(`{"error":"invalid_client"}`, "1768478430.5")
	f.Add(`[]`, "99999999999999")
	f.Fuzz(func(t *testing.T, body, reset string) {
		if word := tokenRefusal(body); strings.ContainsFunc(word, func(c rune) bool { return (c < 'a' || c > 'z') && c != '_' }) {
			t.Errorf("shows %q", word)
		}
		answer := &http.Response{StatusCode: http.StatusTooManyRequests, Header: http.Header{"X-Ratelimit-Reset": {reset}}}
		if pause := pauseOf(answer, noon); pause < 0 || pause > outbound.MostPause {
			t.Errorf("%q is %s", reset, pause)
		}
		if checkJSON([]byte(body)) != nil {
			return
		}
		found, wrong := readToken(body, noon)
		if value := found.value.Reveal(); wrong == "" && (value == "" || strings.ContainsFunc(value, func(c rune) bool { return c <= ' ' || c > '~' })) {
			t.Errorf("%q", value)
		}
		if found.ends.Before(noon) && !found.ends.IsZero() {
			t.Errorf("ended at %s", found.ends)
		}
	})
}
