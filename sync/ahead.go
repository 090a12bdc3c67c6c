package usersync

import "context"

// fetch is a page that is on its way. page and err may be read once done is
// closed.
type fetch struct {
	done chan struct{}
	page Page
	err  error
}

func (f *fetch) failed() bool { return f.err != nil }

// fetchAhead asks for the pages from cursor on and gives them in their order.
// It goes on past the end of the list until ctx ends.
func (b *Backfill) fetchAhead(ctx context.Context, cursor string) <-chan *fetch {
	window := make(chan *fetch, max(b.InFlight, 1)-1)
	go func() {
		defer close(window)
		for {
			f := &fetch{done: make(chan struct{})}
			go func(cursor string) {
				defer close(f.done)
				f.page, f.err = b.Lister.Page(ctx, cursor)
			}(cursor)
			select {
			case window <- f:
			case <-ctx.Done():
				return
			}
			next, known := b.Lister.After(cursor)
			if !known {
				<-f.done
				if next = f.page.Next; f.err != nil || next == "" {
					return
				}
			}
			cursor = next
		}
	}()
	return window
}

// ahead is what was asked for ahead, in the order of the list.
type ahead struct {
	window <-chan *fetch
	held   *fetch // taken from the window, and not used yet
	ended  bool   // the last page was taken
}

// pages waits for the next page and returns it, with those behind it that are
// there already or come before busy is closed, as long as they have no more
// users than together in all. There is none behind the last one. An error is
// that of the next page: those in front of it come first.
func (a *ahead) pages(together int, busy <-chan struct{}) (pages []Page, err error) {
	users := 0
	for !a.ended && (len(pages) == 0 || users < together && a.comes(busy)) {
		if a.held == nil {
			if a.held = <-a.window; a.held == nil {
				break
			}
		}
		<-a.held.done
		switch page := a.held.page; {
		case a.held.failed() && len(pages) == 0:
			return nil, a.held.err
		case a.held.failed(), len(pages) > 0 && users+page.size() > together:
			return pages, nil
		default:
			users += page.size()
			a.held, a.ended = nil, page.Next == ""
			pages = append(pages, page)
		}
	}
	return pages, nil
}

// size is what the page counts for: its users, also those who were not
// understood. An empty page is not nothing.
func (p *Page) size() int { return max(len(p.Users)+len(p.Letters), 1) }

// comes reports whether another page is there already, or comes before busy is
// closed.
func (a *ahead) comes(busy <-chan struct{}) bool {
	if a.held == nil {
		select {
		case a.held = <-a.window:
		default:
			select {
			case a.held = <-a.window:
			case <-busy:
			}
		}
	}
	if a.held == nil {
		return false
	}
	select {
	case <-a.held.done:
		return true
	default:
	}
	select {
	case <-a.held.done:
		return true
	case <-busy:
		return false
	}
}
