package providers

import (
	"net/http"
	"strings"
	"time"

	"usersync/internal/outbound"
)

// pauseOf reads how long a provider asks to be left alone, 0 if it does not say.
// Of 429 also the headers tell that say when the limit begins anew; other
// answers may have them with no such meaning.
func pauseOf(response *http.Response, now time.Time) time.Duration {
	header := response.Header
	if response.StatusCode != http.StatusTooManyRequests || header.Get("Retry-After") != "" {
		return outbound.RetryAfter(header, now)
	}
	for _, name := range []string{"RateLimit-Reset", "X-RateLimit-Reset", "X-Rate-Limit-Reset"} {
		if written := header.Get(name); written != "" {
			return reset(written, outbound.ClockOf(header, now))
		}
	}
	return 0
}

// reset reads when a limit begins anew: in so many seconds, or at a time since
// 1970 in seconds or milliseconds. Fractions are rounded up.
func reset(written string, now time.Time) time.Duration {
	const (
		epoch       = 1_000_000_000 // seconds; no limit lasts for thirty years
		epochDigits = 12            // of milliseconds there are 13
	)
	whole, fraction, _ := strings.Cut(strings.TrimSpace(written), ".")
	switch {
	case !allDigits(whole), fraction != "" && !allDigits(fraction):
		return 0
	case len(whole) > epochDigits+3:
		return outbound.MostPause
	case len(whole) > epochDigits:
		whole, fraction = whole[:len(whole)-3], whole[len(whole)-3:]
	}
	until := digits(whole)
	if strings.Trim(fraction, "0") != "" {
		until++
	}
	if until < epoch {
		return time.Duration(until) * time.Second
	}
	return min(max(time.Unix(int64(until), 0).Sub(now), 0), outbound.MostPause)
}
