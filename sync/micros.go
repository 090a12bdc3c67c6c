package usersync

import "time"

// Micros is an instant in whole microseconds since 1970-01-01T00:00:00Z.
// Providers send up to nine fractional digits and databases keep six, so every
// time is cut to microseconds once, when it is parsed, and compared as an
// integer ever after.
type Micros int64

// MicrosOf cuts t to whole microseconds, towards the past.
func MicrosOf(t time.Time) Micros {
	return Micros(t.UnixMicro())
}

// Time returns the instant as a UTC time.
func (m Micros) Time() time.Time {
	return time.UnixMicro(int64(m)).UTC()
}

// The years that both databases and RFC 3339 can hold.
const (
	minMicros = Micros(-62135596800_000000) // 0001-01-01T00:00:00Z
	maxMicros = Micros(253402300799_999999) // 9999-12-31T23:59:59.999999Z
)

// Storable reports whether the instant lies in the years 1 to 9999.
func (m Micros) Storable() bool {
	return m >= minMicros && m <= maxMicros
}
