package dashboard

import (
	"context"
	"net/http"
	"time"
)

// How long a page may ask the database, and how long an action may take: both end before
// the connection's own limit, so that the operator reads why.
const (
	pageTimeout   = 10 * time.Second
	actionTimeout = 45 * time.Second
)

// maxForm is how many bytes a form may have.
const maxForm = 64 << 10

// serve answers for a place: protected, and only to who is signed in.
func (d *Dashboard) serve(p place) func(http.ResponseWriter, *http.Request) Note {
	return func(w http.ResponseWriter, r *http.Request) Note {
		protect(w.Header())
		switch {
		case d.token.Empty():
			return d.show(w, r, closedSheet())
		case d.origins.Check(r) != nil:
			return d.show(w, r, foreignSheet())
		case !d.knows(r):
			return d.askWho(w, r, p)
		case r.Method == http.MethodPost:
			return d.act(w, r, p)
		}
		ctx, cancel := context.WithTimeout(r.Context(), pageTimeout)
		defer cancel()
		s, err := p.get(r.WithContext(ctx))
		if err != nil {
			s = errorSheet(err)
		}
		s.nav = p.nav
		return d.show(w, r, s)
	}
}

// knows reports whether the request is of an operator.
func (d *Dashboard) knows(r *http.Request) bool {
	return d.sessions.valid(r, d.clock()) || d.admits(r)
}

// act runs a form's action.
func (d *Dashboard) act(w http.ResponseWriter, r *http.Request, p place) Note {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	ctx, cancel := context.WithTimeout(r.Context(), actionTimeout)
	defer cancel()
	r = r.WithContext(ctx)
	err := r.ParseForm()
	if err != nil {
		err = badInput("the form could not be read: go back, reload the page and try again")
	}
	var to string
	if err == nil {
		to, err = p.post(r)
	}
	if err != nil {
		s := errorSheet(err)
		s.nav = p.nav
		return d.show(w, r, s)
	}
	// 303, so that a reload repeats nothing.
	w.Header().Set("Location", ownPath(to))
	w.WriteHeader(http.StatusSeeOther)
	return Note{}
}
