package providers

import (
	"context"
	"fmt"
	"hash/maphash"

	usersync "usersync/sync"
)

// Lister lists a provider's users. It is for one run: its budget is spent
// once. It may be used by several goroutines; Close it in the end.
type Lister struct {
	name    string
	source  string
	pages   pageSource
	read    *itemReader
	details *Fetcher // nil if the list itself tells enough
	budget  *budget
	circle  circle
	finish  func()
}

var _ usersync.Lister = (*Lister)(nil)

// pageSource is where pages come from.
type pageSource interface {
	page(ctx context.Context, cursor string, b *budget) (sheet, error)
	after(cursor string) (next string, ok bool)
}

// sheet is a page before its users are read.
type sheet struct {
	items []string // each strict JSON
	next  string
	total int64 // of the list, as the provider has it; 0 if it does not say
	seen  seen
}

// Page returns the page at a cursor; "" is the first. Of a list that counts
// pages, one beyond the end is empty and the last.
func (l *Lister) Page(ctx context.Context, cursor string) (usersync.Page, error) {
	page, err := l.page(ctx, cursor)
	if err != nil {
		return usersync.Page{}, fmt.Errorf("listing the users of %s: %w", l.name, err)
	}
	return page, nil
}

// After returns the cursor behind one, if that can be told without asking.
func (l *Lister) After(cursor string) (next string, ok bool) { return l.pages.after(cursor) }

// Close gives up the connections.
func (l *Lister) Close() { l.finish() }

func (l *Lister) page(ctx context.Context, cursor string) (usersync.Page, error) {
	s, err := l.pages.page(ctx, cursor, l.budget)
	if err != nil {
		return usersync.Page{}, err
	}
	if err := l.read.plausible(s.seen); err != nil {
		return usersync.Page{}, err
	}
	if err := l.circle.pass(cursor, s.next, digest(s.items)); err != nil {
		return usersync.Page{}, err
	}
	page := usersync.Page{Next: s.next, Instant: s.seen.instant, Total: s.total}
	if l.details != nil {
		page.Users, page.Letters, err = l.detailed(ctx, s)
		return page, err
	}
	users, read := make([]usersync.Command, len(s.items)), 0
	for _, item := range s.items {
		if letter := l.read.read(item, s.seen, &users[read]); letter != nil {
			page.Letters = append(page.Letters, *letter)
		} else {
			read++
		}
	}
	page.Users = users[:read]
	return page, nil
}

var digestSeed = maphash.MakeSeed()

// digest tells pages apart; of an empty one it is 0.
func digest(items []string) uint64 {
	if len(items) == 0 {
		return 0
	}
	var h maphash.Hash
	h.SetSeed(digestSeed)
	for _, item := range items {
		h.WriteString(item)
	}
	return h.Sum64()
}
