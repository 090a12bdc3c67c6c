package fakeprovider

import (
	"net/http"
	"time"
)

// Fault is one way of going wrong.
type Fault string

// The faults. Unless it says otherwise, one replaces the answer, and nothing is
// read or written.
const (
	// TooMany answers 429, with Retry-After if the trouble names a delay.
	TooMany Fault = "too_many"
	// Failure answers 500.
	Failure Fault = "failure"
	// Forbidden answers 401, as if the key had been withdrawn.
	Forbidden Fault = "forbidden"
	// Expired answers 400 to a request with a cursor; others it lets through.
	Expired Fault = "expired_cursor"
	// NoListing answers 501 with an empty list, as node-auth does if the
	// application's store cannot list (documented).
	NoListing Fault = "no_listing"
	// Truncated sends the first half of the body as if it were all: HTTP is in
	// order, the JSON is not.
	Truncated Fault = "truncated"
	// Severed ends the connection in the middle of the body.
	Severed Fault = "severed"
	// Slow answers late by the trouble's Delay.
	Slow Fault = "slow"
	// Undated sends no Date header.
	Undated Fault = "undated"
	// Skewed sends a Date that is off by the trouble's Delay.
	Skewed Fault = "skewed"
	// WrongType sends the right body as text/html.
	WrongType Fault = "wrong_type"
)

// Trouble is a fault with its details and its victims.
type Trouble struct {
	Fault Fault

	// Delay is how late Slow is, how wrong Skewed is, and what TooMany says to
	// wait, where 0 says nothing.
	Delay time.Duration
	// AsDate makes Retry-After a date instead of seconds.
	AsDate bool
	// HTML gives TooMany and Failure the body of a proxy.
	HTML bool

	// Route restricts the trouble to one route.
	Route Route
	// Match restricts it to some requests.
	Match func(*http.Request) bool
	// Of the requests that are left, the first Skip ones are spared, then each
	// Every-th is struck (0 is each), until Times have been (0 is no limit).
	Skip, Every, Times int
}

// Query matches requests by one parameter: the page, offset or cursor.
func Query(name, value string) func(*http.Request) bool {
	return func(r *http.Request) bool { return r.URL.Query().Get(name) == value }
}
