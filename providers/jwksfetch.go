package providers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"usersync/internal/outbound"
)

// maxKeyRedirects is how many redirects are followed on the way to a JWKS.
const maxKeyRedirects = 3

// newJWKSClient never leaves the host that the operator named: whoever can say
// where the keys are can sign.
func newJWKSClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableKeepAlives = true // the next request comes in minutes
	transport.MaxResponseHeaderBytes = 64 << 10
	return &http.Client{Transport: transport, CheckRedirect: stayOnHost}
}

// stayOnHost follows a few redirects, on one host and without leaving TLS.
func stayOnHost(next *http.Request, before []*http.Request) error {
	first := before[0].URL
	switch {
	case next.URL.Host != first.Host || next.URL.Scheme != first.Scheme:
		return toldError{text: "it redirects to another host: set jwt.jwks_url to where the keys are"}
	case len(before) > maxKeyRedirects:
		return toldError{text: "it redirects again and again"}
	default:
		return nil
	}
}

// get asks for the set once.
func (j *jwks) get(ctx context.Context) (*keySet, error) {
	ctx, cancel := context.WithTimeout(ctx, keysTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, j.address.String(), http.NoBody)
	if err != nil {
		return nil, errors.New("the address cannot be asked for")
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "usersync")
	response, err := j.http.Do(request)
	if err != nil {
		return nil, withoutAddress(ctx, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answered %d", response.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxKeySet+1))
	switch {
	case err != nil:
		return nil, withoutAddress(ctx, err)
	case len(body) > maxKeySet:
		return nil, fmt.Errorf("the answer is larger than %d KiB", maxKeySet>>10)
	}
	return parseKeySet(body)
}

// withoutAddress says why there was no answer, without the address's query.
func withoutAddress(ctx context.Context, err error) error {
	var told toldError
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("no complete answer within %s", keysTimeout)
	case errors.As(err, &told): // our own, about a redirect
		return told
	default:
		return outbound.Fault(err)
	}
}
