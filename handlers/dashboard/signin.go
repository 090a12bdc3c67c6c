package dashboard

import (
	"net/http"
	"net/url"
	"strings"
)

// signInView is what templates/sign-in.html shows.
type signInView struct {
	Next  string // where to go on
	Wrong bool   // the token was not the right one
	Many  bool   // and that too often
}

// signIn shows the form, or takes it.
func (d *Dashboard) signIn(w http.ResponseWriter, r *http.Request) Note {
	protect(w.Header())
	switch {
	case d.token.Empty():
		return d.show(w, r, closedSheet())
	case r.Method != http.MethodPost:
		s := signInSheet(signInView{Next: ownPath(r.URL.Query().Get("next"))})
		s.status, s.reason = http.StatusOK, ""
		return d.show(w, r, s)
	case d.origins.Check(r) != nil:
		return d.show(w, r, foreignSheet())
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return d.show(w, r, signInSheet(signInView{Next: "/", Wrong: true}))
	}
	next := ownPath(r.PostForm.Get("next"))
	// A token that was copied from a terminal often brings a line's end along.
	if !d.token.Is(strings.TrimSpace(r.PostForm.Get("token"))) {
		return d.wrongToken(w, r, next)
	}
	http.SetCookie(w, d.sessions.begin(r, d.clock()))
	w.Header().Set("Location", next)
	w.WriteHeader(http.StatusSeeOther)
	return Note{}
}

func (d *Dashboard) wrongToken(w http.ResponseWriter, r *http.Request, next string) Note {
	s := signInSheet(signInView{Next: next, Wrong: true})
	s.reason = "token"
	if d.attempts.wrong(d.clock()) {
		s.body = signInView{Next: next, Wrong: true, Many: true}
		s.status, s.after, s.reason = http.StatusTooManyRequests, attemptEvery, "throttled"
	}
	return d.show(w, r, s)
}

// signOut takes the session back from this browser.
func (d *Dashboard) signOut(w http.ResponseWriter, r *http.Request) Note {
	protect(w.Header())
	if d.origins.Check(r) != nil {
		return d.show(w, r, foreignSheet())
	}
	http.SetCookie(w, cookie(r, sessionCookie, "", 0, http.SameSiteStrictMode))
	w.Header().Set("Location", "/sign-in")
	w.WriteHeader(http.StatusSeeOther)
	return Note{}
}

// askWho answers who is not signed in with the form, which leads back to where they were.
func (d *Dashboard) askWho(w http.ResponseWriter, r *http.Request, p place) Note {
	if d.arrives(r) {
		return d.again(w, r)
	}
	next := r.URL.RequestURI()
	if r.Method == http.MethodPost { // what the form said is gone
		next = p.nav
	}
	return d.show(w, r, signInSheet(signInView{Next: ownPath(next)}))
}

func signInSheet(v signInView) sheet {
	return sheet{template: "sign-in", title: "Sign in", status: http.StatusUnauthorized, reason: "session", alone: true, body: v}
}

// closedSheet says how to open the dashboard.
func closedSheet() sheet {
	return sheet{template: "closed", title: "The dashboard is closed", status: http.StatusForbidden, reason: "no_token", alone: true}
}

// ownPath returns a path of ours as it is, and "/" for anything else: who signs in shall
// not end at another site.
func ownPath(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" ||
		!strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsFunc(path, misread) ||
		strings.HasPrefix(u.Path, "//") || u.Path == "/sign-in" || u.Path == "/sign-out" {
		return "/"
	}
	return path
}

// misread reports characters that browsers read as a slash or leave out, and others that no
// header may have. url.Parse does not look for them behind a #.
func misread(c rune) bool { return c < ' ' || c == 0x7f || c == '\\' }
