package usersync

import "context"

// Lister lists a provider's users, page by page.
type Lister interface {
	// Page returns the page at a cursor; "" is the first.
	Page(ctx context.Context, cursor string) (Page, error)
	// After returns the cursor of the page behind the one at cursor, if that
	// can be told without asking for it (numbered pages, offsets).
	After(cursor string) (next string, ok bool)
}

// Fetcher reads single users from a provider.
type Fetcher interface {
	// Fetch returns how a user looks now; found is false if the provider says
	// that there is no such user. The error of one who is not understood has a
	// method DeadLetter() DeadLetter; one that has RetryAfter() time.Duration
	// says how long the provider asked to be left alone.
	Fetch(ctx context.Context, userID string) (c Command, found bool, err error)
}

// Page is one page of a list.
type Page struct {
	Users   []Command    // stamped max(own updated_at, Instant)
	Letters []DeadLetter // items that were not understood
	Next    string       // cursor of the next page; "": this was the last
	Instant Micros       // when the page was true, by the provider's clock
	Total   int64        // about how many users the list has, for the progress alone; 0 if it does not say
}
