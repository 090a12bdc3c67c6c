package hostile

import (
	"fmt"
	"net/http"
	"strings"
)

// maxBody is the default limit of a body.
const maxBody = 1 << 20

// sizes are bodies at the limit and far beyond.
func sizes(s sign) []Case {
	fits := padded(maxBody)
	over := padded(maxBody + 1)
	tooLarge := http.StatusRequestEntityTooLarge
	const block = 64 << 10
	chunk := fmt.Sprintf("%x\r\n%s\r\n", block, strings.Repeat(" ", block))
	head := request{method: "POST", target: Path, proto: "HTTP/1.1"}.with(headerLines(s.of("{}"))...)
	flood := func(name string, want int, head string, p piece) Case {
		return Case{Name: name, Want: []int{want, http.StatusRequestTimeout, Closed}, method: "POST", pieces: []piece{{data: head}, p}}
	}
	return []Case{
		post(s.of(fits), fits).stored("the most that fits", ""),
		chunked(s.of(fits), fits).stored("the most that fits, in chunks", ""),
		post(nil, fits).expect("the most that fits, unsigned", http.StatusUnauthorized),
		post(s.of(over), over).expect("a byte too much", tooLarge),
		chunked(s.of(over), over).expect("a byte too much, in chunks", tooLarge),
		head.with("Content-Length: 1048577").expect("a byte too much, announced only", tooLarge),
		head.with("Content-Length: 9223372036854775807").expect("the largest number, announced only", tooLarge),
		head.with("Content-Length: 1048577", "Expect: 100-continue").expect("a byte too much, asked first", tooLarge),
		flood("50 MB in chunks", tooLarge, head.with("Transfer-Encoding: chunked").head("close"), piece{data: chunk, times: 800}),
		flood("50 MB at once", tooLarge, head.with("Content-Length: 52428800").head("close"), piece{data: chunk[:block], times: 800}),
		flood("50 MB to nowhere", http.StatusNotFound, head.to("/nowhere").with("Transfer-Encoding: chunked").head("close"), piece{data: chunk, times: 800}),
		flood("50 MB of another method", http.StatusMethodNotAllowed, strings.Replace(head.with("Transfer-Encoding: chunked").head("close"), "POST", "PUT", 1), piece{data: chunk, times: 800}),
		flood("2 MB in chunks of one byte", tooLarge, head.with("Transfer-Encoding: chunked").head("close"), piece{data: strings.Repeat("1\r\n \r\n", 1<<12), times: 1 << 9}),
	}
}

// padded is a harmless body of exactly size bytes.
func padded(size int) string {
	body := harmless()
	return body + strings.Repeat(" ", size-len(body))
}
