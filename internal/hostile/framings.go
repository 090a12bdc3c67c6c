package hostile

import (
	"net/http"
	"strconv"
	"strings"
)

// framings are messages whose parts cannot be told apart, or should not be.
func framings(s sign) (cases []Case) {
	body := harmless()
	valid := s.of(body)
	open := request{method: "POST", target: Path, proto: "HTTP/1.1", body: body}.with(headerLines(valid)...)
	length := "Content-Length: " + strconv.Itoa(len(body))
	for name, line := range map[string]string{
		"negative":     "Content-Length: -1",
		"a plus sign":  "Content-Length: +" + strconv.Itoa(len(body)),
		"hexadecimal":  "Content-Length: 0x10",
		"overflowing":  "Content-Length: 99999999999999999999",
		"a list":       "Content-Length: 5, 6",
		"a word":       "Content-Length: many",
		"two words":    "Content-Length: 1 2",
		"with a NUL":   "Content-Length: 5\x00",
		"space before": "Content-Length : 5",
	} {
		cases = append(cases, open.with(line).expect("a length that is "+name, http.StatusBadRequest))
	}
	cases = append(cases,
		open.with(length, "Content-Length: 1").expect("two lengths", http.StatusBadRequest),
		open.with("Content-Length: 0").expect("a length of nothing", http.StatusUnauthorized),
		open.expect("no length", http.StatusUnauthorized),
		raw("a body cut short", open.with("Content-Length: 100000").text(), http.StatusBadRequest),
		raw("a chunk cut short", chunked(valid, "").head("close")+"ffff\r\nabc", http.StatusBadRequest),
		chunked(valid, body).stored("chunks", ""),
		post(valid, body).with("Expect: 100-continue").stored("100-continue", ""),
		post(valid, body).with("Expect: miracles").expect("another expectation", http.StatusExpectationFailed),
		post(valid, body).with("Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__").stored("an upgrade", ""),
	)
	for name, chunks := range map[string]string{
		"no number":         "x\r\nabc\r\n0\r\n\r\n",
		"negative":          "-1\r\nabc\r\n0\r\n\r\n",
		"overflowing":       "fffffffffffffffff\r\nabc\r\n0\r\n\r\n",
		"prefixed":          "0x3\r\nabc\r\n0\r\n\r\n",
		"shorter than said": "2\r\nabc\r\n0\r\n\r\n",
		"a long extension":  "3;" + strings.Repeat("x", 20_000) + "\r\nabc\r\n0\r\n\r\n",
		"with a NUL":        "3\x00\r\nabc\r\n0\r\n\r\n",
		"unended":           "3\r\nabc",
	} {
		cases = append(cases, raw("a chunk that is "+name, chunked(valid, "").head("close")+chunks, http.StatusBadRequest, http.StatusRequestTimeout))
	}
	for _, proto := range []string{"HTTP/1.2", "HTTP/2.0", "HTTP/3.0", "HTTP/0.9", "HTTP/9.9", "HTTP/1", "HTTP/1.1.1", "http/1.1", "HTTPS/1.1", "", "HTTP/-1.1", "HTTP/1.10"} {
		r := post(valid, body)
		r.proto = proto
		c := r.expect("version "+proto, http.StatusBadRequest, http.StatusOK)
		c.Signed = true // a version that is merely newer is answered as 1.1
		cases = append(cases, c)
	}
	old := post(valid, body)
	old.proto = "HTTP/1.0"
	return append(cases,
		old.stored("HTTP/1.0", ""),
		raw("HTTP/0.9", "GET /\r\n", http.StatusBadRequest),
		raw("nothing", "", Closed),
		raw("line ends", "\r\n\r\n\r\n\r\n", http.StatusBadRequest, Closed),
		raw("garbage", "\x00\x01\x02\xff\xfe\r\n\r\n", http.StatusBadRequest),
		raw("a TLS hello", "\x16\x03\x01\x00\x05hello\r\n\r\n", http.StatusBadRequest, Closed),
		raw("an SSH hello", "SSH-2.0-OpenSSH_9.6\r\n\r\n", http.StatusBadRequest),
		raw("a preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed, Closed),
		raw("only a method", "POST", http.StatusBadRequest, Closed),
		raw("a head without an end", "POST "+Path+" HTTP/1.1\r\nHost: localhost\r\n", http.StatusBadRequest, Closed),
	)
}
