package providers

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"strconv"

	usersync "usersync/sync"
)

// fromPlaceholder stands for where a window begins.
const fromPlaceholder = "from"

// windowPaging is for providers that show no more than so many users of one
// query. The list is in the order of a time or number that a user keeps, and
// each query is for the users from there on: a window.
//
// A window moves to the last user of a page as soon as it can, although more
// pages of it could be asked for: a user who is deleted meanwhile shifts all
// behind it to earlier pages, but no user to an earlier time. Only users that
// share one time and fill more than a page are read by the pages of one window.
type windowPaging struct {
	query  []queryParam
	from   path // in a user
	most   int  // users that the provider shows of one query
	within numberPaging
}

// windowCursor is a cursor that was read: where the users begin, and a page of them.
type windowCursor struct {
	from string // "" before the first user
	at   string // cursor of the paging within
}

func (w windowCursor) String() string {
	if w == (windowCursor{}) {
		return ""
	}
	v := url.Values{}
	for name, value := range map[string]string{"from": w.from, "at": w.at} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v.Encode()
}

// read reads a cursor.
func (p windowPaging) read(cursor string) (w windowCursor, ok bool) {
	v, err := url.ParseQuery(cursor)
	if err != nil || len(cursor) > maxCursor {
		return w, false
	}
	w = windowCursor{v.Get("from"), v.Get("at")}
	if w.String() != cursor {
		return w, false // something else is in it
	}
	if w.from != "" {
		_, ok = placeOf(value{kind: text, text: w.from})
	}
	_, numbered := p.within.number(w.at)
	return w, (ok || w.from == "") && numbered
}

func (p windowPaging) place(a *asking, cursor string) error {
	w, ok := p.read(cursor)
	if !ok {
		return errForeignCursor
	}
	params := maps.Clone(a.params)
	params[fromPlaceholder] = w.from
	for _, q := range p.query {
		if text, filled := q.value.fill(params); filled {
			a.text(q.name, text)
		}
	}
	return p.within.place(a, w.at)
}

func (p windowPaging) names() []string {
	names := p.within.names()
	for _, q := range p.query {
		names = append(names, q.name)
	}
	return names
}

func (windowPaging) after(string, int) (string, bool) { return "", false }

func (p windowPaging) next(a pageAnswer) (string, error) {
	w, _ := p.read(a.cursor)
	first, last, err := p.ends(w, a.items)
	if err != nil || len(a.items) < a.size {
		return "", err
	}
	next := windowCursor{from: w.from}
	switch {
	case last != "" && last != w.from && (w.at != "" || first != last):
		next = windowCursor{from: last}
	case last != "" && last != w.from:
		// All users from here on are those of the page, so it is also the
		// first one of the window that begins here.
		next.from = last
		fallthrough
	default:
		next.at, _ = p.within.after(w.at, a.size)
		if p.within.before(next.at, a.size)+a.size > p.most {
			return "", fmt.Errorf("more users than the provider shows of one query (%d) have the same %s: the list cannot be read any further; "+
				"have the provider export its users", p.most, p.from.text)
		}
	}
	return next.String(), nil
}

// ends are where the first and the last user of a page stand. A list in another
// order would lose users when the window moves.
func (p windowPaging) ends(w windowCursor, items []string) (first, last string, err error) {
	doc := trees.Get().(*tree)
	defer doc.release()
	var highest place
	if w.from != "" {
		highest, _ = placeOf(value{kind: text, text: w.from})
	}
	for i, item := range items {
		doc.reset(item)
		found := value{kind: null}
		if doc.isObject(root) {
			found = doc.lookup(root, p.from)
		}
		last = ""
		if found.kind == absent || found.kind == null {
			continue // such users stand before or behind all others
		}
		at, ok := placeOf(found)
		switch {
		case !ok:
			return "", "", fmt.Errorf("a user's %s is %s: a window begins at a time (RFC 3339) or a whole number", p.from.text, found.word())
		case highest.is && (at.number != highest.number || at.at < highest.at):
			return "", "", errors.New("the users are not in the order of " + p.from.text + ": does the provider ignore the parameters that choose and sort them?")
		}
		highest, last = at, found.text
		if i == 0 {
			first = last
		}
	}
	return first, last, nil
}

// place is where a user stands in the order.
type place struct {
	is, number bool
	at         int64
}

// placeOf reads a time or a whole number of at most 18 digits. Nothing else is
// put into a query, where it might mean something.
func placeOf(v value) (p place, ok bool) {
	if v.damaged || v.kind != text && v.kind != number {
		return place{}, false
	}
	if allDigits(v.text) && len(v.text) <= 18 {
		n, err := strconv.ParseInt(v.text, 10, 64)
		return place{true, true, n}, err == nil
	}
	var at usersync.Micros
	at, ok = parseRFC3339(v.text)
	return place{true, false, int64(at)}, ok
}

// before is how many users stand before a page.
func (p numberPaging) before(cursor string, size int) int {
	at, _ := p.number(cursor)
	if p.users {
		return at
	}
	return (at - p.first) * size
}
