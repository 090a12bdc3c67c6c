package handlers

import (
	"context"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"usersync/handlers/desk"
	"usersync/internal/report"
	"usersync/providers"
	usersync "usersync/sync"
)

// erase removes all that is kept of a user, who is named twice: it cannot be undone.
func (a *apiRoutes) erase(c echo.Context, rec *record) answer {
	var key usersync.UserKey
	var confirmed bool
	said, ok := a.bodies.readJSON(c, rec, func(body []byte) (err error) {
		key, confirmed, err = parseErase(body)
		return err
	})
	switch {
	case !ok:
		return said
	case !confirmed:
		return unacceptable(rec, "confirm: this is not the user_id: say once more who is to be erased, for it cannot be undone")
	}
	return a.working(eraseTimeout, func(ctx context.Context, c echo.Context, rec *record) answer {
		overview := a.desk.Overview(ctx)
		if known, err := a.knows(ctx, &overview, key); err != nil {
			return deskAnswer(c, err, rec)
		} else if !known {
			return unacceptable(rec, "provider: no provider of this name is configured, and nothing is known of the user there")
		}
		done, err := a.desk.Erase(ctx, key)
		if err != nil {
			return deskAnswer(c, err, rec)
		}
		return answer{status: http.StatusOK, body: report.ErasureOf(key, done, overview.Database)}
	})(c, rec)
}

// parseErase reads who is to be erased; confirmed says that they are named twice.
func parseErase(body []byte) (key usersync.UserKey, confirmed bool, err error) {
	m := readMembers(body, "provider", "user_id", "confirm")
	key = usersync.UserKey{Provider: m.needed("provider"), UserID: m.needed("user_id")}
	if m.err == nil {
		if err := providers.CheckUserID(key.UserID); err != nil {
			m.fail("user_id", err.Error())
		}
	}
	return key, m.needed("confirm") == key.UserID, m.err
}

// knows reports whether a user may be meant: a slip of the pen shall not be taken for
// an erasure.
func (a *apiRoutes) knows(ctx context.Context, overview *desk.Overview, key usersync.UserKey) (bool, error) {
	if slices.ContainsFunc(overview.Providers, func(p desk.Provider) bool { return p.Name == key.Provider }) {
		return true, nil
	}
	told, err := a.desk.Explainer.Explain(ctx, key, 1, 0)
	return err == nil && !told.Nothing(), err
}
