package providers

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/time/rate"

	usersync "usersync/sync"
)

// maxAnswer is the largest body that is read, in bytes.
const maxAnswer = 16 << 20

// client sends the requests of one provider.
type client struct {
	http     *http.Client
	base     *url.URL
	auth     secretScheme
	key      key
	limiter  *rate.Limiter
	patience patience
	timeout  time.Duration
	lag      time.Duration
	clock    func() time.Time
}

// answer is a body that was received as a whole, and is strict JSON.
type answer struct {
	body     string
	header   http.Header
	instant  usersync.Micros // when it was true, by the provider's clock
	received usersync.Micros // by ours
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
	var found *answer
	err := c.patience.do(ctx, b, func(ctx context.Context) (err error) {
		if err := c.limiter.Wait(ctx); err != nil {
			return err
		}
		found, err = c.attempt(ctx, u)
		return err
	})
	if err != nil {
		// The path only: a query may hold anything.
		return nil, fmt.Errorf("GET %s: %w", u.EscapedPath(), err)
	}
	return found, nil
}

// attempt asks once.
func (c *client) attempt(ctx context.Context, u *url.URL) (*answer, error) {
	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(limited, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, errors.New("the address cannot be asked for")
	}
	// No text/html: some servers would take the daemon for a browser.
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "usersync")
	c.auth.sign(request.Header, nil, time.Time{}, c.key)

	from := c.clock()
	response, err := c.http.Do(request)
	if err != nil {
		return nil, c.failed(ctx, err)
	}
	defer response.Body.Close()
	if err := c.judge(response); err != nil {
		return nil, err
	}
	body, err := readAnswer(response)
	to := c.clock()
	switch {
	case err != nil:
		return nil, c.failed(ctx, err)
	case len(body) > maxAnswer:
		return nil, fmt.Errorf("the answer is larger than %d MiB: set api.page_size to less", maxAnswer>>20)
	}
	if err := checkJSON(body); err != nil {
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

// failed explains why no answer came. The error of net/http is unwrapped,
// because it quotes the address with its query.
func (c *client) failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return &transientError{err: fmt.Errorf("no complete answer within %s", c.timeout)}
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	var untrusted *tls.CertificateVerificationError
	if errors.As(err, &untrusted) {
		return err // another attempt meets the same certificate
	}
	return &transientError{err: err}
}
