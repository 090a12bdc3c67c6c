package fakeprovider

import (
	"slices"
	"sort"
)

// page returns the users from an offset on, as a table without a stable order
// would: who is deleted meanwhile moves all later ones.
func (p *Population) page(offset, limit int, newestFirst bool) []row {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.walk(offset, limit, newestFirst, nil)
}

// search is page over the users that keep holds for; it also counts them all.
func (p *Population) search(offset, limit int, newestFirst bool, keep func(User) bool) (rows []row, total int) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	rows = p.walk(0, p.size, newestFirst, func(user User) bool {
		if !keep(user) {
			return false
		}
		total++
		return offset < total && total <= offset+limit
	})
	return rows, total
}

// after returns the users that follow one in the listing, which may have been
// deleted since: a keyset knows where it stood.
func (p *Population) after(id string, limit int, newestFirst bool, keep func(User) bool) ([]row, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if id == "" {
		return p.walk(0, limit, newestFirst, keep), true
	}
	position, ok := p.position(id)
	if !ok {
		return nil, false
	}
	before, gone := slices.BinarySearch(p.removed, position)
	rank := position - before // how many living users are older
	switch {
	case newestFirst:
		rank = p.size - len(p.removed) - rank
	case !gone:
		rank++
	}
	return p.walk(rank, limit, newestFirst, keep), true
}

// walk collects up to limit users from a rank on; the caller holds the lock.
func (p *Population) walk(rank, limit int, newestFirst bool, keep func(User) bool) []row {
	living := p.size - len(p.removed)
	if rank < 0 || limit <= 0 {
		return nil
	}
	rows := make([]row, 0, max(0, min(limit, living-rank, 1024)))
	for ; rank < living && len(rows) < limit; rank++ {
		nth := rank
		if newestFirst {
			nth = living - 1 - rank
		}
		position := p.living(nth)
		if user := p.at(position); keep == nil || keep(user) {
			rows = append(rows, row{position, user})
		}
	}
	return rows
}

// living is the position of the nth user that is not deleted.
func (p *Population) living(nth int) int {
	// Before the ith deleted position stand position-i living ones.
	return nth + sort.Search(len(p.removed), func(i int) bool { return p.removed[i]-i > nth })
}
