package handlers

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"usersync/handlers/desk"
	usersync "usersync/sync"
)

// deskAnswer is the answer to a call that failed. What the desk says of an error holds
// no secret and no data.
func deskAnswer(c echo.Context, err error, rec *record) answer {
	rec.detail = err.Error()
	switch {
	case errors.Is(err, usersync.ErrNoPlace):
		return badInput(rec, errors.New("after: "+usersync.ErrNoPlace.Error()))
	case errors.Is(err, desk.ErrUnknownProvider):
		return unacceptable(rec, "provider: "+err.Error()+": GET "+apiPrefix+"/providers lists them")
	case errors.Is(err, desk.ErrBusy):
		rec.reason = "busy"
		return answer{status: http.StatusConflict, body: failure{err.Error()}}
	case errors.Is(err, desk.ErrCrowded):
		rec.reason = "crowded"
		return answer{status: http.StatusTooManyRequests, after: retryAfter, body: failure{err.Error()}}
	case c.Request().Context().Err() != nil:
		rec.reason = "client_gone"
		return answer{status: statusGone, body: failure{"the client went away"}}
	case errors.Is(err, context.DeadlineExceeded):
		rec.reason = "timeout"
		return answer{status: http.StatusServiceUnavailable, body: failure{"the database did not answer in time: ask again, or for less"}}
	default:
		rec.reason = "database"
		return answer{status: http.StatusServiceUnavailable, body: failure{escaped(err.Error(), maxDetail) + ": ask again; GET " + apiPrefix + "/status says how things are"}}
	}
}

// badInput is the answer to what cannot be read. The error may name what was sent,
// which the log shall not.
func badInput(rec *record, err error) answer {
	rec.detail = ""
	return malformed(rec, err)
}

// unacceptable is the answer to what can be read, and is not so.
func unacceptable(rec *record, text string) answer {
	rec.reason, rec.detail = "unacceptable", ""
	return answer{status: http.StatusUnprocessableEntity, body: failure{text}}
}

// missing is the answer to who asks for what is not there.
func missing(rec *record, text string) answer {
	rec.reason = "missing"
	return answer{status: http.StatusNotFound, body: failure{text}}
}
