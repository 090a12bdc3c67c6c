package providers

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	usersync "usersync/sync"
)

// httpPages lists users by requests.
type httpPages struct {
	*client
	part   *listPart
	params map[string]string
	size   int // users a page
	since  usersync.Micros
	search []queryParam // what the users are looked for by
}

// address fills in a call.
func (c call) address(base *url.URL, params map[string]string) (*url.URL, url.Values, error) {
	path, err := c.path.path(params)
	if err != nil {
		return nil, nil, err
	}
	u, err := below(base, path)
	if err != nil {
		return nil, nil, err
	}
	query := url.Values{}
	for _, q := range c.query {
		if value, filled := q.value.fill(params); filled {
			query.Set(q.name, value)
		}
	}
	return u, query, nil
}

// page implements pageSource.
func (h *httpPages) page(ctx context.Context, cursor string, b *budget) (sheet, error) {
	asked, err := h.asking(cursor)
	if err != nil {
		return sheet{}, err
	}
	out, err := asked.outgoing()
	if err != nil {
		return sheet{}, err
	}
	found, err := h.send(ctx, out, b)
	if err != nil {
		return sheet{}, err
	}
	doc := trees.Get().(*tree)
	defer doc.release()
	doc.reset(found.body)
	s := sheet{seen: seenAt(found.instant, found.received)}
	if s.items, err = arrayAt(doc, h.part.items, "users"); err != nil {
		return sheet{}, err
	}
	if h.part.total != nil {
		s.total = wholeNumber(doc.lookup(root, *h.part.total))
	}
	s.next, err = h.part.paging.next(pageAnswer{
		cursor: cursor, size: h.size, items: s.items, header: found.header, doc: doc, url: out.url,
		lastID: func() (string, error) { return h.lastID(s.items) },
	})
	return s, err
}

// asking makes the request for a page.
func (h *httpPages) asking(cursor string) (*asking, error) {
	u, query, err := h.part.call.address(h.base, h.params)
	if err != nil {
		return nil, err
	}
	a := &asking{url: u, query: query, params: h.params, posts: h.part.posts, body: h.part.body.clone()}
	for _, q := range h.search {
		if value, filled := q.value.fill(h.params); filled {
			a.text(q.name, value)
		}
	}
	if h.part.sizeParam != "" {
		a.number(h.part.sizeParam, h.size)
	}
	if h.since != 0 {
		a.time(h.part.since, h.since.Time())
	}
	return a, h.part.paging.place(a, cursor)
}

// arrayAt cuts the first of several places that is an array into its items;
// without paths that is the root. null at one of the places is how some write an
// empty one.
func arrayAt(doc *tree, paths []path, of string) (items []string, err error) {
	at, empty := root, false
	for _, p := range paths {
		if at = doc.find(root, p); at != nowhere && doc.isArray(at) {
			break
		}
		empty = empty || at != nowhere && valueOf(doc.values[at].raw).kind == null
	}
	if empty && (at == nowhere || !doc.isArray(at)) {
		return nil, nil
	}
	if at == nowhere || !doc.isArray(at) {
		var places []string
		for _, p := range paths {
			places = append(places, p.text)
		}
		if places == nil {
			return nil, fmt.Errorf("the answer is no array of %s: %s", of, doc.shape())
		}
		return nil, fmt.Errorf("the answer has no array of %s at %s: %s", of, strings.Join(places, " or "), doc.shape())
	}
	elementsOf(doc.values[at].raw, func(item string) bool {
		items = append(items, item)
		return true
	})
	return items, nil
}

// lastID is the cursor that the last user makes.
func (h *httpPages) lastID(items []string) (string, error) {
	id, wrong := (&itemReader{itemPart: h.part.item}).idOf(items[len(items)-1])
	if wrong != nil {
		return "", fmt.Errorf("the last user of the page gives no cursor: %s", wrong.detail)
	}
	return id, nil
}

// after implements pageSource.
func (h *httpPages) after(cursor string) (string, bool) { return h.part.paging.after(cursor, h.size) }

// wholeNumber is a number of users; 0 for anything else.
func wholeNumber(v value) int64 {
	n, err := strconv.ParseInt(v.text, 10, 64)
	if v.kind != number || err != nil || n < 0 {
		return 0
	}
	return n
}
