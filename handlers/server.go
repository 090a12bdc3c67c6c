package handlers

import (
	"log"
	"net/http"
	"strings"
	"time"

	"github.com/rs/zerolog"
)

// The limits of a connection. A delivery has a body deadline of its own;
// requestTimeout is for the bodies that no handler reads.
const (
	headerTimeout  = 5 * time.Second
	requestTimeout = 15 * time.Second
	answerTimeout  = time.Minute
	idleTimeout    = time.Minute
	maxHeader      = 64 << 10
)

// NewServer returns a server with all its limits set; pass it to Serve. The
// address is for the log of the caller: Serve takes the listener.
func NewServer(addr string, h http.Handler, l zerolog.Logger) *http.Server {
	protocols := &http.Protocols{}
	protocols.SetHTTP1(true) // senders of webhooks need no more, and each protocol has faults of its own
	return &http.Server{
		Addr:              addr,
		Handler:           h,
		Protocols:         protocols,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       requestTimeout,
		WriteTimeout:      answerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          log.New(complaints{l}, "", 0),
		// net/http would answer "OPTIONS *" itself, without our headers.
		DisableGeneralOptionsHandler: true,
	}
}

// complaints takes what net/http says about connections: of interest to who
// looks for a fault in the network, and to nobody else.
type complaints struct{ log zerolog.Logger }

// Write implements io.Writer for one line.
func (c complaints) Write(line []byte) (int, error) {
	c.log.Debug().Str("detail", escaped(strings.TrimSpace(string(line)), maxDetail)).Msg("connection")
	return len(line), nil
}
