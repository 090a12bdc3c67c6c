package report

import (
	"time"

	usersync "usersync/sync"
)

// Instant is written as RFC 3339 in UTC with six digits, as SQLite keeps it.
type Instant struct{ time.Time }

// MarshalJSON implements json.Marshaler.
func (i Instant) MarshalJSON() ([]byte, error) {
	return []byte(i.UTC().Format(`"2006-01-02T15:04:05.000000Z"`)), nil
}

// InstantOf holds 0 to be no time.
func InstantOf(at usersync.Micros) *Instant {
	if at == 0 {
		return nil
	}
	return &Instant{Time: at.Time()}
}

// instantAt holds the zero time to be no time.
func instantAt(at time.Time) *Instant {
	if at.IsZero() {
		return nil
	}
	return &Instant{Time: at}
}
