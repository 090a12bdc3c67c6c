package handlers

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	usersync "usersync/sync"
)

// retryAfter is what a 503 tells the sender if it has nothing better to say.
const retryAfter = time.Second

// answer is what a handler has to say. One place writes it.
type answer struct {
	status    int
	allow     string        // the methods that a 405 names
	challenge string        // how a 401 says that one may prove oneself
	hangUp    bool          // the rest of the request is not worth reading
	after     time.Duration // when to try again; 0 is retryAfter for a 503 and nothing for the rest
	body      any           // written as JSON, unless text or page is set
	text      []byte        // JSON that was made before; not changed by anybody
	page      func(http.ResponseWriter, *http.Request)
}

// failure is the body of every answer that is not a success.
type failure struct {
	Error string `json:"error"`
}

// receipt is the body of the answer to a delivery that was taken.
type receipt struct {
	Received bool   `json:"received"`
	Outcome  string `json:"outcome"`
}

// receipts are the texts of all receipts, by outcome.
type receipts [outcomes][]byte

func newReceipts() (texts receipts) {
	for outcome := range outcomes {
		// A struct of a flag and a text is always JSON.
		texts[outcome], _ = json.Marshal(receipt{true, outcome.String()})
	}
	return texts
}

// taken is the answer to a delivery that was taken.
func (texts *receipts) taken(outcome usersync.Outcome) answer {
	return answer{status: http.StatusOK, text: texts[outcome]}
}

// The answers to what cannot be taken. The text of the 401 is the same for all
// reasons: whoever tries signatures learns nothing from it.
func unauthorized() answer {
	return answer{status: http.StatusUnauthorized, body: failure{"not authenticated"}}
}

func notFound() answer {
	return answer{status: http.StatusNotFound, body: failure{"not found"}}
}

func methodNotAllowed(allow string) answer {
	return answer{status: http.StatusMethodNotAllowed, allow: allow, body: failure{"method not allowed"}}
}

func tooSlow() answer {
	return answer{status: http.StatusRequestTimeout, hangUp: true, body: failure{"the body came too slowly"}}
}

func tooLarge() answer {
	return answer{status: http.StatusRequestEntityTooLarge, hangUp: true, body: failure{"the body is too large"}}
}

func unreadable() answer {
	return answer{status: http.StatusBadRequest, hangUp: true, body: failure{"the body could not be read"}}
}

func encoded() answer {
	return answer{status: http.StatusUnsupportedMediaType, body: failure{"send the body without a content encoding"}}
}

// unavailable is our own trouble, whatever it is. It is never a 4xx, because
// some senders drop the event for good on a 4xx.
func unavailable() answer {
	return answer{status: http.StatusServiceUnavailable, body: failure{"cannot be taken now, send it again"}}
}

// The headers of every answer. The answers share them: net/http copies what it is
// given, and who adds a value to one gets a slice of its own.
var (
	noStore         = []string{"no-store"}
	noSniff         = []string{"nosniff"}
	applicationJSON = []string{"application/json"}
)

// write sends the answer. An error would only say that nobody listens anymore.
func (a answer) write(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h["Cache-Control"], h["X-Content-Type-Options"] = noStore, noSniff
	if a.page != nil {
		a.page(w, r)
		return
	}
	h["Content-Type"] = applicationJSON
	if a.allow != "" {
		h.Set("Allow", a.allow)
	}
	if a.challenge != "" {
		h.Set("WWW-Authenticate", a.challenge)
	}
	if a.hangUp {
		h.Set("Connection", "close")
	}
	body, err := a.text, error(nil)
	if body == nil {
		body, err = json.Marshal(a.body)
	}
	if err != nil {
		a.status, body = http.StatusServiceUnavailable, []byte(`{"error":"internal"}`)
	}
	if a.after == 0 && a.status == http.StatusServiceUnavailable {
		a.after = retryAfter
	}
	if a.after > 0 {
		// Whole seconds, and never too early.
		h.Set("Retry-After", strconv.FormatInt(int64((a.after+time.Second-1)/time.Second), 10))
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(body)
}
