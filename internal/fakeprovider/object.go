package fakeprovider

import (
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// milliseconds is how JavaScript's toISOString writes times, and so all five
// providers.
const milliseconds = "2006-01-02T15:04:05.000Z"

// object appends the members of a JSON object in the order of the calls. Written
// by hand, a page of users costs a fraction of what reflection takes: in a
// benchmark, the provider is not what is measured.
type object []byte

func (o object) key(name string) object {
	if last := len(o) - 1; last >= 0 && o[last] != '{' && o[last] != '[' {
		o = append(o, ',')
	}
	o = append(o, '"')
	o = append(o, name...) // names are ours and need no escaping
	return append(o, '"', ':')
}

// open begins an object, as an element of an array or as a member after key.
func (o object) open() object {
	if last := len(o) - 1; last >= 0 && o[last] == '}' {
		o = append(o, ',')
	}
	return append(o, '{')
}

func (o object) close() object { return append(o, '}') }

func (o object) text(name, value string) object {
	return quoted(o.key(name), value)
}

// quoted appends a text as JSON. Invalid UTF-8 becomes U+FFFD, which is no error.
func quoted(o object, value string) object {
	o, _ = jsontext.AppendQuote(o, value)
	return o
}

// textOrNull shows an empty text as null.
func (o object) textOrNull(name, value string) object {
	if value == "" {
		return append(o.key(name), "null"...)
	}
	return o.text(name, value)
}

func (o object) flag(name string, value bool) object {
	return strconv.AppendBool(o.key(name), value)
}

func (o object) number(name string, value int) object {
	return strconv.AppendInt(o.key(name), int64(value), 10)
}

// time shows a zero time as null.
func (o object) time(name string, value time.Time) object {
	o = o.key(name)
	if value.IsZero() {
		return append(o, "null"...)
	}
	o = append(o, '"')
	return append(value.UTC().AppendFormat(o, milliseconds), '"')
}

// raw shows JSON as it is, and absent JSON as null.
func (o object) raw(name string, value []byte) object {
	o = o.key(name)
	if len(value) == 0 {
		return append(o, "null"...)
	}
	return append(o, value...)
}

// array appends rows, each written by a function that opens and closes it.
func (o object) array(name string, rows []row, write func(object, User) object) object {
	o = append(o.key(name), '[')
	for _, row := range rows {
		o = write(o, row.user)
	}
	return append(o, ']')
}

// sized has room for a page of so many users.
func sized(rows int) object { return make(object, 0, 256+rows*512) }
