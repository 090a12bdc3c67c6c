package config

import "time"

// Retention says for how long what is only kept for a while is kept; 0 is for ever.
// None is nil in a Config that was loaded.
type Retention struct {
	ProcessedEvents *time.Duration `koanf:"processed_events"` // counted from when they were received
	DeadLetters     *time.Duration `koanf:"dead_letters"`     // from when they were last seen
}

const (
	day                     = 24 * time.Hour
	defaultEventsKept       = 30 * day
	defaultLettersKept      = 90 * day
	eventsKey          path = "retention" + separator + "processed_events"
)

// shortestEventsKept covers the retries of a sender: one that carries another time
// than the event did is known by its claim alone. The longest schedule that a
// provider documents is over in 2 min 30 s; AuthPI, whose times may differ, documents none.
const shortestEventsKept = day

func defaultRetention() Retention {
	events, letters := defaultEventsKept, defaultLettersKept
	return Retention{ProcessedEvents: &events, DeadLetters: &letters}
}

func (l *loader) checkRetention(r Retention) {
	if kept := *r.ProcessedEvents; kept > 0 && kept < shortestEventsKept {
		l.fault(eventsKey, "must be at least 24h, or 0 to keep them for ever: they are how an event that is sent again with another time is known")
	}
}
