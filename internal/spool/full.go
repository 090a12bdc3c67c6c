package spool

import (
	"errors"
	"fmt"
	"syscall"

	usersync "usersync/sync"
)

// noRoom turns an error that says that the disk is full into ErrSpoolFull.
func noRoom(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG) {
		return fmt.Errorf("%w: %w", usersync.ErrSpoolFull, err)
	}
	return err
}

func tooLarge(size, limit int64) error {
	return fmt.Errorf("%w: a request of %s is larger than the %s that one may have", usersync.ErrSpoolFull, readable(size), readable(limit))
}

func capReached(limit int64) error {
	return fmt.Errorf("%w: it may not be larger than %s; when the database takes requests again it empties itself", usersync.ErrSpoolFull, readable(limit))
}

func floorReached(free, floor int64) error {
	return fmt.Errorf("%w: of the disk %s are free, and %s must stay so: make room on it", usersync.ErrSpoolFull, readable(free), readable(floor))
}
