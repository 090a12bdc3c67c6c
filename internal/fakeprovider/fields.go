package fakeprovider

import (
	"encoding/json"
	"errors"
	"net/http"
)

// maxBody is more than any write of one user needs.
const maxBody = 1 << 20

// fields is the body of a write: a member that is absent changes nothing, one
// that is null clears.
type fields map[string]json.RawMessage

// errNoObject refuses the JSON null, which a map would take.
var errNoObject = errors.New("the body must be a JSON object")

func readFields(r *http.Request) (fields, error) {
	var f fields
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxBody)).Decode(&f); err != nil {
		return nil, err
	}
	if f == nil {
		return nil, errNoObject
	}
	return f, nil
}

// has reports a member that is there and not null.
func (f fields) has(name string) bool {
	value, there := f[name]
	return there && string(value) != "null"
}

// text, flag and raw set what they point at if the member is there.
func (f fields) text(name string, to *string) error { return member(f, name, to) }

func (f fields) flag(name string, to *bool) error { return member(f, name, to) }

func (f fields) raw(name string, to *json.RawMessage) error {
	value, there := f[name]
	if !there {
		return nil
	}
	if !f.has(name) {
		*to = nil
		return nil
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(value, &object); err != nil {
		return errors.New(name + " must be an object")
	}
	*to = value
	return nil
}

func member[T any](f fields, name string, to *T) error {
	value, there := f[name]
	if !there {
		return nil
	}
	var read T // null leaves it zero
	if err := json.Unmarshal(value, &read); err != nil {
		return errors.New(name + " has the wrong type")
	}
	*to = read
	return nil
}
