package dashboard

import (
	"crypto/rand"
	"sync"
	"time"
)

// How many results of forms are kept, and for how long.
const (
	receiptsKept = 32
	receiptsFor  = 15 * time.Minute
)

// receipts keep what forms did until the browser, which a form sends on to another page,
// has shown it: in memory, for a while, and under names that nobody guesses.
type receipts[T any] struct {
	mu  sync.Mutex
	all []receipt[T] // the oldest first
}

type receipt[T any] struct {
	name string
	at   time.Time
	what T
}

// keep returns the name under which a result is found.
func (r *receipts[T]) keep(what T, now time.Time) (name string) {
	name = rand.Text()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.all) == receiptsKept {
		r.all = r.all[1:]
	}
	r.all = append(r.all, receipt[T]{name, now, what})
	return name
}

// find returns a result that is still kept.
func (r *receipts[T]) find(name string, now time.Time) (what T, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range r.all {
		if one.name == name && now.Sub(one.at) < receiptsFor {
			return one.what, nil
		}
	}
	return what, missing("this result is kept no more: it is for 15 minutes, by the replica that did the work. What was done stands; look at what there is now.")
}
