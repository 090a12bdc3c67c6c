package hostile

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// request is an HTTP request to be written as it stands, right or wrong.
type request struct {
	method, target, proto string
	lines                 []string // header lines after Host
	body                  string
}

// post is a correct request with a body.
func post(header http.Header, body string) request {
	r := request{method: "POST", target: Path, proto: "HTTP/1.1", body: body}
	return r.with(headerLines(header)...).with(fmt.Sprintf("Content-Length: %d", len(body)))
}

// chunked is a correct request whose body comes in one chunk.
func chunked(header http.Header, body string) request {
	r := request{method: "POST", target: Path, proto: "HTTP/1.1"}
	r.body = "0\r\n\r\n"
	if body != "" {
		r.body = fmt.Sprintf("%x\r\n%s\r\n%s", len(body), body, r.body)
	}
	return r.with(headerLines(header)...).with("Transfer-Encoding: chunked")
}

// bare is a request of which nothing is right yet.
func bare(method, target string) request {
	return request{method: method, target: target, proto: "HTTP/1.1"}
}

// with adds header lines.
func (r request) with(lines ...string) request {
	r.lines = slices.Concat(r.lines, lines)
	return r
}

// to changes the target.
func (r request) to(target string) request {
	r.target = target
	return r
}

// headerLines writes a header with sorted names.
func headerLines(header http.Header) (lines []string) {
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			lines = append(lines, name+": "+value)
		}
	}
	return lines
}

// head is all of the request before its body. Who hangs up after the answer
// needs no wait for another.
func (r request) head(connection string) string {
	lines := slices.Concat([]string{r.method + " " + r.target + " " + r.proto, "Host: localhost", "Connection: " + connection}, r.lines)
	return strings.Join(lines, "\r\n") + "\r\n\r\n"
}

// text is the request on a connection of its own.
func (r request) text() string { return r.head("close") + r.body }

// kept is the request on a connection that stays open.
func (r request) kept() string { return r.head("keep-alive") + r.body }

// expect makes a case of the request, of which nothing may be stored.
func (r request) expect(name string, want ...int) Case {
	return Case{Name: name, Want: want, method: r.method, pieces: []piece{{data: r.text()}}}
}

// stored makes a case of a proven request with the given outcome.
func (r request) stored(name, outcome string) Case {
	c := r.expect(name, http.StatusOK)
	c.Signed, c.Outcome = true, outcome
	return c
}

// raw makes a case of mere bytes, after which the sender says that it has ended.
func raw(name, data string, want ...int) Case {
	return Case{Name: name, Want: want, method: "POST", pieces: []piece{{data: data, end: true}}}
}
