package hostile

import (
	"net/http"
	"time"
)

// slow are senders that keep a connection busy.
func slow(s sign) []Case {
	body := harmless()
	valid := post(s.of(body), body)
	head := valid.head("close")
	wait := func(name string, want []int, pieces ...piece) Case {
		return Case{Name: name, Want: want, Slow: true, method: "POST", pieces: pieces}
	}
	late := []int{http.StatusRequestTimeout, Closed}
	const tick = 50 * time.Millisecond
	return []Case{
		wait("no body", late, piece{data: head}),
		wait("half a body", late, piece{data: head + body[:len(body)/2]}),
		wait("a body by the byte", late, piece{data: head}, piece{data: " ", times: len(body) - 1, pause: 10 * tick}),
		wait("chunks by the byte", late, piece{data: chunked(s.of(body), body).head("close")}, piece{data: "1\r\n \r\n", times: 400, pause: tick}),
		wait("half a chunk", late, piece{data: chunked(s.of(body), body).head("close") + "ff\r\nabc"}),
		wait("asks first, then nothing", late, piece{data: valid.with("Expect: 100-continue").head("close")}),
		wait("no head", []int{http.StatusBadRequest, http.StatusRequestTimeout, Closed}, piece{data: "P"}),
		wait("a head without an end", []int{Closed}, piece{data: "POST " + Path + " HTTP/1.1\r\nHost: localhost\r\n"}),
		wait("a head by the line", []int{Closed}, piece{data: "POST " + Path + " HTTP/1.1\r\n"}, piece{data: "X: y\r\n", times: 400, pause: tick}),
	}
}
