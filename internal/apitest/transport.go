package apitest

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
)

// Transport sends requests, and fails the test for each answer below /api/v1 that the
// document does not allow.
func (c *Contract) Transport(t testing.TB, next http.RoundTripper) http.RoundTripper {
	return checking{c, t, next}
}

type checking struct {
	contract *Contract
	t        testing.TB
	next     http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (c checking) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := c.next.RoundTrip(r)
	if err != nil || !strings.HasPrefix(r.URL.Path, "/api/v1/") {
		return answer, err
	}
	body, err := io.ReadAll(answer.Body)
	if err := answer.Body.Close(); err != nil {
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	if err := c.contract.Check(r.Method, r.URL.EscapedPath(), answer.StatusCode, answer.Header, body); err != nil {
		c.t.Error(err)
	}
	return answer, nil
}
