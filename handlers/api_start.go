package handlers

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"usersync/handlers/desk"
	"usersync/internal/report"
	usersync "usersync/sync"
)

// startable are the kinds of runs that an operator begins.
func startable() []string {
	return []string{string(usersync.RunBackfill), string(usersync.RunPlan), string(usersync.RunReconcile)}
}

// start begins a run, which goes on in the daemon.
func (a *apiRoutes) start(c echo.Context, rec *record) answer {
	var provider, kind string
	said, ok := a.bodies.readJSON(c, rec, func(body []byte) (err error) {
		provider, kind, err = parseStart(body)
		return err
	})
	if !ok {
		return said
	}
	return a.working(workTimeout, func(ctx context.Context, c echo.Context, rec *record) answer {
		overview := a.desk.Overview(ctx)
		if why := unstartable(&overview, provider); why != "" {
			return unacceptable(rec, "provider: "+why)
		}
		id, err := a.desk.Starter.Start(ctx, usersync.RunKind(kind), provider)
		if err != nil {
			return deskAnswer(c, err, rec)
		}
		return a.started(ctx, c, &usersync.RunRecord{ID: id, Provider: provider, Kind: usersync.RunKind(kind)})
	})(c, rec)
}

// started is the answer to who has begun a run, whether or not it can be read.
func (a *apiRoutes) started(ctx context.Context, c echo.Context, run *usersync.RunRecord) answer {
	if read, err := a.desk.Runs.RunByID(ctx, run.ID); err == nil && read != nil {
		run = read
	}
	c.Response().Header().Set("Location", apiPrefix+"/runs/"+strconv.FormatInt(run.ID, 10))
	return answer{status: http.StatusAccepted, body: report.RunOf(run)}
}

// unstartable says why no run of a provider can be begun, "" if one may.
func unstartable(overview *desk.Overview, provider string) string {
	at := slices.IndexFunc(overview.Providers, func(p desk.Provider) bool { return p.Name == provider })
	if at < 0 {
		return desk.ErrUnknownProvider.Error() + ": GET " + apiPrefix + "/providers lists them"
	}
	return overview.Providers[at].Unlisted
}

// parseStart reads which run is to begin.
func parseStart(body []byte) (provider, kind string, err error) {
	m := readMembers(body, "provider", "kind")
	provider, kind = m.needed("provider"), m.needed("kind")
	if m.err == nil && !slices.Contains(startable(), kind) {
		m.fail("kind", "want one of "+strings.Join(startable(), ", "))
	}
	return provider, kind, m.err
}
