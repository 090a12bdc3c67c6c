package handlers

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"usersync/internal/report"
	usersync "usersync/sync"
)

// users looks for users.
func (a *apiRoutes) users(ctx context.Context, c echo.Context, rec *record) answer {
	q := readQuery(c.Request(), "q", "provider", "after", "limit")
	search := usersync.UserSearch{Provider: q.text("provider", maxWord), Text: q.text("q", maxWord)}
	var err error
	if search.After, err = parsePlace(q.text("after", maxPlace)); err != nil {
		q.fail("after", err.Error())
	}
	limit := q.page()
	if q.err != nil {
		return badInput(rec, q.err)
	}
	page, err := a.desk.Users.FindUsers(ctx, search, limit+1)
	if err != nil {
		return deskAnswer(c, err, rec)
	}
	found := pageOf[report.User]{Items: []report.User{}}
	if len(page) > limit {
		page = page[:limit]
		found.Next = placeOf(page[limit-1].UserKey)
	}
	for i := range page {
		found.Items = append(found.Items, report.UserOf(&page[i]))
	}
	return answer{status: http.StatusOK, body: found}
}

// user tells what is known of a user, and which event said so.
func (a *apiRoutes) user(ctx context.Context, c echo.Context, rec *record) answer {
	q := readQuery(c.Request(), "provider", "user", "limit")
	key, limit := q.user(), q.page()
	if q.err != nil {
		return badInput(rec, q.err)
	}
	told, err := a.desk.Explainer.Explain(ctx, key, limit, explainBack)
	switch {
	case err != nil:
		return deskAnswer(c, err, rec)
	case told.Nothing():
		return missing(rec, "nothing is known of this user: no row, no event, no dead letter; user is the provider's own id, and GET "+apiPrefix+"/users finds it by an e-mail address")
	}
	return answer{status: http.StatusOK, body: report.ExplanationOf(told)}
}

// A place in a list of users holds an id, which may hold anything.
func placeOf(key usersync.UserKey) string {
	return base64.RawURLEncoding.EncodeToString([]byte(key.Provider + "\n" + key.UserID))
}

// parsePlace reads what placeOf wrote; "" is the beginning.
func parsePlace(place string) (key usersync.UserKey, err error) {
	if place == "" {
		return key, nil
	}
	text, err := base64.RawURLEncoding.Strict().DecodeString(place)
	provider, user, cut := strings.Cut(string(text), "\n")
	if err != nil || !cut || provider == "" || user == "" || textFault(provider, maxWord) != "" || textFault(user, maxWord) != "" {
		return key, errors.New(usersync.ErrNoPlace.Error())
	}
	return usersync.UserKey{Provider: provider, UserID: user}, nil
}
