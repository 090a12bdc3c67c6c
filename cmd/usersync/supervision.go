package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"usersync/internal/sdnotify"
)

const (
	// statusEvery is how often the line for people is looked at.
	statusEvery = 10 * time.Second
	// startPoll is how often a daemon that starts is asked.
	startPoll = 20 * time.Millisecond
	// selfPatience is how long the daemon may take to answer itself.
	selfPatience = 5 * time.Second
)

// supervision tells the service manager how the daemon is, if one listens.
//
// Alive means that the daemon's own admin listener accepts a connection and
// answers /livez. That asks neither the database nor the spool, because a
// restart mends neither. The public listener is not asked: who floods it could
// make us restart.
type supervision struct {
	notify sdnotify.Notifier
	log    zerolog.Logger
	livez  string // a URL
	client *http.Client
	status func() string

	mu      sync.Mutex
	ready   bool   // told, and not stopping: before and after there is no reload to tell of
	refused bool   // the last reload was
	said    string // the last status
}

// supervise adds to what the daemon does that the service manager is told.
func (p *program) supervise(d *daemon) *supervision {
	s := &supervision{
		notify: sdnotify.New(p.environ, os.Getpid()),
		log:    d.log,
		livez:  "http://" + reachable(d.admin.Addr().String()) + "/livez",
		// Each time a connection of its own: whether one is accepted is the question.
		client: &http.Client{Timeout: selfPatience, Transport: &http.Transport{DisableKeepAlives: true}},
		status: d.statusLine,
	}
	if s.notify.Listens() {
		d.works = append(d.works, work{run: s.run})
	}
	return s
}

// run tells until ctx ends, which is when the daemon begins to stop.
func (s *supervision) run(ctx context.Context) {
	defer func() {
		s.serves(false)
		s.tell(s.notify.Stopping())
		s.tell(s.notify.Alive()) // for the time that stopping takes
	}()
	for !s.alive(ctx) {
		select {
		case <-ctx.Done():
			return
		case <-time.After(startPoll):
		}
	}
	s.serves(true)
	s.tell(s.notify.Ready())
	s.say()
	every := statusEvery
	if half := s.notify.Watchdog / 2; half > 0 {
		every = min(every, half)
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if s.alive(ctx) {
			s.tell(s.notify.Alive())
		} else if ctx.Err() == nil {
			s.log.Error().Str("url", s.livez).Msg("the daemon does not answer itself: a service manager with a watchdog restarts it")
		}
		s.say()
	}
}

// alive reports whether the daemon answers itself.
func (s *supervision) alive(ctx context.Context) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.livez, nil)
	if err != nil {
		return false
	}
	response, err := s.client.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close() // the status says it
	return response.StatusCode == http.StatusOK
}

// say sends the status line if it is another than before.
func (s *supervision) say() {
	s.mu.Lock()
	defer s.mu.Unlock()
	line := s.status()
	if s.refused {
		line += "; the last reload was refused, see the log"
	}
	if line != s.said {
		s.said = line
		s.tell(s.notify.Status(line))
	}
}

// reload tells that the configuration is being read again; read returns whether it
// could be used. One that comes during the start says nothing of readiness.
func (s *supervision) reload(read func() bool) {
	if s.serving() {
		s.tell(s.notify.Reloading())
	}
	used := read()
	s.mu.Lock()
	s.refused = !used
	s.mu.Unlock()
	if s.serving() {
		s.say()
		s.tell(s.notify.Ready())
	}
}

func (s *supervision) serves(yes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ready = yes
}

func (s *supervision) serving() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ready
}

func (s *supervision) tell(fault error) {
	if fault != nil {
		s.log.Warn().Err(fault).Msg("the service manager was not told: is its socket open to this process?")
	}
}

// statusLine says in a line for people how the daemon is, without asking anybody.
func (d *daemon) statusLine() string {
	parts := []string{fmt.Sprintf("providers: %d", len(*d.durable.reading.Load()))}
	if away := d.durable.breaker.Away(); away != nil {
		parts = append(parts, "the database is away")
	}
	if d.durable.spool != nil {
		if waiting := d.durable.spool.Stats().Records; waiting > 0 {
			parts = append(parts, fmt.Sprintf("waiting in the spool: %d", waiting))
		}
	}
	return strings.Join(parts, "; ")
}
