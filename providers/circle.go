package providers

import (
	"errors"
	"sync"
)

// circle notices a list that would never end. It keeps one cursor and one
// page, however long the list is.
type circle struct {
	sync.Mutex
	last         string // what was given out last
	mark         string // an earlier cursor, which must not come back
	steps, limit int    // steps since the mark, and when it is moved

	page   string // the cursor of the first page that had users
	digest uint64 // of that page
}

var errCircle = errors.New("the pages go round in a circle: the provider sends a cursor again that led to an earlier page")

// pass notes a page. A cursor that comes back is found as in Brent's cycle
// detection: the mark moves after 1, 2, 4, 8 … steps, so any circle closes on
// it. A provider that does not know the parameter for the page sends the same
// one for ever.
func (c *circle) pass(cursor, next string, digest uint64) error {
	c.Lock()
	defer c.Unlock()
	switch {
	case digest == 0:
	case c.digest == 0 || cursor == "":
		c.page, c.digest = cursor, digest
	case c.digest == digest && c.page != cursor:
		return errors.New("two pages are the same: does the provider ignore the parameter that asks for a page?")
	}
	if cursor != c.last || cursor == "" {
		c.mark, c.steps, c.limit = cursor, 0, 1
	}
	if c.last = next; next == "" {
		return nil
	}
	if next == c.mark {
		return errCircle
	}
	if c.steps++; c.steps == c.limit {
		c.mark, c.steps, c.limit = next, 0, 2*c.limit
	}
	return nil
}
