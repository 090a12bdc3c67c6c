package hostile

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// quiet is how long Send listens for an answer too many on a connection that
// stays open.
const quiet = 150 * time.Millisecond

// Answer is one answer of the receiver.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Send delivers the case to a TCP address and returns all final answers. An
// error means that nothing could be sent or that ctx ended first; a connection
// that is reset or closed is an answer too.
func (c Case) Send(ctx context.Context, addr string) ([]Answer, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()

	// The answer may come, and the connection go, before all is written.
	var writing sync.WaitGroup
	writing.Go(func() { _, _ = c.WriteTo(conn) })
	answers := c.read(conn)
	_ = conn.Close()
	writing.Wait()
	return answers, ctx.Err()
}

// read reads answers until the connection has no more.
func (c Case) read(conn net.Conn) (answers []Answer) {
	from := bufio.NewReader(conn)
	for {
		r, err := http.ReadResponse(from, &http.Request{Method: c.method})
		if err != nil {
			return answers
		}
		var body bytes.Buffer
		_, _ = io.Copy(&body, io.LimitReader(r.Body, 1<<20))
		_ = r.Body.Close()
		if r.StatusCode < http.StatusOK {
			continue // 100 Continue
		}
		answers = append(answers, Answer{r.StatusCode, r.Header, body.Bytes()})
		if err := conn.SetReadDeadline(time.Now().Add(quiet)); err != nil {
			return answers
		}
	}
}
