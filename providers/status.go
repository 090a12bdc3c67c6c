package providers

import (
	"fmt"
	"net/http"
	"net/url"
)

// statusError is an answer that is no success. Its body is not shown: it may
// repeat the request, key and all.
type statusError struct {
	code int
	hint string
	says complaint // what of its body may be shown
	told string    // what is said instead, where the answer was not that of the call itself
}

func (e *statusError) Error() string {
	if e.told != "" {
		return e.told
	}
	text := http.StatusText(e.code)
	if text != "" {
		text = " " + text
	}
	return fmt.Sprintf("the provider answered %d%s%s", e.code, text, e.hint)
}

// gone reports that there is no such user.
func (e *statusError) gone() bool { return e.code == http.StatusNotFound || e.code == http.StatusGone }

// judge returns nil for a success, an error that may pass for an overloaded or
// broken provider, and a final one for the rest.
func (c *client) judge(response *http.Response, out outgoing) error {
	code := response.StatusCode
	failure := &statusError{code: code}
	switch {
	case code >= 200 && code <= 299:
		return nil
	case code >= 300 && code <= 399:
		failure.hint = ", a redirect, which is not followed: set api.url to where the API is"
		if to, err := url.Parse(response.Header.Get("Location")); err == nil && to.Host != "" {
			failure.hint += fmt.Sprintf(" (it points to %s://%s)", cut(to.Scheme), cut(to.Host))
		}
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		failure.hint = ": check api.key, and what it is allowed to do"
	case code == http.StatusNotImplemented:
		failure.hint = ": it has no such call"
	case code == http.StatusTooManyRequests || code >= 500:
		return &transientError{failure, pauseOf(response, c.clock()), code == http.StatusTooManyRequests}
	case code == http.StatusNotFound:
		failure.hint = ": check api.url and api.params"
	case out.reads || out.method == http.MethodGet:
		failure.hint = ": check api.params; a run that was interrupted long ago may have to begin anew with --restart"
	}
	return failure
}
