// Package dashboard is what operators see in a browser: pages over a desk, who may see
// them, and what protects them. It knows no SQL, and no route but its own.
package dashboard

import (
	"net/http"
	"sync"
	"time"

	"usersync/handlers/desk"
	"usersync/internal/secret"
)

// Options say what a dashboard is made of.
type Options struct {
	Desk *desk.Desk
	// Token is what an operator signs in with. Without one nothing is shown but how to
	// set one.
	Token secret.Text
	// Admits reports whether a request proves itself without a session, by a bearer token.
	Admits func(r *http.Request) bool
	Clock  func() time.Time
}

// Dashboard answers the requests of operators' browsers.
type Dashboard struct {
	desk   *desk.Desk
	token  secret.Text
	admits func(r *http.Request) bool
	clock  func() time.Time

	sessions sessions
	attempts *attempts
	origins  *http.CrossOriginProtection
	assets   assets
	sheets   func() sheets // read with the first page, not by every start
	places   []place
}

// New makes a dashboard.
func New(o Options) *Dashboard {
	files := newAssets()
	d := &Dashboard{
		desk: o.Desk, token: o.Token, admits: o.Admits, clock: o.Clock,
		sessions: newSessions(o.Token), attempts: newAttempts(),
		origins: http.NewCrossOriginProtection(), assets: files, sheets: sync.OnceValue(func() sheets { return newSheets(files) }),
	}
	d.places = d.pages()
	return d
}
