package hostile

import (
	"net/http"
	"strconv"
)

// smuggling are messages of which two readers may see different numbers. The
// second is a forged delivery: whatever a receiver takes the bytes for, it may
// not be believed.
func smuggling(s sign) (cases []Case) {
	body := harmless()
	valid := s.of(body)
	forged := post(nil, event("user.deleted", `"id":"`+Canary+`"`)).text()
	open := request{method: "POST", target: Path, proto: "HTTP/1.1"}
	unauthorized := []int{http.StatusUnauthorized, http.StatusBadRequest}
	hidden := func(name string, lines []string, body string) {
		r := open.with(lines...)
		r.body = body
		cases = append(cases, Case{Name: name, Want: unauthorized, method: "POST", pieces: []piece{{data: r.kept(), end: true}}})
	}
	long := "Content-Length: " + strconv.Itoa(len(forged)+5)
	hidden("length, then chunks", []string{long, "Transfer-Encoding: chunked"}, "0\r\n\r\n"+forged)
	hidden("chunks, then length", []string{"Transfer-Encoding: chunked", long}, "0\r\n\r\n"+forged)
	hidden("length of the first chunk", []string{"Content-Length: 4", "Transfer-Encoding: chunked"}, "5c\r\n"+forged+"\r\n0\r\n\r\n")
	hidden("no length", nil, forged)
	hidden("a length of nothing", []string{"Content-Length: 0"}, forged)
	hidden("two lengths", []string{"Content-Length: 0", long}, forged)
	hidden("the same length twice", []string{"Content-Length: 2", "Content-Length: 2"}, "{}"+forged)
	for _, encoding := range []string{
		"xchunked", "chunked, identity", "identity, chunked", "identity", "gzip, chunked", "chunked, chunked", "\x0bchunked", "chunked\x00", "\"chunked\"", "chun\tked", "deflate", "",
	} {
		hidden("encoding "+strconv.Quote(encoding), []string{"Transfer-Encoding: " + encoding, "Content-Length: 5"}, "0\r\n\r\n"+forged)
	}
	for name, line := range map[string]string{
		"a space before the colon": "Transfer-Encoding : chunked",
		"a folded line":            "X: y\r\n Transfer-Encoding: chunked",
		"a folded value":           "Transfer-Encoding:\r\n chunked",
		"a bare line feed":         "X: y\nTransfer-Encoding: chunked",
		"a bare carriage return":   "X: y\rTransfer-Encoding: chunked",
		"two encodings":            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
		"a name with a NUL":        "Transfer\x00-Encoding: chunked",
		"an underscore":            "Transfer_Encoding: chunked",
	} {
		hidden(name, []string{line, "Content-Length: 5"}, "0\r\n\r\n"+forged)
	}
	pipelined := Case{
		Name: "a forged one behind a valid one", Signed: true, Want: append(unauthorized, http.StatusOK),
		method: "POST", pieces: []piece{{data: post(valid, body).kept() + forged, end: true}},
	}
	trailer := open.with(headerLines(http.Header{"Trailer": {"X-Authon-Signature"}})...).with("Transfer-Encoding: chunked")
	trailer.body = strconv.FormatInt(int64(len(body)), 16) + "\r\n" + body + "\r\n0\r\n"
	for _, line := range headerLines(valid) {
		trailer.body += line + "\r\n"
	}
	trailer.body += "\r\n"
	return append(cases, pipelined, trailer.expect("credentials in the trailer", unauthorized...))
}
