package usersync

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// For how long a due letter is lent, how long a try may take, and how soon the next
// ones are looked for at most: several that are due shortly one after the other
// go along.
const (
	letterLoan  = 5 * time.Minute
	letterTry   = time.Minute
	letterPause = 200 * time.Millisecond
)

// DueLetters retries the dead letters that are due by themselves: an event from a
// time that had not come yet. Several may work at once, in several processes.
type DueLetters struct {
	Letters Letters
	// Providers are those whose letters can be tried: others' stay as they are, and
	// are forgotten in their time.
	Providers func() []string
	Try       func(ctx context.Context, letters []StoredLetter) ([]Retried, error)
	Clock     func() Micros
	Log       *slog.Logger
	Look      time.Duration // others store letters too

	mu      sync.Mutex
	next    Micros // when it looks next
	earlier chan struct{}
	trouble reminder
}

// NewDueLetters returns d, ready to Run and to be woken.
func NewDueLetters(d *DueLetters) *DueLetters {
	d.earlier = make(chan struct{}, 1)
	return d
}

// Wake says that a letter is due at an instant. It never waits.
func (d *DueLetters) Wake(at Micros) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if at >= d.next {
		return // it looks before that
	}
	d.next = at
	select {
	case d.earlier <- struct{}{}:
	default:
	}
}

// Run works until ctx ends. What is lent then is due again by itself.
func (d *DueLetters) Run(ctx context.Context) {
	for ctx.Err() == nil {
		d.plan(d.Clock() + micros(d.Look))
		full, next := d.round(ctx)
		if full {
			continue
		}
		if next != 0 {
			d.Wake(max(next, d.Clock()+micros(letterPause)))
		}
		d.await(ctx)
	}
}

func (d *DueLetters) plan(at Micros) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.next = at
}

// await waits until it is to look again: no longer than Look, even if the clock is
// set back meanwhile.
func (d *DueLetters) await(ctx context.Context) {
	for end := time.Now().Add(d.Look); ctx.Err() == nil && time.Now().Before(end); {
		d.mu.Lock()
		left := time.Duration(d.next-d.Clock()) * time.Microsecond
		d.mu.Unlock()
		if left <= 0 {
			return
		}
		pause(ctx, min(left, time.Until(end)), d.earlier)
	}
}

// round retries what is due. full says that there may be more; next is when the
// next one is due, 0 if nobody knows.
func (d *DueLetters) round(ctx context.Context) (full bool, next Micros) {
	borrowing, cancel := context.WithTimeout(ctx, queueTimeout)
	defer cancel()
	at := d.Clock()
	lent, next, err := d.Letters.BorrowDue(borrowing, d.Providers(), at, at+micros(letterLoan), retryBatch)
	if err != nil {
		d.remark(ctx, err)
		return false, 0
	}
	if len(lent) == 0 {
		return false, next
	}
	trying, cancel := context.WithTimeout(ctx, letterTry)
	defer cancel()
	tried, err := d.Try(trying, lent)
	if err != nil {
		d.remark(ctx, err)
		return false, next
	}
	d.trouble.over()
	d.tell(tried)
	return len(lent) == retryBatch, next
}

// tell logs what became of a batch, in two lines at most.
func (d *DueLetters) tell(tried []Retried) {
	var stays []*StoredLetter
	for i := range tried {
		if !tried[i].Settled() {
			stays = append(stays, &tried[i].Letter)
		}
	}
	if applied := len(tried) - len(stays); applied > 0 {
		d.Log.Info("dead letters were applied by themselves", "letters", applied)
	}
	if len(stays) > 0 {
		first := stays[0]
		d.Log.Warn("dead letters were retried by themselves and stay: look with `usersync events show`",
			"letters", len(stays), "id", first.ID, "provider", first.Provider, "reason", first.Reason)
	}
}

// remark logs a trouble if it is due, and none that our own end causes.
func (d *DueLetters) remark(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	if count, due := d.trouble.due(time.Now()); due {
		d.Log.Warn("dead letters that are due cannot be retried, tried again soon", "error", err.Error(), "times", count)
	}
}

// tellBuried reports the letters that were none before.
func (d *decision) tellBuried(tell func(l *DeadLetter)) {
	for i := range d.changes.Letters {
		if l := &d.changes.Letters[i]; tell != nil && !l.Retried {
			tell(l)
		}
	}
}

// tellDue reports when the first of the letters is due.
func (d *decision) tellDue(tell func(at Micros)) {
	if tell == nil {
		return
	}
	var first Micros
	for i := range d.changes.Letters {
		if due := d.changes.Letters[i].DueAt; due != 0 && (first == 0 || due < first) {
			first = due
		}
	}
	if first != 0 {
		tell(first)
	}
}
