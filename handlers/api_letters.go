package handlers

import (
	"context"
	"math"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"usersync/internal/report"
	usersync "usersync/sync"
)

// letters lists dead letters, without what was sent.
func (a *apiRoutes) letters(ctx context.Context, c echo.Context, rec *record) answer {
	q := readQuery(c.Request(), "provider", "reason", "user", "since", "after", "limit")
	scope := usersync.LetterScope{
		Provider: q.text("provider", maxWord), Reason: q.text("reason", maxWord), UserID: q.text("user", maxWord), Since: q.instant("since"),
	}
	below, limit := q.number("after", 0, 1, math.MaxInt64), q.page()
	if q.err != nil {
		return badInput(rec, q.err)
	}
	page, err := a.desk.Letters.LetterPage(ctx, scope, below, limit)
	if err != nil {
		return deskAnswer(c, err, rec)
	}
	found := pageOf[report.Letter]{Items: []report.Letter{}}
	for i := range page {
		found.Items = append(found.Items, report.LetterOf(&page[i]))
	}
	if len(page) == 0 {
		return answer{status: http.StatusOK, body: found}
	}
	// A page may end early, because its letters are large: whether more come is asked.
	last := page[len(page)-1].ID
	more, err := a.desk.Letters.LetterPage(ctx, scope, last, 1)
	if err != nil {
		return deskAnswer(c, err, rec)
	}
	if len(more) > 0 {
		found.Next = strconv.FormatInt(last, 10)
	}
	return answer{status: http.StatusOK, body: found}
}

// letter shows one dead letter with what was sent.
func (a *apiRoutes) letter(ctx context.Context, c echo.Context, rec *record) answer {
	id, err := pathID(c)
	if err == nil {
		err = readQuery(c.Request()).err
	}
	if err != nil {
		return badInput(rec, err)
	}
	found, err := a.desk.Letters.LetterPage(ctx, usersync.LetterScope{IDs: []int64{id}}, 0, 1)
	switch {
	case err != nil:
		return deskAnswer(c, err, rec)
	case len(found) == 0:
		return missing(rec, "there is no dead letter with this id: it was applied, or deleted; GET "+apiPrefix+"/dead-letters lists those that there are")
	}
	return answer{status: http.StatusOK, body: report.WholeLetterOf(&found[0])}
}
