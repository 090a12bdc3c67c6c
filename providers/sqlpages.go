package providers

import (
	"context"
	"errors"

	usersync "usersync/sync"
)

// sqlPages lists users from a database, by keyset: the cursor is the key of
// the last one. It reads the index along, and a page costs the same at any
// place.
type sqlPages struct {
	*database
	table  *sqlTable
	params map[string]string
	size   int // users a page
	since  usersync.Micros
}

// page implements pageSource.
func (s *sqlPages) page(ctx context.Context, cursor string, b *budget) (sheet, error) {
	query, args := s.table.page(s.params, cursor, s.since, s.size)
	rows, at, err := s.rows(ctx, b, query, args...)
	if err != nil {
		if isBadKey(err) {
			err = errForeignCursor
		}
		return sheet{}, err
	}
	found := sheet{seen: at}
	for _, r := range rows {
		found.items = append(found.items, r.user)
	}
	if len(rows) == s.size {
		found.next = rows[len(rows)-1].key
	}
	return found, nil
}

// after implements pageSource.
func (s *sqlPages) after(string) (string, bool) { return "", false }

// sqlUser reads one user from a database.
type sqlUser struct {
	*database
	table  *sqlTable
	params map[string]string
}

// user implements userSource. What is no value of the key's type is nobody.
func (s *sqlUser) user(ctx context.Context, id string, b *budget) (raw string, at seen, found bool, err error) {
	rows, at, err := s.rows(ctx, b, s.table.one(s.params), id)
	if isBadKey(err) || err == nil && len(rows) == 0 {
		return "", seen{}, false, nil
	}
	if err != nil {
		return "", seen{}, false, err
	}
	return rows[0].user, at, true, nil
}

func isBadKey(err error) bool {
	var refused *codeError
	return errors.As(err, &refused) && refused.code == badKeyCode
}
