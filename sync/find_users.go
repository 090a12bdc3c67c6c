package usersync

import (
	"context"
	"errors"
)

// ErrNoPlace says that a page is asked for behind a place that no page named.
var ErrNoPlace = errors.New("this is no place that a page named: begin without one")

// UserSearch says which users are looked for.
type UserSearch struct {
	Provider string // "": of any
	// Text is an e-mail address in any case, the beginning of the provider's id, or
	// the whole id of the row; "": all users. Users who are deleted are not found by
	// their e-mail.
	Text  string
	After UserKey // whom a page ended with; the zero key for the first page
}

// FoundUser is a row of the users table.
type FoundUser struct {
	UserKey
	View                 View // Metadata may be left out
	CreatedAt, UpdatedAt Micros
}

// UserFinder looks for users by what is indexed, so that it is quick among
// millions. Its law is in internal/storetest.
type UserFinder interface {
	// FindUsers returns at most limit users, ordered by provider and then by id.
	FindUsers(ctx context.Context, search UserSearch, limit int) ([]FoundUser, error)
}
