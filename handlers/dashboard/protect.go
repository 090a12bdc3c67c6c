package dashboard

import (
	"net/http"
	"strings"
)

// policy is what a page may load: its stylesheet, its script, its icon, and itself again.
// What an id or a payload says can run nothing and reach nobody.
var policy = strings.Join([]string{
	"default-src 'none'",
	"style-src 'self'",
	"script-src 'self'",
	"img-src 'self'",
	"connect-src 'self'",
	"form-action 'self'",
	"base-uri 'none'",
	"frame-ancestors 'none'",
}, "; ")

// protect sets what every answer of the dashboard tells a browser.
func protect(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	// Not no-referrer: a browser would then send the forms with "Origin: null", and over
	// plain HTTP, where it sends no Sec-Fetch-Site, nothing would tell them from a stranger's.
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cache-Control", "no-store")
}

// foreignSheet answers a form that another site sent.
func foreignSheet() sheet {
	return sheet{
		template: "error", title: "Refused", status: http.StatusForbidden, reason: "cross_origin", alone: true,
		body: errorView{
			Title: "Refused",
			Text:  "This form was sent by another site. If you did send it from this dashboard, a proxy in between changes the header Host: let it pass on what the browser sent.",
		},
	}
}
