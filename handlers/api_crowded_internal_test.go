package handlers

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"usersync/handlers/desk"
)

// Whoever has waited for others for too long is told so, not that the database is silent.
func TestWorkingIsCrowded(t *testing.T) {
	t.Parallel()
	a := &apiRoutes{works: make(chan struct{})} // nobody's turn ever comes
	rec := &record{}
	c := echo.New().NewContext(httptest.NewRequest(http.MethodPost, "/", nil), httptest.NewRecorder())
	said := a.working(time.Millisecond, nil)(c, rec)
	if body, ok := said.body.(failure); !ok || said.status != http.StatusTooManyRequests || body.Error != desk.ErrCrowded.Error() || rec.reason != "crowded" {
		t.Errorf("%+v, for the reason %q", said, rec.reason)
	}
}
