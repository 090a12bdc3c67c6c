package models

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"strings"

	usersync "usersync/sync"
)

// eventPlace is where an event stands among all: by its own time or, if it has none,
// by when it was received, and then by its key.
type eventPlace struct {
	when usersync.Micros
	usersync.ClaimKey
}

func placeOf(c *usersync.Claim) eventPlace {
	return eventPlace{cmp.Or(c.OccurredAt, c.ReceivedAt), c.ClaimKey}
}

// compare is positive for a newer place than the other.
func (p eventPlace) compare(other eventPlace) int {
	return cmp.Or(cmp.Compare(p.when, other.when), cmp.Compare(p.OccurredAt, other.OccurredAt),
		strings.Compare(p.Provider, other.Provider), strings.Compare(p.EventID, other.EventID), strings.Compare(p.UserID, other.UserID))
}

// eventBound is a place in one of the two walks: the events behind it are those less
// than it.
type eventBound struct {
	at usersync.Micros // of the walk's own time
	usersync.ClaimKey
}

// timed returns what the events with a time lie behind, if they lie behind the place.
func (p eventPlace) timed() eventBound {
	switch {
	case p.OccurredAt != 0:
		return eventBound{p.when, p.ClaimKey}
	case p.when < 0:
		return eventBound{at: p.when + 1}
	default:
		return eventBound{at: p.when}
	}
}

// untimed returns what the events without a time lie behind, if they lie behind the
// place.
func (p eventPlace) untimed() eventBound {
	switch {
	case p.OccurredAt == 0:
		return eventBound{p.when, p.ClaimKey}
	case p.when > 0:
		return eventBound{at: p.when + 1}
	default:
		return eventBound{at: p.when}
	}
}

// placeVersion begins what a place is written as.
const placeVersion = 1

// text writes the place so that it can stand in a URL.
func (p eventPlace) text() string {
	raw := []byte{placeVersion, 0}
	if p.OccurredAt != 0 {
		raw[1] = 1
	}
	raw = binary.AppendVarint(raw, int64(p.when))
	for _, part := range []string{p.Provider, p.EventID, p.UserID} {
		raw = append(binary.AppendUvarint(raw, uint64(len(part))), part...)
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// parsePlace reads what text wrote.
func parsePlace(text string) (p eventPlace, err error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) < 2 || raw[0] != placeVersion || raw[1] > 1 {
		return p, usersync.ErrNoPlace
	}
	when, size := binary.Varint(raw[2:])
	p.when = usersync.Micros(when)
	if size <= 0 || !p.when.Storable() || raw[1] == 1 && when == 0 {
		return p, usersync.ErrNoPlace
	}
	if raw[1] == 1 {
		p.OccurredAt = p.when
	}
	raw = raw[2+size:]
	for _, part := range []*string{&p.Provider, &p.EventID, &p.UserID} {
		length, size := binary.Uvarint(raw)
		if size <= 0 || length > uint64(len(raw)-size) {
			return p, usersync.ErrNoPlace
		}
		*part, raw = string(raw[size:size+int(length)]), raw[size+int(length):]
		if !storable(*part) {
			return p, usersync.ErrNoPlace
		}
	}
	if len(raw) > 0 {
		return p, usersync.ErrNoPlace
	}
	return p, nil
}
