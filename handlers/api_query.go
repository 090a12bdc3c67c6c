package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"usersync/providers"
	usersync "usersync/sync"
)

// The longest texts that a query may hold: an id or a name, what is looked for, and
// what a page said.
const (
	maxWord  = 255
	maxPlace = 2048
)

// How many things are on a page: if nothing is said, and at most.
const (
	usualPage   = 50
	longestPage = 500
)

// query reads the parameters of a call. The first that is wrong stays in err, which
// quotes no value.
type query struct {
	values url.Values
	err    error
}

// readQuery takes parameters of these names, each at most once.
func readQuery(r *http.Request, names ...string) *query {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return &query{err: errors.New("the query cannot be read: percent-encode its values")}
	}
	q := &query{values: values}
	for name, given := range values {
		switch {
		case len(names) == 0:
			q.err = errors.New("this takes no parameters")
		case !slices.Contains(names, name):
			q.err = errors.New(providers.NoSuchName(name, names))
		case len(given) != 1:
			q.fail(name, "is given more than once")
		}
	}
	return q
}

func (q *query) fail(name, text string) {
	if q.err == nil {
		q.err = errors.New(name + ": " + text)
	}
}

// text is a parameter of at most so many bytes, "" if it is not given. What no
// database keeps is refused.
func (q *query) text(name string, most int) string {
	value := q.values.Get(name)
	if fault := textFault(value, most); fault != "" {
		q.fail(name, fault)
		return ""
	}
	return value
}

// needed is a text that must be given.
func (q *query) needed(name string) string {
	value := q.text(name, maxWord)
	if value == "" {
		q.fail(name, "this parameter is needed")
	}
	return value
}

// number is a parameter between least and most, or usual.
func (q *query) number(name string, usual, least, most int64) int64 {
	if !q.values.Has(name) {
		return usual
	}
	n, err := strconv.ParseInt(q.values.Get(name), 10, 64)
	if err != nil || n < least || n > most {
		q.fail(name, fmt.Sprintf("want a number from %d to %d", least, most))
		return usual
	}
	return n
}

// page is how many things are wanted.
func (q *query) page() int { return int(q.number("limit", usualPage, 1, longestPage)) }

// word is a parameter that is one of some words. It returns which, or -1.
func (q *query) word(name string, words []string) int {
	if q.values.Get(name) == "" {
		return -1
	}
	at := slices.Index(words, q.values.Get(name))
	if at < 0 {
		q.fail(name, "want one of "+strings.Join(words, ", "))
	}
	return at
}

// instant is a time as RFC 3339 or in microseconds since 1970, 0 if it is not given.
func (q *query) instant(name string) usersync.Micros {
	value := q.values.Get(name)
	if value == "" {
		return 0
	}
	at, err := parseInstant(value)
	if err != nil {
		q.fail(name, "want RFC 3339 such as 2026-01-31T00:00:00Z, or microseconds since 1970, in the years 1 to 9999; write a plus sign as %2B")
		return 0
	}
	return at
}

// parseInstant reads a time that databases can hold.
func parseInstant(text string) (usersync.Micros, error) {
	micros, err := strconv.ParseInt(text, 10, 64)
	at := usersync.Micros(micros)
	if err != nil {
		var written time.Time
		if written, err = time.Parse(time.RFC3339, text); err != nil {
			return 0, err
		}
		at = usersync.MicrosOf(written)
	}
	if !at.Storable() {
		return 0, errors.New("out of range")
	}
	return at, nil
}

// textFault says why a text stands in no database, "" if it may.
func textFault(text string, most int) string {
	switch {
	case len(text) > most:
		return fmt.Sprintf("want at most %d bytes", most)
	case !utf8.ValidString(text):
		return "want UTF-8"
	case strings.ContainsFunc(text, func(r rune) bool { return r < 0x20 || r == 0x7f }):
		return "want no control characters"
	}
	return ""
}
