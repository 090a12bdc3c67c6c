package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	usersync "usersync/sync"
)

// How long a wait may last, and how many may wait at once: each asks the
// database again and again.
const (
	usualWait   = 3 * time.Second
	longestWait = 30 * time.Second
	maxWaiting  = 256
)

// How soon a row is read again: at first, and at most; but all who wait read no
// more often together than once in shareOfPoll, which is what the deliveries can
// spare of the database.
const (
	firstPoll   = 20 * time.Millisecond
	lastPoll    = 100 * time.Millisecond
	shareOfPoll = 2 * time.Millisecond
)

// statusGone is what the log says of a request whose client went away; nobody
// sees such an answer.
const statusGone = 499

// patienceOf is what a request to wait asks for.
type patienceOf struct {
	after   usersync.Micros // the row must have been updated after it
	any     bool            // any row will do
	timeout time.Duration
}

// wait answers as soon as the row is there and new enough.
func (u *userRoutes) wait(c echo.Context, rec *record) answer {
	key, a, ok := u.user(c, rec)
	if !ok {
		return a
	}
	r := c.Request()
	want, err := parseWait(r.URL.RawQuery)
	if err != nil {
		return malformed(rec, err)
	}
	select {
	case u.waiting <- struct{}{}:
		defer func() { <-u.waiting }()
	default:
		rec.reason = "busy"
		return answer{status: http.StatusServiceUnavailable, body: failure{fmt.Sprintf("%d others are waiting already: ask again", maxWaiting)}}
	}
	ctx, cancel := context.WithTimeout(r.Context(), want.timeout)
	defer cancel()
	return u.poll(ctx, key, want, rec)
}

// poll reads the row until it suffices, ctx ends or the daemon stops.
func (u *userRoutes) poll(ctx context.Context, key usersync.UserKey, want patienceOf, rec *record) answer {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for pause := firstPoll; ; pause = min(pause*3/2, lastPoll) {
		// A read is not cut off by the timeout: the last one shall tell what
		// is there. The database has limits of its own.
		row, found, err := u.users.Row(context.WithoutCancel(ctx), key)
		switch {
		case err != nil:
			return userAnswer(err, rec)
		case found && (want.any || usersync.MicrosOf(row.UpdatedAt.Time) > want.after):
			return answer{status: http.StatusOK, body: row}
		case u.health.draining.Load():
			rec.reason = "draining"
			return answer{status: http.StatusServiceUnavailable, body: failure{"the daemon is being restarted: ask again"}}
		}
		timer.Reset(max(pause, time.Duration(len(u.waiting))*shareOfPoll))
		select {
		case <-ctx.Done():
			return waitedInVain(ctx, found, rec)
		case <-timer.C:
		}
	}
}

// waitedInVain is the answer to who waited long enough.
func waitedInVain(ctx context.Context, found bool, rec *record) answer {
	switch {
	case !errors.Is(ctx.Err(), context.DeadlineExceeded):
		rec.reason = "client_gone"
		return answer{status: statusGone, body: failure{"the client went away"}}
	case found:
		rec.reason = "not_newer"
		return answer{status: http.StatusConflict, body: failure{"the row has not been updated after the given time: ask again, or ask the provider with POST …/ensure"}}
	default:
		rec.reason = "no_row"
		return answer{status: http.StatusNotFound, body: failure{"there is no row of this user yet: ask again, or ask the provider with POST …/ensure"}}
	}
}

// parseWait reads the query.
func parseWait(query string) (patienceOf, error) {
	want := patienceOf{any: true, timeout: usualWait}
	values, err := url.ParseQuery(query)
	if err != nil {
		return want, errors.New("the query cannot be read: percent-encode its values")
	}
	known := []string{"after", "timeout"}
	for name, given := range values {
		if !slices.Contains(known, name) || len(given) != 1 {
			return want, errors.New("the query may hold after and timeout, each once")
		}
	}
	if values.Has("after") {
		at, err := time.Parse(time.RFC3339, values.Get("after"))
		if err != nil {
			return want, errors.New("after: want RFC 3339 such as 2026-01-31T00:00:00Z; write a plus sign as %2B")
		}
		want.after, want.any = usersync.MicrosOf(at), false
	}
	if values.Has("timeout") {
		want.timeout, err = time.ParseDuration(values.Get("timeout"))
		if err != nil || want.timeout < 0 || want.timeout > longestWait {
			return want, fmt.Errorf("timeout: want a duration such as 3s, at most %s", longestWait)
		}
	}
	return want, nil
}
