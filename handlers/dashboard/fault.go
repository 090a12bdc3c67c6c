package dashboard

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"usersync/handlers/desk"
	usersync "usersync/sync"
)

// fault is an error that says itself how it is shown.
type fault struct {
	status int
	title  string
	text   string // what is wrong and what to do next
}

// Error implements error.
func (f *fault) Error() string { return f.text }

// badInput is about a request that cannot be meant. The text names the field.
func badInput(text string) error {
	return &fault{http.StatusBadRequest, "This cannot be read", text}
}

// missing is about something that is not there.
func missing(text string) error {
	return &fault{http.StatusNotFound, "Not found", text}
}

// conflict is about something that cannot be done as things stand.
func conflict(text string) error {
	return &fault{http.StatusConflict, "Not now", text}
}

// How soon to look again while the database is away, and while too many look.
const (
	awayFor    = 5 * time.Second
	crowdedFor = 2 * time.Second
)

// errorSheet is the page that shows an error: those of this package and the desk as what
// they are, and any other as one of the database, which is what is left.
func errorSheet(err error) sheet {
	var known *fault
	switch {
	case errors.As(err, &known):
	case errors.Is(err, usersync.ErrNoPlace):
		known = &fault{http.StatusBadRequest, "This cannot be read", err.Error()}
	case errors.Is(err, desk.ErrUnknownProvider):
		known = &fault{http.StatusNotFound, "Not found", err.Error()}
	case errors.Is(err, desk.ErrBusy):
		known = &fault{http.StatusConflict, "Not now", err.Error()}
	case errors.Is(err, desk.ErrCrowded):
		return crowdedSheet(err)
	default:
		return awaySheet(err)
	}
	return sheet{
		template: "error", title: known.title, status: known.status, reason: reasonOf(known.status),
		body: errorView{Title: known.title, Text: known.text},
	}
}

// errorView is what templates/error.html shows.
type errorView struct {
	Title, Text string
	Cause       string
	Away        bool
	Back        string // where to go instead
}

// crowdedSheet asks for patience: the page looks again by itself.
func crowdedSheet(err error) sheet {
	return sheet{
		template: "error", title: "One moment", status: http.StatusTooManyRequests, reason: "crowded", after: crowdedFor, live: true,
		body: errorView{Title: "One moment", Text: err.Error()},
	}
}

func awaySheet(err error) sheet {
	cause := err.Error()
	if errors.Is(err, context.DeadlineExceeded) {
		cause = "it took too long to answer"
	}
	return sheet{
		template: "error", title: "The database does not answer",
		status: http.StatusServiceUnavailable, reason: "storage", after: awayFor, live: true,
		body: errorView{
			Title: "The database does not answer", Cause: cause, Away: true,
			Text: "This page cannot be shown without it. Deliveries are not lost: they wait in the spool, or their senders are asked to try again.",
		},
	}
}

// reasonOf is what the log says of an answer that is no success.
func reasonOf(status int) string {
	switch status {
	case http.StatusBadRequest:
		return "malformed"
	case http.StatusNotFound:
		return "nothing_there"
	case http.StatusConflict:
		return "conflict"
	default:
		return "status_" + strconv.Itoa(status)
	}
}
