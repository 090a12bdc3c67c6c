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

// Page is one page of a list.
type Page struct {
	Users   []Command    // stamped max(own updated_at, Instant)
	Letters []DeadLetter // items that were not understood
	Next    string       // cursor of the next page; "": this was the last
	Instant Micros       // when the page was true, by the provider's clock
}
