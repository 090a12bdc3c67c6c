package fakeprovider

import (
	"net/http"
	"time"
)

// Options are how a Server differs from the real one; the zero value is the
// real one with no users.
type Options struct {
	// Population are the users; without one, Users are generated.
	Population *Population
	Users      int

	// Path is where the users stand, with the accounts or apps in it.
	Path string
	// Key is the credential: Authon's API key, node-auth's admin secret,
	// authon.pro's seller token, AuthPI's key_id:key_secret.
	Key string

	// MaxPage replaces the largest page, which is 100 for all of them.
	MaxPage int
	// NewestFirst lists the youngest user first: no documentation promises an
	// order, and then a sign-up moves everybody to later pages.
	NewestFirst bool

	// Latency is how long each answer takes.
	Latency time.Duration
	// Rate is how many requests pass in a second; the others get 429 with
	// Retry-After. 0 is no limit.
	Rate int
	// Now is the provider's clock; nil is the real one.
	Now func() time.Time

	// Before is called when a request arrived, After when its answer is made
	// but not sent: what they do to the population falls between two pages, or
	// within one.
	Before, After func(Route, *http.Request)
}
