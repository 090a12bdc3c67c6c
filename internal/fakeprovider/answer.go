package fakeprovider

import (
	"net/http"
	"strconv"
)

const (
	typeJSON = "application/json; charset=utf-8"
	typeHTML = "text/html; charset=utf-8"
)

// answer is a response before faults are done to it. All of it is known before
// the first byte leaves, so that a test can change the population in between.
type answer struct {
	status      int
	contentType string
	header      http.Header // what else there is to say
	body        []byte
	shown       []row // the users in the body
	severed     bool  // the connection ends within the body
	undated     bool  // no Date header
}

func ok(body []byte, shown ...row) answer {
	return answer{status: http.StatusOK, contentType: typeJSON, body: body, shown: shown}
}

func created(body []byte, shown ...row) answer {
	a := ok(body, shown...)
	a.status = http.StatusCreated
	return a
}

func noContent() answer { return answer{status: http.StatusNoContent} }

func refusal(status int, body []byte) answer {
	return answer{status: status, contentType: typeJSON, body: body}
}

// with adds a header.
func (a answer) with(name, value string) answer {
	if a.header = a.header.Clone(); a.header == nil {
		a.header = http.Header{}
	}
	a.header.Set(name, value)
	return a
}

// write sends the answer. A severed one announces all of its body and stops
// halfway, like a connection that was reset.
func (a answer) write(w http.ResponseWriter, date string) {
	header := w.Header()
	for name, values := range a.header {
		header[name] = values
	}
	header.Set("Date", date)
	if a.undated {
		header["Date"] = nil // the server adds one unless there is the bare name
	}
	if a.contentType != "" {
		header.Set("Content-Type", a.contentType)
	}
	if a.status == http.StatusNoContent {
		w.WriteHeader(a.status)
		return
	}
	header.Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	if a.severed {
		_, _ = w.Write(a.body[:len(a.body)/2])
		if flusher, can := w.(http.Flusher); can {
			flusher.Flush()
		}
		panic(http.ErrAbortHandler) // the documented way to cut a connection
	}
	_, _ = w.Write(a.body)
}
