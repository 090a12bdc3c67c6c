package handlers

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// freeBody is how much of a body is read before the budget is asked: most
// deliveries are smaller, so a flood of large bodies does not shut them out.
// It is no more than net/http itself sets aside for a connection.
const freeBody = 4 << 10

// bodyReader reads bodies within limits.
type bodyReader struct {
	maxBody     int64         // bytes of one body
	bodyTimeout time.Duration // for a body to arrive
	budget      *budget       // of all bodies together
}

// newBodyReader makes a reader. A body and the smaller buffers that it outgrew
// take less than four times its size: with less than that in flight the largest
// body would never fit.
func newBodyReader(maxBody int64, timeout time.Duration, inFlight int64) bodyReader {
	return bodyReader{maxBody: maxBody, bodyTimeout: timeout, budget: newBudget(max(inFlight, 4*maxBody))}
}

// errTooLarge says that the announced length exceeds the limit.
var errTooLarge = errors.New("the announced body is too large")

// readBody reads the whole body. The buffer grows with what has arrived, never
// with what was announced beyond freeBody, and every buffer but the first counts
// against the lease until the request ends, since the collector may not have taken
// the smaller ones yet. The caller releases the lease when the body is done with;
// it is nil if the first buffer was enough, or after an error.
func (w *bodyReader) readBody(rw http.ResponseWriter, r *http.Request) (body []byte, l *lease, err error) {
	switch {
	case r.ContentLength > w.maxBody:
		return nil, nil, errTooLarge
	case r.ContentLength == 0:
		return []byte{}, nil, nil // net/http waits for the next request already
	}
	control := deadlines(rw)
	// The deadline is set before the lease takes anything: it never undoes that of
	// an eviction.
	if err := control.SetReadDeadline(time.Now().Add(w.bodyTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return nil, nil, err
	}
	from := r.Body
	if r.ContentLength < 0 {
		from = http.MaxBytesReader(rw, from, w.maxBody)
	}
	complete := false
	defer func() {
		if !complete { // so that nobody cuts what is no longer ours
			l.release()
			l = nil
		}
	}()
	body = make([]byte, 0, w.firstBuffer(r.ContentLength))
	for {
		if len(body) == cap(body) {
			if l == nil {
				l = w.budget.lease(cutter(control))
			}
			size := min(2*int64(cap(body)), w.maxBody+1)
			if err := l.take(size); err != nil {
				return nil, l, err
			}
			body = append(make([]byte, 0, size), body...)
		}
		n, err := from.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case errors.Is(err, io.EOF):
			if complete = l.finish(); !complete {
				return nil, l, errBusy
			}
			// The answer may take its time: net/http took the deadline away when the
			// body ended, but an eviction in that moment may have set another. After
			// a failure it stays, for net/http reads on to find the next request.
			if l != nil {
				_ = control.SetReadDeadline(time.Time{})
			}
			return body, l, nil
		case err != nil && l.wasEvicted():
			return nil, l, errEvicted
		case err != nil:
			return nil, l, err
		}
	}
}

// firstBuffer is how much room a body gets before the budget is asked: what was
// announced, and a byte more, in which no byte arrives but the end shows.
func (w *bodyReader) firstBuffer(announced int64) int64 {
	most := min(freeBody, w.maxBody+1)
	if announced < 0 {
		return most
	}
	return min(announced+1, most)
}

// readDeadliner ends the reading of a body at a time.
type readDeadliner interface {
	SetReadDeadline(deadline time.Time) error
}

// deadlines returns what sets those of a request. The server's own writer does so
// itself; asked through a controller it would cost each request an allocation.
func deadlines(rw http.ResponseWriter) readDeadliner {
	if own, ok := rw.(readDeadliner); ok {
		return own
	}
	return http.NewResponseController(rw)
}

// cutter returns what ends the reading of a body from another goroutine. It may
// be called only until the handler returns.
func cutter(control readDeadliner) func() {
	return func() { _ = control.SetReadDeadline(time.Now()) }
}

// unread is the answer to a body that could not be read.
func unread(err error, rec *record) answer {
	var limit *http.MaxBytesError
	switch {
	case errors.Is(err, errTooLarge) || errors.As(err, &limit):
		rec.reason = "too_large"
		return tooLarge()
	case errors.Is(err, os.ErrDeadlineExceeded):
		rec.reason = "too_slow"
		return tooSlow()
	case errors.Is(err, errBusy), errors.Is(err, errEvicted):
		// Our memory is short: that is no fault of the sender's.
		rec.reason = "busy"
		if errors.Is(err, errEvicted) {
			rec.reason = "evicted"
		}
		a := unavailable()
		a.hangUp = true
		return a
	default:
		rec.reason = "unreadable"
		return unreadable()
	}
}

// plain reports whether the body is sent as it is. Nothing is ever unpacked:
// the signature covers the bytes, and a bomb is cheap to send.
func plain(h http.Header) bool {
	switch values := h.Values("Content-Encoding"); len(values) {
	case 0:
		return true
	case 1:
		value := strings.TrimSpace(values[0])
		return value == "" || strings.EqualFold(value, "identity")
	default:
		return false
	}
}
