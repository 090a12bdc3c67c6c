package notice

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"usersync/internal/alarm"
)

// most is how many notices wait for one address; the oldest give way.
const most = 100

// address is who is told. It has a queue of its own: one that is slow keeps nobody
// waiting.
type address struct {
	office *Office
	name   string
	post   atomic.Pointer[Poster] // exchanged by a reload
	ledger Ledger
	stop   func()

	mu      sync.Mutex
	queue   []Notice
	trouble string // why the last try failed, "" if it did not
	wake    chan struct{}

	told map[about]bool // of the alarms that stand: whether it is known that they were raised
}

func (a *address) tell(standing []alarm.Alarm, at time.Time, repeat time.Duration) {
	due := a.ledger.Due(standing, at, repeat)
	if len(due) == 0 {
		return
	}
	a.mu.Lock()
	a.queue = append(a.queue, due...)
	lost := max(len(a.queue)-most, 0)
	a.queue = slices.Delete(a.queue, 0, lost)
	a.mu.Unlock()
	if lost > 0 {
		a.log().Warn("notifications wait for too long: the oldest are left out", "lost", lost)
	}
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

func (a *address) log() *slog.Logger { return a.office.Log.With("address", a.name) }

// run tells, one after the other, until ctx ends.
func (a *address) run(ctx context.Context) {
	for ctx.Err() == nil {
		n, waits := a.next()
		if !waits {
			select {
			case <-ctx.Done():
			case <-a.wake:
			}
			continue
		}
		a.handle(ctx, &n)
	}
}

func (a *address) next() (n Notice, waits bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.queue) == 0 {
		return n, false
	}
	n = a.queue[0]
	a.queue = slices.Delete(a.queue, 0, 1)
	return n, true
}

// handle tells one notice, if it falls to this replica. The end of an alarm is told only
// if its beginning was: here or, of what all replicas judge alike, by another.
func (a *address) handle(ctx context.Context, n *Notice) {
	key := about{n.Alarm.Kind, n.Alarm.Provider}
	if n.Type == Cleared {
		was := a.told[key]
		if delete(a.told, key); !was {
			return
		}
	}
	var told bool
	if mine, claimed := a.office.claim(ctx, n, a.name); mine {
		told = a.deliver(ctx, n)
		if !told && n.Type == Raised && ctx.Err() != nil {
			a.office.release(claimed)
		}
	} else {
		told = n.Alarm.Kind.Shared()
	}
	if n.Type == Raised && told {
		a.told[key] = true
	}
}

func sortedKeys[V any](m map[about]V) []about {
	return slices.SortedFunc(maps.Keys(m), func(x, y about) int {
		return cmp.Or(cmp.Compare(x.kind, y.kind), cmp.Compare(x.provider, y.provider))
	})
}
