package dashboard

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	usersync "usersync/sync"
)

// maxAsked is how many bytes one field of a request may have: an id has 255.
const maxAsked = 1024

// asked reads the fields of a request. It keeps the first fault: see err.
type asked struct {
	values url.Values
	err    error
}

// askedBy reads the query of a page.
func askedBy(r *http.Request) *asked {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return &asked{err: badInput("the part of the address behind the question mark is not well formed: use the forms and links of the pages")}
	}
	return &asked{values: values}
}

// filledIn reads a form that was sent.
func filledIn(r *http.Request) *asked { return &asked{values: r.PostForm} }

func (a *asked) fault(name, text string) {
	if a.err == nil {
		a.err = badInput(name + ": " + text)
	}
}

// text returns a field exactly as it was sent, "" if it was not.
func (a *asked) text(name string) string {
	all := a.values[name]
	if len(all) == 0 {
		return ""
	}
	switch text := all[0]; {
	case len(all) > 1:
		a.fault(name, "it is given more than once: give it once")
	case len(text) > maxAsked:
		a.fault(name, "it is longer than "+strconv.Itoa(maxAsked)+" bytes: nothing of ours is")
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		a.fault(name, "it is no text: an id or a name is valid UTF-8 without NUL")
	default:
		return text
	}
	return ""
}

// wanted is text for a field that must be there.
func (a *asked) wanted(name string) string {
	text := a.text(name)
	if text == "" {
		a.fault(name, "it is missing: follow a link from another page")
	}
	return text
}

// number reads a whole number that is not negative, 0 if there is none.
func (a *asked) number(name string) int64 {
	text := a.text(name)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		a.fault(name, "it is no whole number")
		return 0
	}
	return n
}

// instant reads microseconds, which may lie before 1970; 0 if there are none.
func (a *asked) instant(name string) usersync.Micros {
	text := a.text(name)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || !usersync.Micros(n).Storable() {
		a.fault(name, "it is no time in microseconds")
		return 0
	}
	return usersync.Micros(n)
}

// user reads whom a request is about.
func (a *asked) user() usersync.UserKey {
	return usersync.UserKey{Provider: a.wanted("provider"), UserID: a.wanted("user")}
}

// oneOf reads a word of a list, "" if there is none.
func (a *asked) oneOf(name string, words []string) string {
	text := a.text(name)
	if text == "" {
		return ""
	}
	for _, w := range words {
		if w == text {
			return text
		}
	}
	a.fault(name, "it is none of "+strings.Join(words, ", "))
	return ""
}

// ids reads the numbers of all fields of a name.
func (a *asked) ids(name string, most int) (ids []int64) {
	if len(a.values[name]) > most {
		a.fault(name, "there are more than "+strconv.Itoa(most))
		return nil
	}
	for _, text := range a.values[name] {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil || id < 1 {
			a.fault(name, "it is no number of one of ours")
			return nil
		}
		ids = append(ids, id)
	}
	return ids
}
