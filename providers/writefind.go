package providers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	usersync "usersync/sync"
)

// maxSearch is how many pages of a search are read.
const maxSearch = 10

// Find looks a user up: by u.ID if there is one, else by the external id, else
// by the e-mail, where the provider can. Several users with the e-mail are an
// *AmbiguousError.
func (w *Writer) Find(ctx context.Context, u UserWrite) (c usersync.Command, found bool, err error) {
	b := newBudget(w.fetch.waiting)
	c, found, err = w.find(ctx, u, b)
	if err != nil || !found {
		if err = typed(err, false); err != nil {
			err = fmt.Errorf("looking for a user of %s: %w", w.name, err)
		}
		return usersync.Command{}, false, err
	}
	return c, true, nil
}

func (w *Writer) find(ctx context.Context, u UserWrite, b *budget) (c usersync.Command, found bool, err error) {
	if u.ID != "" {
		c, err = w.known(ctx, u.ID, b)
		if errors.Is(err, ErrNoUser) {
			return c, false, nil
		}
		return c, err == nil, err
	}
	if u.ExternalID != "" && w.part.finds(externalIDName) {
		if c, found, err = w.byExternalID(ctx, u.ExternalID, b); err != nil || found {
			return c, found, err
		}
	}
	if email := u.Fields[usersync.FieldEmail].Str(); email != "" && w.part.finds(emailName) {
		return w.byEmail(ctx, email, b)
	}
	return c, false, nil
}

// byExternalID asks for the user with the app's own id.
func (w *Writer) byExternalID(ctx context.Context, externalID string, b *budget) (c usersync.Command, found bool, err error) {
	for _, f := range w.part.find {
		if f.by != externalIDName {
			continue
		}
		users, err := w.lookUp(ctx, f, externalID, b)
		switch {
		case err != nil:
			return c, false, err
		case len(users) == 1:
			return users[0], true, nil
		case len(users) > 1:
			return c, false, errSeveral
		}
	}
	return c, false, nil
}

// byEmail asks for the users whose e-mail is this one: a search also finds
// those of whom it is a part.
func (w *Writer) byEmail(ctx context.Context, email string, b *budget) (c usersync.Command, found bool, err error) {
	for _, f := range w.part.find {
		if f.by != emailName {
			continue
		}
		users, err := w.lookUp(ctx, f, email, b)
		if err != nil {
			return c, false, err
		}
		users = slices.DeleteFunc(users, func(c usersync.Command) bool {
			return !strings.EqualFold(c.Fields[usersync.FieldEmail].Str(), email)
		})
		switch len(users) {
		case 0:
		case 1:
			return users[0], true, nil
		default:
			several := &AmbiguousError{}
			for _, u := range users {
				several.IDs = append(several.IDs, u.UserID)
			}
			return c, false, several
		}
	}
	return c, false, nil
}

// lookUp sends one call of find and returns the users that it shows.
func (w *Writer) lookUp(ctx context.Context, f findPart, value string, b *budget) ([]usersync.Command, error) {
	params := maps.Clone(w.params)
	params[f.by] = value
	if f.list != nil {
		return w.search(ctx, f, params, b)
	}
	u, query, err := f.call.address(w.base, params)
	if err != nil {
		return nil, err
	}
	u.RawQuery = query.Encode()
	// The app's own id may be anything, an e-mail too: it is not named.
	answered, err := w.send(ctx, outgoing{method: http.MethodGet, url: u, name: string(f.call.path)}, b)
	var status *statusError
	switch {
	case errors.As(err, &status) && status.gone():
		return nil, nil
	case err != nil:
		return nil, err
	}
	return w.commands([]string{placed(answered.body, w.at)}, w.fetch.read, seenAt(answered.instant, answered.received))
}

// search reads the list with more in its query.
func (w *Writer) search(ctx context.Context, f findPart, params map[string]string, b *budget) (users []usersync.Command, err error) {
	pages := &httpPages{client: w.client, part: w.list, params: params, size: w.size, search: f.list}
	reads := *w.fetch.read
	reads.itemPart = w.list.item
	cursor := ""
	for range maxSearch {
		s, err := pages.page(ctx, cursor, b)
		if err != nil {
			return nil, err
		}
		some, err := w.commands(s.items, &reads, s.seen)
		if err != nil {
			return nil, err
		}
		users = append(users, some...)
		if cursor = s.next; cursor == "" {
			return users, nil
		}
	}
	return nil, errTooMany
}

// commands reads the users of an answer.
func (w *Writer) commands(items []string, reads *itemReader, at seen) (users []usersync.Command, err error) {
	if err := reads.plausible(at); err != nil {
		return nil, err
	}
	users = make([]usersync.Command, len(items))
	for i, item := range items {
		if letter := reads.read(item, at, &users[i]); letter != nil {
			return nil, &LetterError{*letter}
		}
	}
	return users, nil
}
