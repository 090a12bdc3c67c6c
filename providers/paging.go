package providers

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// paging is how a list is cut into pages. A cursor is a text that names a
// page; "" is the first.
type paging interface {
	// place makes the request for a page out of that for the list.
	place(a *asking, cursor string) error
	// names returns the parameters that place sets.
	names() []string
	// after returns the cursor behind one, if that can be told without asking.
	after(cursor string, size int) (next string, ok bool)
	// next returns the cursor of the page behind the answered one, "" if that
	// was the last.
	next(a pageAnswer) (string, error)
}

// pageAnswer is what a page says of the next one. A total is not in it: some
// providers send a wrong one.
type pageAnswer struct {
	cursor string   // of this page
	size   int      // users asked for
	items  []string // users that came
	header http.Header
	doc    *tree
	url    *url.URL // of this page
	lastID func() (string, error)
}

// maxCursor is the longest cursor in bytes; it is saved with every page.
const maxCursor = 4096

// numberPaging counts pages or users.
type numberPaging struct {
	param string
	first int  // the number of the first page
	users bool // the number counts the users before the page, not pages
}

func (p numberPaging) place(a *asking, cursor string) error {
	at, ok := p.number(cursor)
	if !ok {
		return errForeignCursor
	}
	a.number(p.param, at)
	return nil
}

func (p numberPaging) names() []string { return []string{p.param} }

func (p numberPaging) number(cursor string) (int, bool) {
	if cursor == "" {
		return p.first, true
	}
	at, err := strconv.Atoi(cursor)
	return at, err == nil && at >= p.first
}

func (p numberPaging) after(cursor string, size int) (string, bool) {
	at, ok := p.number(cursor)
	step := 1
	if p.users {
		step = size
	}
	return strconv.Itoa(at + step), ok
}

func (p numberPaging) next(a pageAnswer) (string, error) {
	if len(a.items) < a.size {
		return "", nil
	}
	next, _ := p.after(a.cursor, a.size)
	return next, nil
}

// lastIDPaging asks for the users behind the last one of the page before.
type lastIDPaging struct{ param string }

func (p lastIDPaging) place(a *asking, cursor string) error {
	if cursor != "" {
		a.text(p.param, cursor)
	}
	return nil
}

func (p lastIDPaging) names() []string { return []string{p.param} }

func (lastIDPaging) after(string, int) (string, bool) { return "", false }

func (lastIDPaging) next(a pageAnswer) (string, error) {
	if len(a.items) < a.size {
		return "", nil
	}
	return a.lastID()
}

// cursorPaging follows the cursor that each page gives. A short page does not
// end it: a provider may drop users from a page after it was cut.
type cursorPaging struct {
	param string
	at    path
	more  *path // a flag that says whether there is another page, if the provider sends one
}

func (p cursorPaging) place(a *asking, cursor string) error {
	return lastIDPaging{p.param}.place(a, cursor)
}

func (p cursorPaging) names() []string { return []string{p.param} }

func (cursorPaging) after(string, int) (string, bool) { return "", false }

func (p cursorPaging) next(a pageAnswer) (string, error) {
	more := value{}
	if p.more != nil {
		more = a.doc.lookup(root, *p.more)
	}
	if more.kind == boolean && !more.flag || more.kind != boolean && len(a.items) == 0 {
		return "", nil
	}
	found := a.doc.lookup(root, p.at)
	cursor, ok := found.str()
	switch {
	case found.kind == absent || found.kind == null || ok && cursor == "":
		if more.kind == boolean {
			return "", fmt.Errorf("the answer says that there is another page (%s) and has no cursor at %s", p.more.text, p.at.text)
		}
		return "", nil
	case !ok:
		return "", fmt.Errorf("the cursor at %s is %s, not a text", p.at.text, found.word())
	case len(cursor) > maxCursor:
		return "", errLongCursor
	}
	return cursor, nil
}

var (
	errForeignCursor = errors.New("the cursor is not one of this list: was the definition changed? Begin anew with --restart")
	errLongCursor    = fmt.Errorf("the cursor of the next page is longer than %d bytes", maxCursor)
)
