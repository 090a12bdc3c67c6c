package handlers

import (
	"context"
	"math"
	"net/http"

	"github.com/labstack/echo/v4"

	"usersync/internal/report"
	"usersync/providers"
	usersync "usersync/sync"
)

// explainBack is among how many events those of one user are looked for: there may be
// millions, and the answer shall come soon.
const explainBack = 20_000

// events lists processed events.
func (a *apiRoutes) events(ctx context.Context, c echo.Context, rec *record) answer {
	q := readQuery(c.Request(), "provider", "kind", "outcome", "origin", "user", "event", "after", "limit")
	scope := usersync.EventScope{
		Provider: q.text("provider", maxWord), Kind: q.kind(), Outcome: q.outcome(), Origin: q.origin(),
		UserID: q.text("user", maxWord), EventID: q.text("event", maxWord),
	}
	after, limit := q.text("after", maxPlace), q.page()
	if q.err != nil {
		return badInput(rec, q.err)
	}
	page, err := a.desk.Events.EventPage(ctx, scope, after, limit)
	if err != nil {
		return deskAnswer(c, err, rec)
	}
	found := pageOf[report.LoggedEvent]{Items: []report.LoggedEvent{}, Next: page.Next}
	for i := range page.Events {
		found.Items = append(found.Items, report.LoggedEventOf(&page.Events[i]))
	}
	return answer{status: http.StatusOK, body: found}
}

// event shows one processed event, and what is left of it.
func (a *apiRoutes) event(ctx context.Context, c echo.Context, rec *record) answer {
	q := readQuery(c.Request(), "provider", "event", "user", "at")
	key := usersync.ClaimKey{EventID: q.needed("event"), UserKey: q.user(), OccurredAt: q.instant("at")}
	if q.err != nil {
		return badInput(rec, q.err)
	}
	claim, err := a.desk.Events.Event(ctx, key)
	switch {
	case err != nil:
		return deskAnswer(c, err, rec)
	case claim == nil:
		return missing(rec, "no such event is kept: it was forgotten in its time, or never applied, or at is not its time; GET "+apiPrefix+"/events lists those that are")
	}
	told, err := a.desk.Explainer.Explain(ctx, key.UserKey, 1, 1)
	if err != nil {
		return deskAnswer(c, err, rec)
	}
	return answer{status: http.StatusOK, body: report.WholeEventOf(claim, told)}
}

// user is the user that provider and user name.
func (q *query) user() usersync.UserKey {
	key := usersync.UserKey{Provider: q.needed("provider"), UserID: q.values.Get("user")}
	if err := providers.CheckUserID(key.UserID); err != nil {
		q.fail("user", err.Error())
	}
	return key
}

func (q *query) kind() usersync.Kind {
	return usersync.Kind(q.oneOf("kind", func(i uint8) string { return usersync.Kind(i).String() }))
}

func (q *query) outcome() usersync.Outcome {
	return usersync.Outcome(q.oneOf("outcome", func(i uint8) string { return usersync.Outcome(i).String() }))
}

// oneOf is a parameter that is one of the words that name the numbers from 1, or 0.
func (q *query) oneOf(name string, word func(i uint8) string) uint8 {
	var words []string
	for i := uint8(1); i < math.MaxUint8 && word(i) != ""; i++ {
		words = append(words, word(i))
	}
	return uint8(q.word(name, words) + 1) //nolint:gosec // there are few words
}

// origin is nil for any.
func (q *query) origin() *usersync.Origin {
	var words []string
	for o := usersync.OriginLive; o.String() != ""; o++ {
		words = append(words, o.String())
	}
	at := q.word("origin", words)
	if at < 0 {
		return nil
	}
	origin, _ := usersync.ParseOrigin(words[at])
	return &origin
}
