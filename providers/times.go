package providers

import (
	"strconv"
	"strings"
	"time"

	usersync "usersync/sync"
)

// timeFormat says how a time is written.
type timeFormat string

// The formats: RFC 3339, and decimal numbers since 1970. Auto is for senders
// that cannot make up their mind: the size of a number tells its unit.
const (
	formatRFC3339 timeFormat = "rfc3339"
	formatSeconds timeFormat = "s"
	formatMillis  timeFormat = "ms"
	formatAuto    timeFormat = "auto"
)

// parse reads a time, cut to microseconds towards the past. Years outside
// 1 to 9999 are refused: databases cannot keep them.
func (f timeFormat) parse(s string) (usersync.Micros, bool) {
	switch f {
	case formatSeconds:
		return parseDecimal(s, 6)
	case formatMillis:
		return parseDecimal(s, 3)
	case formatAuto:
		return parseAuto(s)
	default:
		return parseRFC3339(s)
	}
}

// write is the inverse of parse, for signing and for samples.
func (f timeFormat) write(t time.Time) string {
	switch f {
	case formatSeconds:
		return strconv.FormatInt(t.Unix(), 10)
	case formatMillis:
		return strconv.FormatInt(t.UnixMilli(), 10)
	default:
		return t.UTC().Format("2006-01-02T15:04:05.000Z")
	}
}

// parseAuto reads a number of seconds, milliseconds or microseconds, or a text
// of RFC 3339. 1e11 is the year 5138 in seconds and 1973 in milliseconds; 1e14
// likewise between these and microseconds.
func parseAuto(s string) (usersync.Micros, bool) {
	whole, _, _ := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	if !allDigits(whole) {
		return parseRFC3339(s)
	}
	switch digits := strings.TrimLeft(whole, "0"); {
	case len(digits) > 14:
		return parseDecimal(s, 0)
	case len(digits) > 11:
		return parseDecimal(s, 3)
	default:
		return parseDecimal(s, 6)
	}
}

// parseRFC3339 reads the profile of RFC 3339 that senders use: up to nine
// fractional digits, any offset, T in either case or a space, and the offset of
// whole hours that Postgres writes. time.Parse takes
// things that are no RFC 3339, such as a comma and hours of one digit.
func parseRFC3339(s string) (usersync.Micros, bool) {
	const shape = "0000-00-00T00:00:00"
	if len(s) < len(shape)+1 {
		return 0, false
	}
	for i := range len(shape) {
		switch c := s[i]; shape[i] {
		case '0':
			if c < '0' || c > '9' {
				return 0, false
			}
		case 'T':
			if c != 'T' && c != 't' && c != ' ' {
				return 0, false
			}
		default:
			if c != shape[i] {
				return 0, false
			}
		}
	}
	year, month, day := digits(s[0:4]), digits(s[5:7]), digits(s[8:10])
	hour, minute, second := digits(s[11:13]), digits(s[14:16]), digits(s[17:19])
	rest := s[len(shape):]

	nanos := 0
	if rest[0] == '.' {
		n := 1
		for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
			n++
		}
		if n == 1 || n > 10 {
			return 0, false
		}
		nanos = digits((rest[1:n] + "000000000")[:9])
		rest = rest[n:]
	}
	offset, ok := parseOffset(rest)
	if !ok || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, nanos, time.UTC)
	if t.Day() != day { // the 30th of February
		return 0, false
	}
	at := usersync.MicrosOf(t.Add(-offset))
	return at, year >= 1 && at.Storable()
}

// parseOffset reads Z, ±hh:mm or ±hh.
func parseOffset(s string) (time.Duration, bool) {
	if s == "Z" || s == "z" {
		return 0, true
	}
	if len(s) == 3 {
		s += ":00"
	}
	if len(s) != 6 || s[0] != '+' && s[0] != '-' || s[3] != ':' || !allDigits(s[1:3]) || !allDigits(s[4:6]) {
		return 0, false
	}
	hours, minutes := digits(s[1:3]), digits(s[4:6])
	offset := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if s[0] == '-' {
		offset = -offset
	}
	return offset, hours <= 23 && minutes <= 59
}

// parseDecimal reads a decimal number of units of 10^scale microseconds,
// without going through float64.
func parseDecimal(s string, scale int) (usersync.Micros, bool) {
	unsigned, negative := strings.CutPrefix(s, "-")
	whole, fraction, pointed := strings.Cut(unsigned, ".")
	if !allDigits(whole) || pointed && !allDigits(fraction) || len(whole) > 18 {
		return 0, false
	}
	kept := (fraction + "000000")[:scale]
	at, err := strconv.ParseInt(whole+kept, 10, 64)
	if err != nil {
		return 0, false
	}
	if negative {
		at = -at
		if len(fraction) > scale && strings.Trim(fraction[scale:], "0") != "" {
			at-- // cut towards the past
		}
	}
	m := usersync.Micros(at)
	return m, m.Storable()
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// digits reads a short text that is known to consist of digits.
func digits(s string) int {
	n := 0
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}
