package main

import (
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// How often the log repeats that something is still so, and how soon after the
// last word it says that the cause is another one.
const (
	outageRepeat = time.Minute
	outageChange = 5 * time.Second
)

// outageLog says of outages what an operator has to know, once and now and then.
type outageLog struct {
	log zerolog.Logger

	mu      sync.Mutex
	cause   string // of the outage, as said last; "" if there is none
	causeAt time.Time
	refused int // deliveries that nothing took, since that was said last
	fullAt  time.Time
}

// away says that the database is away, or still is.
func (o *outageLog) away(cause error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	text, since := cause.Error(), time.Since(o.causeAt)
	message := "the database is away: deliveries are spooled, and applied when it is back"
	switch {
	case o.cause == "":
	case since >= outageRepeat, since >= outageChange && text != o.cause:
		message = "the database is still away: deliveries are spooled"
	default:
		return
	}
	o.cause, o.causeAt = text, time.Now()
	o.log.Error().Err(cause).Msg(message)
}

// back says that the database is back.
func (o *outageLog) back() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.cause = ""
	o.log.Info().Msg("the database is back: deliveries go there")
}

// full says that deliveries are refused, which their senders may not repeat.
func (o *outageLog) full(why error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.refused++; time.Since(o.fullAt) < outageRepeat {
		return
	}
	o.log.Error().Err(why).Int("refused", o.refused).Msg("nothing takes deliveries: senders get 503")
	o.refused, o.fullAt = 0, time.Now()
}
