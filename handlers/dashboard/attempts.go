package dashboard

import (
	"time"

	"golang.org/x/time/rate"
)

// How many wrong tokens are answered as such: some at once, then one every so often.
const (
	attemptsAtOnce = 10
	attemptEvery   = 5 * time.Second
)

// attempts bounds how many wrong tokens are answered 401; the others get a 429.
//
// It is one for all: behind a proxy all addresses are the same. A right token passes even
// then. Otherwise any stranger could keep out whom an alarm has just called, by sending
// wrong ones; and guessing would be no harder, because a bearer token can be tried on any
// other route of the listener. What keeps guesses hopeless is the length of the token.
type attempts struct{ limit *rate.Limiter }

func newAttempts() *attempts {
	return &attempts{limit: rate.NewLimiter(rate.Every(attemptEvery), attemptsAtOnce)}
}

// wrong notes a wrong token and reports whether there were too many.
func (a *attempts) wrong(now time.Time) (tooMany bool) { return !a.limit.AllowN(now, 1) }
