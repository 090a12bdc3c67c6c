package models

import (
	"context"
	"database/sql/driver"
	"fmt"

	usersync "usersync/sync"
)

// lookForErased looks up who of the users was erased. Whoever writes is alone, so
// nobody is erased meanwhile.
func (s *sqliteStore) lookForErased(ctx context.Context, lock usersync.Lock, known *usersync.Known) error {
	if s.erasing == nil {
		if some, err := s.prepared.someErased.exists(ctx); err != nil || !some {
			return err
		}
		var key erasureKey
		err := s.prepared.erasureKey.query(ctx, func(row []driver.Value) error {
			key, _ = row[0].([]byte)
			return nil
		})
		if err == nil && key == nil {
			err = errNoErasureKey
		}
		if err != nil {
			return fmt.Errorf("read the key of erased users: %w", err)
		}
		s.erasing = key
	}
	hasher := s.erasing.hasher()
	for i, u := range lock.Users {
		erased, err := s.prepared.erased.exists(ctx, hasher.of(u))
		if err != nil {
			return err
		}
		known.Users[i].Erased = erased
	}
	known.Mentioned = make([]bool, len(lock.Mentioned))
	for i, u := range lock.Mentioned {
		erased, err := s.prepared.erased.exists(ctx, hasher.of(u))
		if err != nil {
			return err
		}
		known.Mentioned[i] = erased
	}
	return nil
}
