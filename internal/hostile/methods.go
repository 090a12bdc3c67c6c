package hostile

import (
	"fmt"
	"net/http"
	"strings"
)

// methods are valid deliveries but for their method.
func methods(s sign) (cases []Case) {
	body := harmless()
	for _, method := range []string{
		"GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "HEAD", "PROPFIND", "post", "Post", "PURGE", "X", "POSTT",
		"echo_route_not_found", strings.Repeat("A", 5000),
	} {
		r := post(s.of(body), body)
		r.method = method
		cases = append(cases, r.expect(fmt.Sprintf("%.20s of %d", method, len(method)), http.StatusMethodNotAllowed))
	}
	cases = append(cases,
		bare("GET", "/webhooks/unknown").expect("GET of nothing", http.StatusNotFound),
		bare("HEAD", "/webhooks/unknown").expect("HEAD of nothing", http.StatusNotFound),
		bare("OPTIONS", "/webhooks/unknown").expect("OPTIONS of nothing", http.StatusNotFound),
		bare("PURGE", "/webhooks/unknown").expect("PURGE of nothing", http.StatusNotFound),
		bare("POST", "/livez").with("Content-Length: 0").expect("POST of a probe", http.StatusMethodNotAllowed),
		bare("DELETE", "/readyz").expect("DELETE of a probe", http.StatusMethodNotAllowed),
		bare("OPTIONS", "*").expect("OPTIONS of the server", http.StatusNotFound, http.StatusMethodNotAllowed),
		bare("CONNECT", "example.com:443").expect("CONNECT", http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusBadRequest),
		post(s.of(body), body).with("X-HTTP-Method-Override: DELETE").stored("an override", ""),
	)
	for _, method := range []string{"", "PO ST", "P\x00ST", "(POST)", "P\u00d6ST", "\tPOST"} {
		r := post(s.of(body), body)
		r.method = method
		cases = append(cases, r.expect(fmt.Sprintf("malformed %q", method), http.StatusBadRequest))
	}
	return cases
}
