package hostile

import (
	"fmt"
	"net/http"
	"strings"
)

// paths are valid deliveries to an endpoint that does not exist.
func paths(s sign) (cases []Case) {
	body := harmless()
	valid := post(s.of(body), body)
	for _, target := range []string{
		"/", "/webhooks", "/webhooks/", "//webhooks/hostile", "/webhooks//hostile", Path + "/", Path + "//",
		Path + "/..", Path + "/.", Path + "/x", "/webhooks/../webhooks/hostile", "/webhooks/./hostile", "/./webhooks/hostile",
		"/x/../webhooks/hostile", "/webhooks/..", "/webhooks/../", "/webhooks/../../etc/passwd",
		"/webhooks/%2e%2e", "/webhooks/%2e%2e%2fhostile", "/webhooks/%2E%2E/", "/webhooks/..%2fhostile", "/webhooks/..%5chostile",
		"/webhooks/%00", Path + "%00", "/webhooks/%00hostile", Path + "%0a", Path + "%0d%0aX-Injected:%201", Path + "%20", Path + "%2f", Path + "%252f",
		"/webhooks/HOSTILE", "/Webhooks/hostile", "/webhooks/hostilf", "/webhooks/hostil", "/webhooks/hostile0", "/webhooks/*", "/webhooks/:provider", "/webhooks/hostile;a=b",
		"/webhooks/%ff", "/webhooks/\xff", "/webhooks/%F0%9F%98%80", "/webhooks/h\u043estile", "/webhooks/" + strings.Repeat("a", 30_000), strings.Repeat("/webhooks", 3000),
		"/admin", "/metrics", "/api/v1", "/api/v1/users", "/healthz", "/debug/pprof/", "/.env", "/webhooks/hostile.json",
	} {
		name := fmt.Sprintf("%.40q of %d", target, len(target))
		cases = append(cases, valid.to(target).expect(name, http.StatusNotFound))
	}
	for _, target := range []string{"/webhooks/%", "/webhooks/%zz", "/webhooks/%2", "webhooks/hostile", "*", "", "http://", "http://[::1", "/webhooks/hos tile", "/webhooks/hos\ttile", "://x"} {
		cases = append(cases, valid.to(target).expect(fmt.Sprintf("malformed %q", target), http.StatusBadRequest, http.StatusNotFound))
	}
	return append(cases,
		valid.to(Path+"?secret="+Canary).stored("a query", ""),
		valid.to(Path+"?").stored("an empty query", ""),
		valid.to("http://elsewhere.example"+Path).stored("an absolute target", ""),
		valid.to("/webhooks/unknown?secret="+Canary).expect("a query to nowhere", http.StatusNotFound),
	)
}
