package dashboard

import (
	"net/http"
	"time"
)

// arrivalCookie notes that a browser was sent round once. A browser sends it along from
// another site, as it does not send the session.
const (
	arrivalCookie = "usersync_arrival"
	arrivalLength = 10 * time.Second
)

// arrives reports whether a browser follows a link from another site for the first time.
// It leaves the session out then, although there may be one.
func (d *Dashboard) arrives(r *http.Request) bool {
	return r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Site") == "cross-site" &&
		r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document" &&
		len(r.CookiesNamed(arrivalCookie)) == 0
}

// again has the browser ask for the same page once more, by itself and so with its session.
// A redirect would still count as the other site's. The page says nothing of ours, so
// that the other site cannot tell who is signed in.
func (d *Dashboard) again(w http.ResponseWriter, r *http.Request) Note {
	http.SetCookie(w, cookie(r, arrivalCookie, "1", arrivalLength, http.SameSiteLaxMode))
	s := sheet{template: "again", title: "One moment", status: http.StatusOK, alone: true}
	return d.show(w, r, s)
}
