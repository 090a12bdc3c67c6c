package providers

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/time/rate"

	"usersync/internal/outbound"
	"usersync/internal/secret"
	usersync "usersync/sync"
)

// maxAnswer is the largest body that is read, in bytes.
const maxAnswer = 16 << 20

// client sends the requests of one provider.
type client struct {
	http     *http.Client
	base     *url.URL
	auth     *apiAuth
	headers  map[string]string // that every request has
	key      secret.Text
	token    *tokenRequest // nil if the key goes along itself
	limiter  *rate.Limiter
	patience patience
	timeout  time.Duration
	lag      time.Duration
	clock    func() time.Time
	dated    func(date, from, to time.Time) // or nil
}

// answer is a body that was received as a whole, and is strict JSON.
type answer struct {
	body     string
	header   http.Header
	instant  usersync.Micros // when it was true, by the provider's clock
	received usersync.Micros // by ours
}

// outgoing is one request.
type outgoing struct {
	method string
	url    *url.URL
	name   string            // how errors call it; "" is the path of the url
	body   []byte            // JSON, or nil
	header map[string]string // beside what every request has
	reads  bool              // nothing is changed, whatever the method is
	// bare says that any success will do: what the answer holds is looked at by
	// whoever asked, and may be nothing.
	bare bool
	// explain makes of an answer that refuses what may be shown of it.
	explain func(body string) complaint
}

// newHTTPClient keeps credentials where they belong: no redirect is followed.
func newHTTPClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = detailsInFlight
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// get asks for an address, again if that may help.
func (c *client) get(ctx context.Context, u *url.URL, b *budget) (*answer, error) {
	return c.send(ctx, outgoing{method: http.MethodGet, url: u}, b)
}

// send sends a request that may be repeated, again if that may help.
func (c *client) send(ctx context.Context, out outgoing, b *budget) (*answer, error) {
	var found *answer
	err := c.patience.do(ctx, b, func(ctx context.Context) (err error) {
		found, err = c.once(ctx, out)
		return err
	})
	if err != nil {
		return nil, out.failed(err)
	}
	return found, nil
}

// once waits for its turn and asks once.
func (c *client) once(ctx context.Context, out outgoing) (*answer, error) {
	if err := c.turn(ctx); err != nil {
		return nil, err
	}
	return c.attempt(ctx, out)
}

// turn waits until the rate limit lets a request through.
func (c *client) turn(ctx context.Context) error {
	switch err := c.limiter.Wait(ctx); {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	default:
		return errOwnRate // its turn would come after the end of ctx
	}
}

// failed names the request in an error, by its path only: a query may hold
// anything.
func (o outgoing) failed(err error) error {
	return fmt.Errorf("%s %s: %w", o.method, cmp.Or(o.name, o.url.EscapedPath()), err)
}

// explained adds to a refusal what may be shown of its body.
func (o outgoing) explained(response *http.Response, err error) error {
	const enough = 64 << 10
	var status *statusError
	if o.explain != nil && errors.As(err, &status) {
		if body, err := io.ReadAll(io.LimitReader(response.Body, enough)); err == nil {
			status.says = o.explain(string(body))
		}
	}
	return err
}

// attempt asks once. A token that the provider no longer takes is had anew, and
// the request, which was refused, is sent again with it.
func (c *client) attempt(ctx context.Context, out outgoing) (*answer, error) {
	if c.token == nil {
		return c.exchange(ctx, out, func(header http.Header) { c.prove(header, c.key) })
	}
	token, err := c.bearer(ctx, secret.Text{})
	if err != nil {
		return nil, err
	}
	found, err := c.exchange(ctx, out, func(header http.Header) { c.prove(header, token) })
	if StatusOf(err) != http.StatusUnauthorized {
		return found, err
	}
	if token, err = c.bearer(ctx, token); err != nil {
		return nil, err
	}
	if err = c.turn(ctx); err != nil {
		return nil, &transientError{err: err, unsent: true} // the first one was refused
	}
	return c.exchange(ctx, out, func(header http.Header) { c.prove(header, token) })
}

// prove adds what every request to the API has.
func (c *client) prove(header http.Header, credential secret.Text) {
	for name, value := range c.headers {
		header.Set(name, value)
	}
	c.auth.sign(header, credential)
}

// exchange sends a request and reads the answer.
func (c *client) exchange(ctx context.Context, out outgoing, prove func(http.Header)) (*answer, error) {
	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(limited, out.method, out.url.String(), bytes.NewReader(out.body))
	if err != nil {
		return nil, errors.New("the address cannot be asked for")
	}
	// No text/html: some servers would take the daemon for a browser.
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "usersync")
	if out.body != nil {
		request.Header.Set(contentTypeHeader, "application/json")
	}
	for name, value := range out.header {
		request.Header.Set(name, value)
	}
	prove(request.Header)

	from := c.clock()
	response, err := c.http.Do(request)
	if err != nil {
		return nil, c.failed(ctx, err)
	}
	defer response.Body.Close()
	if date, err := http.ParseTime(response.Header.Get("Date")); err == nil && c.dated != nil {
		c.dated(date, from, c.clock())
	}
	if err := c.judge(response, out); err != nil {
		return nil, out.explained(response, err)
	}
	body, err := readAnswer(response)
	to := c.clock()
	switch {
	case err != nil:
		return nil, c.failed(ctx, err)
	case len(body) > maxAnswer:
		return nil, toldError{text: fmt.Sprintf("the answer is larger than %d MiB: set api.page_size to less", maxAnswer>>20), oneUser: true}
	}
	if err := checkJSON(body); err != nil && !out.bare {
		// Somebody on the way may have cut it.
		return nil, &transientError{err: err}
	}
	return &answer{textOf(body), response.Header, instantOf(response.Header, from, to, c.lag), usersync.MicrosOf(to)}, nil
}

// readAnswer reads a body of up to one byte more than may be there.
func readAnswer(response *http.Response) ([]byte, error) {
	room := min(max(response.ContentLength, 0), maxAnswer) + bytes.MinRead // which the end of the body is looked for in
	body := bytes.NewBuffer(make([]byte, 0, room))
	_, err := body.ReadFrom(io.LimitReader(response.Body, maxAnswer+1))
	return body.Bytes(), err
}

// failed explains why no answer came.
func (c *client) failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return &transientError{err: noAnswerWithin(c.timeout)}
	}
	err = outbound.Fault(err)
	var untrusted *tls.CertificateVerificationError
	if errors.As(err, &untrusted) {
		return err // another attempt meets the same certificate
	}
	// Whoever did not connect sent nothing.
	var connecting *net.OpError
	return &transientError{err: err, unsent: errors.As(err, &connecting) && connecting.Op == "dial"}
}
