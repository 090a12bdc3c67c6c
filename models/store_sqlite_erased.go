package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	usersync "usersync/sync"
)

// lookForErased looks up who of the users was erased. Whoever writes is alone, so
// nobody is erased meanwhile.
func (s *sqliteStore) lookForErased(ctx context.Context, lock usersync.Lock, known *usersync.Known) error {
	if s.erasing == nil {
		if some, err := exists(s.prepared.someErased.QueryRowContext(ctx)); err != nil || !some {
			return err
		}
		err := s.prepared.erasureKey.QueryRowContext(ctx).Scan((*[]byte)(&s.erasing))
		if errors.Is(err, sql.ErrNoRows) {
			err = errNoErasureKey
		}
		if err != nil {
			return fmt.Errorf("read the key of erased users: %w", err)
		}
	}
	hasher := s.erasing.hasher()
	for i, u := range lock.Users {
		erased, err := exists(s.prepared.erased.QueryRowContext(ctx, hasher.of(u)))
		if err != nil {
			return err
		}
		known.Users[i].Erased = erased
	}
	known.Mentioned = make([]bool, len(lock.Mentioned))
	for i, u := range lock.Mentioned {
		erased, err := exists(s.prepared.erased.QueryRowContext(ctx, hasher.of(u)))
		if err != nil {
			return err
		}
		known.Mentioned[i] = erased
	}
	return nil
}

// exists reports whether a query has a row.
func exists(row *sql.Row) (bool, error) {
	var one int
	switch err := row.Scan(&one); {
	case errors.Is(err, sql.ErrNoRows):
		return false, nil
	default:
		return err == nil, err
	}
}
