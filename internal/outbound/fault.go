package outbound

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
)

// ErrNoHTTP stands for errors that quote what the other side said: it may be what it
// was sent, such as an address with its query.
var ErrNoHTTP = errors.New("what came back is no HTTP that can be read: check the address")

// Fault returns what may be shown of an error of net/http, which quotes the address
// and sometimes the answer: what happened to the connection, else ErrNoHTTP.
func Fault(err error) error {
	var located *url.Error
	if errors.As(err, &located) {
		err = located.Err
	}
	var connection net.Error
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &connection), errors.As(err, &certificate), errors.As(err, &record),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, http.ErrSchemeMismatch):
		return err
	default:
		return ErrNoHTTP
	}
}
