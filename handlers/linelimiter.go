package handlers

import (
	"sync"
	"time"
)

// linesPerSecond is how many lines about the same failure are written in one
// second. A stranger, or a database that is away, decides how many requests
// fail, and must not decide how fast the disk fills; nor must a provider whose
// new format makes every delivery a dead letter.
const linesPerSecond = 5

// lineLimiter limits log lines about requests that failed. Its keys are providers
// of ours and fixed words, so it stays small.
type lineLimiter struct {
	mu   sync.Mutex
	seen map[lineKey]*lineWindow
}

// lineKey is what makes two lines alike. The outcome keeps strangers, whose
// requests have none, from silencing what is said about those we know.
type lineKey struct{ provider, outcome, reason string }

// lineWindow is one second of one key.
type lineWindow struct {
	start               time.Time
	written, suppressed int
}

func newLineLimiter() *lineLimiter {
	return &lineLimiter{seen: map[lineKey]*lineWindow{}}
}

// allow reports whether the line may be written, and how many like it were
// suppressed since the last one that was.
func (l *lineLimiter) allow(key lineKey, now time.Time) (suppressed int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.seen[key]
	if w == nil {
		w = &lineWindow{start: now}
		l.seen[key] = w
	}
	if now.Sub(w.start) >= time.Second {
		w.start, w.written = now, 0
	}
	if w.written == linesPerSecond {
		w.suppressed++
		return 0, false
	}
	w.written++
	suppressed, w.suppressed = w.suppressed, 0
	return suppressed, true
}
