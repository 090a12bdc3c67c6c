package providers

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"time"
)

// Failure is why a call of a provider's API failed, for whoever asked for it.
type Failure struct {
	// Text says what went wrong; no address, no user, no key.
	Text string
	// Passing says that another attempt may succeed, Limited that there were
	// too many. After is how long the provider asked to be left alone, or 0.
	Passing, Limited bool
	After            time.Duration
}

// FailureOf explains an error of a Fetcher. Its own text is for the log of the
// operators: it may name the user in an address.
func FailureOf(err error) Failure {
	var (
		passing   *transientError
		status    *statusError
		letter    *LetterError
		told      toldError
		untrusted *tls.CertificateVerificationError
	)
	f := Failure{Text: "the provider could not be asked"}
	if errors.As(err, &passing) {
		f = Failure{Text: "the provider cannot be reached", Passing: true, After: passing.after}
	}
	switch {
	case errors.As(err, &status):
		f.Text, f.Limited = status.Error(), status.code == http.StatusTooManyRequests
	case errors.As(err, &letter):
		f = Failure{Text: "the provider's answer about the user is not understood: " + letter.Error()}
	case errors.As(err, &told):
		f = Failure{Text: told.Error(), Passing: told.passing}
	case errors.As(err, &untrusted):
		f = Failure{Text: "the provider's certificate is not trusted: check api.url"}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		f.Text, f.Passing = "our own deadline came before the provider's answer", true
	}
	return f
}
