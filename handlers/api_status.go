package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"usersync/internal/report"
)

// status says how things stand. What is wrong is what it is there to say: the answer is
// 200 whatever that is.
func (a *apiRoutes) status(c echo.Context, rec *record) answer {
	if q := readQuery(c.Request()); q.err != nil {
		return badInput(rec, q.err)
	}
	overview := a.desk.Overview(c.Request().Context())
	return answer{status: http.StatusOK, body: report.StatusOf(&overview)}
}

// providers says all that is known of each.
func (a *apiRoutes) providers(c echo.Context, rec *record) answer {
	if q := readQuery(c.Request()); q.err != nil {
		return badInput(rec, q.err)
	}
	overview := a.desk.Overview(c.Request().Context())
	all := pageOf[report.Provider]{Items: []report.Provider{}}
	for i := range overview.Providers {
		all.Items = append(all.Items, report.ProviderOf(&overview.Providers[i]))
	}
	return answer{status: http.StatusOK, body: all}
}

// openAPI answers with the document of both APIs.
func (a *apiRoutes) openAPI(c echo.Context, rec *record) answer {
	if q := readQuery(c.Request()); q.err != nil {
		return badInput(rec, q.err)
	}
	document, err := a.document()
	if err != nil {
		rec.reason, rec.detail = "document", err.Error()
		return unavailable()
	}
	return answer{page: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(document)
	}}
}
