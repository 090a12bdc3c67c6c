package providers

import (
	"net/http"
	"time"

	usersync "usersync/sync"
)

// timestamp is a time that a signature covers.
type timestamp struct {
	headers   []string // which may hold it
	member    string   // its name in the list that the header holds; "" if it is the header's whole value
	format    timeFormat
	tolerance time.Duration // 0: its age does not matter
}

// read returns the text of the timestamp as it stands in the first of its
// headers that is there, or "".
func (t *timestamp) read(header http.Header) string {
	for _, name := range t.headers {
		if len(header[name]) == 0 {
			continue
		}
		text, rejection := single(header, name)
		if t.member != "" && rejection == nil {
			text, rejection = headerList(text).one(name, t.member)
		}
		if rejection != nil {
			return ""
		}
		return text
	}
	return ""
}

// keep notes the timestamp so that read finds it again.
func (t *timestamp) keep(kept map[string]string, text string) {
	if t.member != "" {
		text = t.member + "=" + text
	}
	kept[t.headers[0]] = text
}

// write sets the header of a timestamp that has one of its own.
func (t *timestamp) write(header http.Header, at time.Time) (text string) {
	text = t.format.write(at)
	if t.member == "" {
		header.Set(t.headers[0], text)
	}
	return text
}

// check compares the signed timestamp with our clock.
func (t *timestamp) check(text string, now time.Time) *Rejection {
	if t.tolerance == 0 {
		return nil
	}
	at, ok := t.format.parse(text)
	if !ok {
		return &Rejection{ReasonMalformed, "the timestamp in " + t.headers[0] + " is no time (" + string(t.format) + ")"}
	}
	switch age := ageOf(at, now); {
	case age > t.tolerance:
		return &Rejection{ReasonTooOld, "signed " + age.String() + " ago, tolerance " + t.tolerance.String()}
	case -age > t.tolerance:
		return &Rejection{ReasonTooNew, "signed " + (-age).String() + " ahead of our clock, tolerance " + t.tolerance.String()}
	default:
		return nil
	}
}

// ageOf is how long ago a time was, or the most that a Duration holds.
func ageOf(at usersync.Micros, now time.Time) time.Duration {
	gap := usersync.MicrosOf(now) - at
	switch {
	case gap/1e6 > 1<<32:
		return 1<<63 - 1
	case gap/1e6 < -1<<32:
		return -(1<<63 - 1)
	default:
		return time.Duration(gap) * time.Microsecond
	}
}
