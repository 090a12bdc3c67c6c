package fakeprovider

import (
	"context"
	"net/http"
	"time"
)

// serve answers one request of a known route: late, wrong and misdated as the
// options and troubles have it.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, e endpoint) {
	s.counter.begin(e.route)
	defer s.counter.end()
	if s.options.Before != nil {
		s.options.Before(e.route, r)
	}
	troubles := s.struck(e.route, r)
	s.counter.suffered(troubles)

	a := s.answer(r, e, troubles)
	if s.options.After != nil {
		s.options.After(e.route, r)
	}
	var skew time.Duration
	delay := s.options.Latency
	for _, trouble := range troubles {
		skew += harm(&a, trouble)
		if trouble.Fault == Slow {
			delay += trouble.Delay
		}
	}
	// The users were read before the delay and the answer is dated after it, as
	// by any server: what happened meanwhile it does not know.
	if !sleep(r.Context(), delay) {
		return
	}
	s.counter.answered(a)
	a.write(w, s.now().Add(skew).UTC().Format(http.TimeFormat))
}

// answer is the response before it is harmed. What stands in front of a
// provider speaks first, then whoever asks for the key.
func (s *Server) answer(r *http.Request, e endpoint, troubles []Trouble) answer {
	if wait := s.limiter.take(); wait > 0 {
		s.counter.limited()
		return s.tooMany(Trouble{Delay: wait, HTML: s.kind.edge})
	}
	for _, trouble := range troubles {
		if a, replaced := s.instead(trouble); replaced {
			return a
		}
	}
	if refused, ok := s.kind.authorize(s, r); !ok {
		return refused
	}
	return e.handle(s, r)
}

// sleep waits, and returns false if the client left.
func sleep(ctx context.Context, delay time.Duration) bool {
	if delay <= 0 {
		return true
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
