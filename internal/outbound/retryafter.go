package outbound

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// MostPause is more than anybody waits.
const MostPause = 999999999 * time.Second

// RetryAfter reads the header of that name: seconds, or a date, which is measured by
// the other side's own clock where the answer shows it. It is 0 where nothing is said
// that can be read.
func RetryAfter(header http.Header, now time.Time) time.Duration {
	written := strings.TrimSpace(header.Get("Retry-After"))
	if written != "" && strings.Trim(written, "0123456789") == "" {
		seconds, err := strconv.Atoi(written)
		if err != nil || seconds > int(MostPause/time.Second) {
			return MostPause
		}
		return time.Duration(seconds) * time.Second
	}
	until, err := http.ParseTime(written)
	if err != nil {
		return 0
	}
	return max(until.Sub(ClockOf(header, now)), 0)
}

// ClockOf is the time of an answer by the other side's clock, by ours if the answer
// does not show it.
func ClockOf(header http.Header, ours time.Time) time.Time {
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		return date
	}
	return ours
}
