package providers

import (
	"time"

	"usersync/internal/secret"
	usersync "usersync/sync"
)

// APISettings says how a provider's own API is reached. Zero values take the
// default.
type APISettings struct {
	// URL is where the paths of the definition begin; by default the
	// definition's own. For a definition that reads a database, its
	// postgres:// URL, which may hold a password and is never shown.
	URL string
	// Key is the credential of every request, id:secret for basic and for
	// tokens by client credentials.
	Key secret.Text
	// Variant names one of the definition's variants of list and fetch.
	Variant string
	// Params are values for the definition's api.params.
	Params map[string]string
	// PageSize is how many users to ask for at once; by default the most that
	// the definition allows.
	PageSize int
	// Lag is how long a change may take to show in a list; 60 s by default.
	Lag time.Duration
	// RateLimit is the most requests a second; by default the definition's.
	RateLimit float64
	// Timeout is how long one request may take; 30 s by default.
	Timeout time.Duration
	// Budget is how long a Lister in all, or one Fetch, may wait between the
	// attempts of requests; 10 m and 10 s by default.
	Budget time.Duration
	// MaxFuture is how far a user's time may lie ahead of our clock; by
	// default the provider's max_future.
	MaxFuture time.Duration
	// Since lists only users that changed at or after it; 0 lists all.
	Since usersync.Micros
	// Clock is our clock; time.Now by default.
	Clock func() time.Time
	// Dated, if it is set, is told what every answer gives as its Date, also
	// one that refuses, and when by our clock the request began and was answered.
	Dated func(date, from, to time.Time)
}

// The defaults of APISettings.
const (
	defaultLag         = 60 * time.Second
	defaultRate        = 10 // requests a second, where the definition says nothing
	defaultTimeout     = 30 * time.Second
	defaultListBudget  = 10 * time.Minute
	defaultFetchBudget = 10 * time.Second
)
