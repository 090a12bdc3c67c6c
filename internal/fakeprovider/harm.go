package fakeprovider

import (
	"net/http"
	"strconv"
	"time"
)

// instead is the answer that a trouble gives in place of the right one.
func (s *Server) instead(t Trouble) (answer, bool) {
	switch t.Fault {
	case TooMany:
		return s.tooMany(t), true
	case Failure:
		if t.HTML {
			return edge(http.StatusInternalServerError), true
		}
		return s.kind.refuse(http.StatusInternalServerError, "Internal server error"), true
	case Forbidden:
		return s.kind.refuse(http.StatusUnauthorized, "Unauthorized"), true
	case Expired:
		return s.kind.refuse(http.StatusBadRequest, "cursor expired"), true
	case NoListing:
		body := object(nil).open().text("error", "listUsers is not implemented by this user store").
			array("users", nil, nil).number("total", 0).close()
		return refusal(http.StatusNotImplemented, body), true
	}
	return answer{}, false
}

// tooMany is a 429.
func (s *Server) tooMany(t Trouble) answer {
	a := s.kind.refuse(http.StatusTooManyRequests, "Too Many Requests")
	if t.HTML {
		a = edge(http.StatusTooManyRequests)
	}
	if t.Delay <= 0 {
		return a
	}
	// Both forms know whole seconds only: up, so that nobody comes back too early.
	if t.AsDate {
		return a.with("Retry-After", s.now().Add(t.Delay+time.Second-1).UTC().Format(http.TimeFormat))
	}
	return a.with("Retry-After", strconv.Itoa(int((t.Delay+time.Second-1)/time.Second)))
}

// harm does to a right answer what a trouble does, and returns by how much its
// Date is off.
func harm(a *answer, t Trouble) time.Duration {
	switch t.Fault {
	case Truncated:
		a.body, a.shown = a.body[:len(a.body)/2], nil
	case Severed:
		a.severed, a.shown = true, nil
	case WrongType:
		a.contentType, a.shown = typeHTML, nil
	case Undated:
		a.undated = true
	case Skewed:
		return t.Delay
	}
	return 0
}
