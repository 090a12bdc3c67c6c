package providers

import (
	"net/http"
	"strings"
	"time"
)

// mostPause is more than any budget.
const mostPause = 999999999 * time.Second

// pauseOf reads how long a provider asks to be left alone, 0 if it does not say.
// Of 429 also the headers tell that say when the limit begins anew; other
// answers may have them with no such meaning.
func pauseOf(response *http.Response, now time.Time) time.Duration {
	header := response.Header
	if response.StatusCode != http.StatusTooManyRequests || header.Get("Retry-After") != "" {
		return retryAfter(header, now)
	}
	for _, name := range []string{"RateLimit-Reset", "X-RateLimit-Reset", "X-Rate-Limit-Reset"} {
		if written := header.Get(name); written != "" {
			return reset(written, providersClock(header, now))
		}
	}
	return 0
}

// retryAfter reads Retry-After: seconds, or a date, which is measured by the
// provider's own clock where the answer shows it.
func retryAfter(header http.Header, now time.Time) time.Duration {
	written := strings.TrimSpace(header.Get("Retry-After"))
	if allDigits(written) {
		return seconds(written)
	}
	until, err := http.ParseTime(written)
	if err != nil {
		return 0
	}
	return max(until.Sub(providersClock(header, now)), 0)
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
		return mostPause
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
	return min(max(time.Unix(int64(until), 0).Sub(now), 0), mostPause)
}

// seconds reads whole seconds, up to mostPause.
func seconds(written string) time.Duration {
	if len(written) > 9 {
		return mostPause // 31 years
	}
	return time.Duration(digits(written)) * time.Second
}

// providersClock is the time of an answer by the provider's clock, by ours if
// the answer does not show it.
func providersClock(header http.Header, ours time.Time) time.Time {
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		return date
	}
	return ours
}
