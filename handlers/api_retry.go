package handlers

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"usersync/internal/report"
	usersync "usersync/sync"
)

// How many letters a retry may name, and how many of those that stay it lists.
const (
	maxRetried = 1000
	maxStaying = 1000
)

// retry tries dead letters again, as many as it gets done in its time.
func (a *apiRoutes) retry(c echo.Context, rec *record) answer {
	var scope usersync.LetterScope
	var all bool
	said, ok := a.bodies.readJSON(c, rec, func(body []byte) (err error) {
		scope, all, err = parseRetry(body)
		return err
	})
	if !ok {
		return said
	}
	if scope.Empty() && !all {
		return unacceptable(rec, "the body says not which letters: name ids, provider, reason, user_id or since, or say all: true")
	}
	return a.working(workTimeout, func(ctx context.Context, c echo.Context, rec *record) answer {
		return a.retryScope(ctx, c, scope, rec)
	})(c, rec)
}

// parseRetry reads which letters are meant.
func parseRetry(body []byte) (scope usersync.LetterScope, all bool, err error) {
	m := readMembers(body, "ids", "provider", "reason", "user_id", "since", "all")
	m.read("ids", &scope.IDs, "a list of ids, which are numbers")
	if len(scope.IDs) > maxRetried || slices.ContainsFunc(scope.IDs, func(id int64) bool { return id < 1 }) {
		m.fail("ids", "want at most 1000 numbers of at least 1")
	}
	scope.Provider, scope.Reason, scope.UserID, scope.Since = m.text("provider"), m.text("reason"), m.text("user_id"), m.instant("since")
	if _, given := m.raw["ids"]; given && len(scope.IDs) == 0 {
		m.fail("ids", "want at least one")
	}
	return scope, m.flag("all"), m.err
}

func (a *apiRoutes) retryScope(ctx context.Context, c echo.Context, scope usersync.LetterScope, rec *record) answer {
	result, tried := report.NewRetry(false), false
	unseen := map[int64]bool{}
	for _, id := range scope.IDs {
		unseen[id] = true
	}
	err := a.desk.Retry(ctx, scope, func(r usersync.Retried) {
		tried = true
		delete(unseen, r.Letter.ID)
		if !r.Gone && len(result.Stays) == maxStaying {
			result.Unnamed++
			return
		}
		result.Add(r)
	})
	switch {
	case err == nil:
		result.Missing = slices.Sorted(maps.Keys(unseen))
	case !tried:
		return deskAnswer(c, err, rec)
	default: // what was done stands, and the next retry goes on
		result.Failed, result.Left = true, true
		if !errors.Is(err, context.DeadlineExceeded) {
			rec.reason, rec.detail = "interrupted", err.Error()
		}
	}
	return answer{status: http.StatusOK, body: result}
}
