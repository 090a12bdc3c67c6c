package fakeprovider

import (
	"sync"
	"time"
)

// limiter is a bucket that holds one second's requests and refills steadily.
type limiter struct {
	mu        sync.Mutex
	perSecond int
	left      float64
	since     time.Time
}

// set changes the rate; the bucket is full again.
func (l *limiter) set(perSecond int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.perSecond, l.since = perSecond, time.Time{}
}

// take returns 0 if a request may pass now, else how long until one may.
func (l *limiter) take() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.perSecond <= 0 {
		return 0
	}
	// The machine's clock, not the provider's: that one may be wrong on purpose.
	now, rate := time.Now(), float64(l.perSecond)
	if l.since.IsZero() {
		l.left = rate
	} else {
		l.left = min(rate, l.left+now.Sub(l.since).Seconds()*rate)
	}
	l.since = now
	if l.left >= 1 {
		l.left--
		return 0
	}
	return time.Duration((1 - l.left) / rate * float64(time.Second))
}
