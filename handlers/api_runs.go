package handlers

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"usersync/internal/report"
	usersync "usersync/sync"
)

// How often a run is read for those who watch it, and how many may watch at once.
const (
	watchPoll   = 500 * time.Millisecond
	maxWatching = 64
)

// runs lists runs, the newest first.
func (a *apiRoutes) runs(ctx context.Context, c echo.Context, rec *record) answer {
	q := readQuery(c.Request(), "provider", "after", "limit")
	provider, below, limit := q.text("provider", maxWord), q.number("after", 0, 1, math.MaxInt64), q.page()
	if q.err != nil {
		return badInput(rec, q.err)
	}
	page, err := a.desk.Runs.RunPage(ctx, provider, below, limit+1)
	if err != nil {
		return deskAnswer(c, err, rec)
	}
	found := pageOf[report.Run]{Items: []report.Run{}}
	if len(page) > limit {
		page = page[:limit]
		found.Next = strconv.FormatInt(page[limit-1].ID, 10)
	}
	for i := range page {
		found.Items = append(found.Items, report.RunOf(&page[i]))
	}
	return answer{status: http.StatusOK, body: found}
}

// run shows one run. With wait it answers as soon as anything about it changes.
func (a *apiRoutes) run(c echo.Context, rec *record) answer {
	q := readQuery(c.Request(), "wait")
	wait := q.wait()
	id, err := pathID(c)
	if err = errors.Join(err, q.err); err != nil {
		return badInput(rec, err)
	}
	first, said, ok := a.readRun(c, id, rec)
	if !ok {
		return said
	}
	if wait == 0 || first.Outcome != "" {
		return answer{status: http.StatusOK, body: report.RunOf(first)}
	}
	select {
	case a.watching <- struct{}{}:
		defer func() { <-a.watching }()
	default: // too many watch: who asks again sees it as well
		return answer{status: http.StatusOK, body: report.RunOf(first)}
	}
	return a.watch(c, first, wait, rec)
}

// watch reads a run until it differs, the time is over or the daemon stops.
func (a *apiRoutes) watch(c echo.Context, first *usersync.RunRecord, wait time.Duration, rec *record) answer {
	ctx := c.Request().Context()
	over := time.NewTimer(wait)
	defer over.Stop()
	look := time.NewTicker(watchPoll)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return deskAnswer(c, ctx.Err(), rec)
		case <-over.C:
			return answer{status: http.StatusOK, body: report.RunOf(first)}
		case <-look.C:
		}
		now, said, ok := a.readRun(c, first.ID, rec)
		switch {
		case !ok:
			return said
		case now.Counts != first.Counts || now.Outcome != first.Outcome || a.health.draining.Load():
			return answer{status: http.StatusOK, body: report.RunOf(now)}
		}
	}
}

// readRun reads a run; ok is false if the answer is final.
func (a *apiRoutes) readRun(c echo.Context, id int64, rec *record) (run *usersync.RunRecord, said answer, ok bool) {
	said = within(lookTimeout, func(ctx context.Context, c echo.Context, rec *record) answer {
		var err error
		switch run, err = a.desk.Runs.RunByID(ctx, id); {
		case err != nil:
			return deskAnswer(c, err, rec)
		case run == nil:
			return missing(rec, "there is no run with this id: it was forgotten in its time, or never begun; GET "+apiPrefix+"/runs lists those that are kept")
		}
		ok = true
		return answer{}
	})(c, rec)
	return run, said, ok
}

// wait is how long to wait for a change.
func (q *query) wait() time.Duration {
	if !q.values.Has("wait") {
		return 0
	}
	wait, err := time.ParseDuration(q.values.Get("wait"))
	if err != nil || wait < 0 || wait > longestWait {
		q.fail("wait", "want a duration such as 10s, at most "+longestWait.String())
	}
	return wait
}

// pathID is the id that the path ends with.
func pathID(c echo.Context) (int64, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil || id < 1 {
		return 0, errors.New("the id in the path: want a number of at least 1")
	}
	return id, nil
}
