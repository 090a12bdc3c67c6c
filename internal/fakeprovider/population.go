package fakeprovider

import (
	"errors"
	"iter"
	"sync"
	"time"
)

// What a Population refuses.
var (
	ErrUnknown = errors.New("fakeprovider: no such user")
	ErrTaken   = errors.New("fakeprovider: another user has that id or external id")
)

// Population is a provider's users, in the order in which they signed up. Each
// has a position for ever; those that were never touched are computed from it.
// It may be used by several goroutines at once.
type Population struct {
	now func() time.Time

	mu        sync.RWMutex
	generated int          // the positions below it are computed
	size      int          // positions given out so far
	changed   map[int]User // what differs from the computed user
	removed   []int        // positions of deleted users, sorted
	ids       map[string]int
	externals map[string]int
	emails    map[string][]int
}

// NewPopulation makes n users. Changes are dated by now; nil is the real clock.
func NewPopulation(n int, now func() time.Time) *Population {
	if now == nil {
		now = time.Now
	}
	return &Population{
		now:       now,
		generated: n,
		size:      n,
		changed:   map[int]User{},
		ids:       map[string]int{},
		externals: map[string]int{},
		emails:    map[string][]int{},
	}
}

// Len is how many users there are.
func (p *Population) Len() int {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.size - len(p.removed)
}

// Get returns a user by id.
func (p *Population) Get(id string) (User, bool) {
	row, ok := p.find(id)
	return row.user, ok
}

// All walks through the users in the order in which they signed up. The
// population may change meanwhile: the walk is as fallible as a listing by
// offset.
func (p *Population) All() iter.Seq[User] {
	return func(yield func(User) bool) {
		const chunk = 1000
		for offset := 0; ; offset += chunk {
			rows := p.page(offset, chunk, false)
			for _, row := range rows {
				if !yield(row.user) {
					return
				}
			}
			if len(rows) < chunk {
				return
			}
		}
	}
}

// at is the user at a position; the caller holds the lock.
func (p *Population) at(position int) User {
	if user, ok := p.changed[position]; ok {
		return user
	}
	return generate(position)
}

// instant is the time of a change, in the milliseconds that providers show.
func (p *Population) instant() time.Time { return p.now().UTC().Truncate(time.Millisecond) }
