package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"usersync/internal/config"
	"usersync/models"
	usersync "usersync/sync"
)

// withUsers opens the database for a command about users, with the names of the
// providers but without their credentials.
func (p *program) withUsers(ctx context.Context, do func(c *config.Config, db *models.DB) error) error {
	c, err := p.loadNames()
	if err != nil {
		return err
	}
	return p.withDatabase(ctx, c, func(db *models.DB) error { return do(c, db) })
}

// userOf takes a user from the words of the command line. What no id can be is refused
// (a line's end of a file that was made elsewhere): it would be taken for somebody who
// is not there.
func userOf(words []string) (usersync.UserKey, error) {
	if words[1] == "" {
		return usersync.UserKey{}, usageError{errors.New("USER_ID is empty: say the provider's own id of the user")}
	}
	if len(words[1]) > 255 || !utf8.ValidString(words[1]) || strings.ContainsFunc(words[1], unicode.IsControl) {
		return usersync.UserKey{}, usageError{fmt.Errorf("%q is no id of a user: those have at most 255 bytes of UTF-8 and no control characters", words[1])}
	}
	return usersync.UserKey{Provider: words[0], UserID: words[1]}, nil
}
