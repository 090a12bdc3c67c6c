package dashboard

import "net/http"

// place is a path of the dashboard that asks who is there: a page, a form's action, or
// both.
type place struct {
	path string // with {name} for a part that varies; see http.Request.PathValue
	// link is what the navigation calls it; "" keeps it out.
	link string
	// nav is the path of the navigation's entry that the page belongs to.
	nav  string
	get  page   // nil: it only takes forms
	post action // nil: it takes none
}

// page reads what a request asks for, asks the desk, and says what to show. It changes
// nothing. Its errors are shown as errorSheet says.
type page func(r *http.Request) (sheet, error)

// action does what a form asks for and says where the browser goes on: a path of ours.
// The form has been read.
type action func(r *http.Request) (to string, err error)

// pages are all paths that ask who is there, in the order of the navigation.
func (d *Dashboard) pages() []place {
	erasures, retries := &erasures{Dashboard: d}, &retries{Dashboard: d}
	return []place{
		{path: "/", link: "Overview", nav: "/", get: d.overview},
		{path: "/events", link: "Events", nav: "/events", get: d.events},
		{path: "/events/one", nav: "/events", get: d.event},
		{path: "/users", link: "Users", nav: "/users", get: d.users},
		{path: "/users/one", nav: "/users", get: d.user},
		{path: "/users/erase", nav: "/users", get: erasures.ask, post: erasures.erase},
		{path: "/users/erased", nav: "/users", get: erasures.erased},
		{path: "/letters", link: "Dead letters", nav: "/letters", get: d.letters},
		{path: "/letters/retry", nav: "/letters", post: retries.retry},
		{path: "/letters/retried", nav: "/letters", get: retries.retried},
		{path: "/letters/{id}", nav: "/letters", get: d.letter},
		{path: "/runs", link: "Runs", nav: "/runs", get: d.runs, post: d.start},
		{path: "/runs/{id}", nav: "/runs", get: d.run},
		{path: "/settings", link: "Settings", nav: "/settings", get: d.settings},
	}
}

// Route is one path for the listener that the dashboard is mounted on.
type Route struct {
	Path    string // with {name} for a part that varies
	Methods []string
	// Serve answers. The listener sets the path's values.
	Serve func(w http.ResponseWriter, r *http.Request) Note
}

// Note is what the log may say of an answer besides its status.
type Note struct {
	Reason string // a fixed word, "" if nothing went wrong
	Quiet  bool   // of interest to nobody: an asset, or a page that refreshes itself
}

// Routes are all paths of the dashboard.
func (d *Dashboard) Routes() []Route {
	read := []string{http.MethodGet, http.MethodHead}
	routes := []Route{
		{"/assets/{name}", read, d.asset},
		{"/sign-in", append(read, http.MethodPost), d.signIn},
		{"/sign-out", []string{http.MethodPost}, d.signOut},
	}
	for _, p := range d.places {
		var methods []string
		if p.get != nil {
			methods = append(methods, read...)
		}
		if p.post != nil {
			methods = append(methods, http.MethodPost)
		}
		routes = append(routes, Route{p.path, methods, d.serve(p)})
	}
	return routes
}
