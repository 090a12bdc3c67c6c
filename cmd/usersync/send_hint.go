package main

import (
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
)

// sendHint says what to do about a request that got no answer.
func sendHint(err error) string {
	var (
		stranger  x509.UnknownAuthorityError
		otherName x509.HostnameError
		badDates  x509.CertificateInvalidError
		timeout   net.Error
	)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "is `usersync serve` running? --url names another daemon"
	case errors.As(err, &stranger):
		return "this machine does not trust the certificate: set SSL_CERT_FILE to its authority's, or name the daemon as the certificate does with --url"
	case errors.As(err, &otherName):
		return "use --url with a name that the certificate is for"
	case errors.As(err, &badDates):
		return "`usersync check` looks at the certificate"
	case errors.Is(err, http.ErrSchemeMismatch):
		return "the daemon there speaks plain http: use --url http://…"
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		return "the connection was closed without an answer: does --url say http where https is served?"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time: see the daemon's log"
	default:
		return "--url names another daemon"
	}
}
