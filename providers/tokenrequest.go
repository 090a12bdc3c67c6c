package providers

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"usersync/internal/secret"
)

// tokenRequest asks for a token. What it sends is the same each time.
type tokenRequest struct {
	url    *url.URL
	form   secret.Text
	basic  secret.Text // the header Authorization, empty if the form has the secret
	tokens *tokens     // where it is kept
}

// request makes the request of a token part for a key, which is id:secret. The
// error begins with the key of the settings that is at fault.
func (t *tokenPart) request(base *url.URL, params map[string]string, key secret.Text) (*tokenRequest, error) {
	var at *url.URL
	if address, filled := t.url.fill(params); t.url != "" && filled {
		var err error
		if at, err = baseURL(address); err != nil {
			return nil, fmt.Errorf("api.params.%s: %w", t.url.names()[0], err)
		}
	} else {
		path, err := t.path.path(params)
		if err != nil {
			return nil, err
		}
		if at, err = below(base, path); err != nil {
			return nil, err
		}
	}
	id, password, _ := strings.Cut(key.Reveal(), ":")
	form := url.Values{"grant_type": {"client_credentials"}}
	for _, q := range t.form {
		if value, filled := q.value.fill(params); filled {
			form.Set(q.name, value)
		}
	}
	r := &tokenRequest{url: at}
	if t.inBody {
		form.Set("client_id", id)
		form.Set("client_secret", password)
	} else {
		// Each is written as in a form first (RFC 6749, section 2.3.1).
		pair := url.QueryEscape(id) + ":" + url.QueryEscape(password)
		r.basic = secret.New("Basic " + base64.StdEncoding.EncodeToString([]byte(pair)))
	}
	r.form = secret.New(form.Encode())
	return r, nil
}

// bearer returns a token that is not the stale one, and waits for it if
// somebody is asking for one already.
func (c *client) bearer(ctx context.Context, stale secret.Text) (secret.Text, error) {
	return c.token.tokens.get(ctx, c.clock, stale, func() (token, error) {
		out := outgoing{
			method: http.MethodPost, url: c.token.url, body: []byte(c.token.form.Reveal()),
			header: map[string]string{contentTypeHeader: "application/x-www-form-urlencoded"},
		}
		if err := c.turn(ctx); err != nil {
			return token{}, out.noToken(err, "")
		}
		word := ""
		out.explain = func(body string) complaint {
			word = tokenRefusal(body)
			return complaint{}
		}
		asked := c.clock()
		answered, err := c.exchange(ctx, out, func(header http.Header) {
			if basic := c.token.basic.Reveal(); basic != "" {
				header.Set(authorization, basic)
			}
		})
		if err != nil {
			return token{}, out.noToken(err, word)
		}
		found, wrong := readToken(answered.body, asked)
		if wrong != "" {
			return token{}, out.wrongToken(wrong)
		}
		return found, nil
	})
}

// noToken says that there is no token. Whatever the reason is, the request that
// it was for has not been sent; and a refusal is one of the key, never of the
// data and never a user who is not there.
func (o outgoing) noToken(err error, word string) error {
	var passing *transientError
	var status *statusError
	var untrusted *tls.CertificateVerificationError
	switch {
	case errors.As(err, &passing):
		return &transientError{err: fmt.Errorf("no token: %w", o.failed(passing.err)), after: passing.after, unsent: true}
	case errors.As(err, &status):
		text := o.failed(err).Error()
		if status.code == http.StatusBadRequest {
			text += ": check api.key (id:secret) and what its client may do"
		}
		if word != "" {
			text += " (" + word + ")"
		}
		return &statusError{code: http.StatusUnauthorized, told: "no token: " + text}
	case errors.As(err, &untrusted):
		return fmt.Errorf("no token: %w", o.failed(err))
	case OneUser(err): // too large
		return o.wrongToken("the answer is no token")
	default: // our own rate, or our own end
		return &transientError{err: err, unsent: true}
	}
}

// wrongToken says that an answer was none with a token.
func (o outgoing) wrongToken(wrong string) error {
	return &statusError{code: http.StatusUnauthorized, told: "no token: " + o.failed(errors.New(wrong)).Error()}
}

// tokenRefusal finds the code of RFC 6749, section 5.2, in an answer. Nothing
// else of it is shown: it may quote the secret.
func tokenRefusal(body string) string {
	known := []string{
		"access_denied", "invalid_client", "invalid_grant", "invalid_request", "invalid_scope", "invalid_target",
		"unauthorized_client", "unsupported_grant_type",
	}
	if checkJSON([]byte(body)) != nil {
		return ""
	}
	doc := trees.Get().(*tree)
	defer doc.release()
	doc.reset(body)
	if v := doc.lookup(root, newPath("error")); v.kind == text && slices.Contains(known, v.text) {
		return v.text
	}
	return ""
}

// readToken reads an answer (RFC 6749, section 5.1); wrong says what it lacks.
func readToken(body string, asked time.Time) (found token, wrong string) {
	const longest = 16 << 10
	doc := trees.Get().(*tree)
	defer doc.release()
	doc.reset(body)
	value := doc.lookup(root, newPath("access_token"))
	kind := doc.lookup(root, newPath("token_type"))
	switch {
	case value.kind != text || value.text == "":
		return token{}, "the answer has no access_token"
	case len(value.text) > longest || strings.ContainsFunc(value.text, func(c rune) bool { return c <= ' ' || c > '~' }):
		return token{}, "the access_token is none that a header can hold"
	case kind.kind == text && !strings.EqualFold(kind.text, "bearer"):
		return token{}, "the access_token is of another type than bearer"
	}
	found.value = secret.New(strings.Clone(value.text))
	if lifetime := lifetimeOf(doc.lookup(root, newPath("expires_in"))); lifetime > 0 {
		found.ends = asked.Add(lifetime - min(lifetime/4, tokenMargin))
	}
	return found, ""
}

// lifetimeOf reads seconds, also as a text, as some send them; 0 if nothing is
// said.
func lifetimeOf(v value) time.Duration {
	const longest = 365 * 24 * time.Hour
	written, ok := v.str()
	whole, _, _ := strings.Cut(written, ".")
	switch {
	case !ok || !allDigits(whole):
		return 0
	case len(whole) > 9:
		return longest
	default:
		return min(time.Duration(digits(whole))*time.Second, longest)
	}
}
