package providers

import (
	"net/http"
	"time"

	usersync "usersync/sync"
)

// instantOf is when an answer was true at the latest, by the provider's clock:
// its Date says when it was sent, the duration of the request how much earlier
// it may have been made, and the lag how long changes take to show. Without a
// Date our clock has to do.
func instantOf(header http.Header, from, to time.Time, lag time.Duration) usersync.Micros {
	sent, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		sent = to
	}
	return floored(sent.Add(-max(to.Sub(from), 0)), lag)
}

// floored cuts to the second and subtracts the lag.
func floored(at time.Time, lag time.Duration) usersync.Micros {
	return usersync.MicrosOf(time.Unix(at.Unix(), 0).Add(-lag))
}
