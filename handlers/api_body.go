package handlers

import (
	"encoding/json"
	"errors"
	"time"

	"usersync/providers"
	usersync "usersync/sync"
)

// maxAPIBody is the longest body of a call, in bytes: a thousand ids and more.
const maxAPIBody = 64 << 10

// members reads the body of a call. The first member that is wrong stays in err, which
// quotes no value.
type members struct {
	raw map[string]string
	err error
}

// readMembers takes one strict JSON object whose members have these names.
func readMembers(body []byte, names ...string) *members {
	raw, err := providers.ReadObject(body, names)
	return &members{raw, err}
}

func (m *members) fail(name, text string) {
	if m.err == nil {
		m.err = errors.New(name + ": " + text)
	}
}

// read decodes a member, if it is there, and reports whether it is.
func (m *members) read(name string, into any, want string) bool {
	raw, given := m.raw[name]
	if !given || m.err != nil {
		return false
	}
	if raw == "null" || json.Unmarshal([]byte(raw), into) != nil {
		m.fail(name, "want "+want)
		return false
	}
	return true
}

// text is a member that some text is, "" if it is not there.
func (m *members) text(name string) (text string) {
	m.read(name, &text, "a text")
	if fault := textFault(text, maxWord); fault != "" {
		m.fail(name, fault)
		return ""
	}
	return text
}

// needed is a text that must be there.
func (m *members) needed(name string) string {
	text := m.text(name)
	if text == "" {
		m.fail(name, "this is needed")
	}
	return text
}

func (m *members) flag(name string) (set bool) {
	m.read(name, &set, "true or false")
	return set
}

// instant is a time, 0 if it is not there.
func (m *members) instant(name string) usersync.Micros {
	const want = "RFC 3339 such as 2026-01-31T00:00:00Z"
	var at time.Time
	if !m.read(name, &at, want) {
		return 0
	}
	if !usersync.MicrosOf(at).Storable() {
		m.fail(name, "want "+want+", in the years 1 to 9999")
		return 0
	}
	return usersync.MicrosOf(at)
}
