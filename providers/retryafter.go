package providers

import (
	"net/http"
	"strings"
	"time"
)

// retryAfter reads how long a provider asks to be left alone, 0 if it does not
// say: seconds, or a date, which is measured by the provider's own clock where
// the answer shows it.
func retryAfter(header http.Header, now time.Time) time.Duration {
	written := strings.TrimSpace(header.Get("Retry-After"))
	if allDigits(written) {
		if len(written) > 9 {
			written = "999999999" // 31 years: more than any budget
		}
		return time.Duration(digits(written)) * time.Second
	}
	until, err := http.ParseTime(written)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		now = date
	}
	return max(until.Sub(now), 0)
}
