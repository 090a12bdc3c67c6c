package notice

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"usersync/internal/alarm"
	usersync "usersync/sync"
)

// claimTimeout is how long a claim may take: without one, everybody tells.
const claimTimeout = 2 * time.Second

// Poster sends a message once. Its errors hold no secret.
type Poster interface {
	Post(ctx context.Context, m *usersync.Message) error
	Close() // lets go of connections
}

// Office tells all addresses. Its methods may be called by any goroutine and wait for no
// receiver; Exchange and Stop wait for what is being cancelled.
type Office struct {
	Sender Sender
	Claims usersync.Notices // nil: there are no other replicas
	Clock  func() time.Time
	Log    *slog.Logger

	mu        sync.Mutex
	addresses map[string]*address
	repeat    time.Duration
	stopped   bool
	running   sync.WaitGroup
}

// Exchange replaces who is told, and how often of an alarm that stands. Who stays, by
// name, keeps what waits for them.
func (o *Office) Exchange(posters map[string]Poster, repeat time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.stopped {
		return
	}
	kept := map[string]*address{}
	var old []Poster
	for name, a := range o.addresses {
		old = append(old, *a.post.Load())
		if posters[name] == nil {
			a.stop()
		}
	}
	for name, poster := range posters {
		a := o.addresses[name]
		if a == nil {
			a = o.open(name)
		}
		a.post.Store(&poster)
		kept[name] = a
		if o.addresses[name] == nil {
			o.begin(a)
		}
	}
	o.addresses, o.repeat = kept, repeat
	for _, poster := range old {
		poster.Close()
	}
}

func (o *Office) open(name string) *address {
	return &address{office: o, name: name, wake: make(chan struct{}, 1), told: map[about]bool{}}
}

func (o *Office) begin(a *address) {
	ctx, cancel := context.WithCancel(context.Background())
	a.stop = cancel
	o.running.Go(func() { a.run(ctx) })
}

// Tell says which alarms stand at a time.
func (o *Office) Tell(standing []alarm.Alarm, at time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, a := range o.addresses {
		a.tell(standing, at, o.repeat)
	}
}

// Trouble names the addresses that did not take the last try, and why.
func (o *Office) Trouble() (all []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(o.addresses)) {
		a := o.addresses[name]
		a.mu.Lock()
		if a.trouble != "" {
			all = append(all, "notifications to "+name+" are not taken: "+a.trouble)
		}
		a.mu.Unlock()
	}
	return all
}

// claim reports whether it falls to this replica to tell an address, and what it claimed
// for that. Whoever cannot know tells it: rather twice, with one id, than never.
func (o *Office) claim(ctx context.Context, n *Notice, address string) (mine bool, claimed []string) {
	if o.Claims == nil {
		return true, nil
	}
	for _, id := range n.Claims(o.Sender) {
		id += "/" + address
		limited, cancel := context.WithTimeout(ctx, claimTimeout)
		mine, err := o.Claims.ClaimNotice(limited, id, usersync.MicrosOf(o.Clock()))
		cancel()
		if err != nil {
			return true, claimed
		}
		if !mine {
			return false, claimed
		}
		claimed = append(claimed, id)
	}
	return true, claimed
}

// release gives up what was claimed and not told, because the process stops: the next one
// that sees the alarm tells it.
func (o *Office) release(claimed []string) {
	ctx, cancel := context.WithTimeout(context.Background(), claimTimeout)
	defer cancel()
	for _, id := range claimed {
		if err := o.Claims.ReleaseNotice(ctx, id); err != nil {
			o.Log.Warn("an alarm that nobody was told of stays claimed: it is told with its next repetition", "error", err.Error())
			return
		}
	}
}

// Stop ends all tries.
func (o *Office) Stop() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.stopped = true
	for _, a := range o.addresses {
		a.stop()
	}
	o.running.Wait()
	for _, a := range o.addresses {
		(*a.post.Load()).Close()
	}
	o.addresses = nil
}
