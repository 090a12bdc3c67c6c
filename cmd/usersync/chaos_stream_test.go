package main

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"usersync/providers"
)

// stream makes signed requests of all providers about few users, without end:
// events of the last minute in no order, one in ten a repetition. Each says
// something of a user: an acknowledged ping proves nothing.
type stream struct {
	t      *testing.T
	built  map[string]*providers.Provider
	names  []string            // of those that take turns
	events map[string][]string // of each provider
	prefix string              // of its users' ids
	users  int                 // of each provider

	mu     sync.Mutex
	made   int
	taken  map[string]bool // user and instant: some ids of events are made of the body
	recent []webhook
}

// newStream returns a stream of its own users.
func newStream(t *testing.T, built map[string]*providers.Provider, prefix string, users int) *stream {
	t.Helper()
	s := &stream{t: t, built: built, names: providers.Signable(), events: map[string][]string{}, prefix: prefix, users: users, taken: map[string]bool{}}
	now := time.Now()
	for _, name := range s.names {
		for _, event := range steady(t, built[name]) {
			h, err := signed(built[name], event, providers.Sample{UserID: "u", EventID: "e", Email: "u@example.com", Time: now}, now)
			if err != nil {
				t.Fatal(err)
			}
			if len(h.delivery.Commands) > 0 {
				s.events[name] = append(s.events[name], event)
			}
		}
	}
	return s
}

// next makes a request; false ends a sender.
func (s *stream) next() (webhook, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.recent) == cap(s.recent) && len(s.recent) > 0 && rand.IntN(10) == 0 {
		return s.recent[rand.IntN(len(s.recent))], true
	}
	p := s.built[s.names[s.made%len(s.names)]]
	now := time.Now()
	sample := providers.Sample{
		UserID:  fmt.Sprintf("%s%d", s.prefix, rand.IntN(s.users)),
		EventID: fmt.Sprintf("evt_%s%d", s.prefix, s.made),
		Email:   fmt.Sprintf("u%d@example.com", rand.IntN(1000)),
		Name:    fmt.Sprintf("Name %d", rand.IntN(1000)),
	}
	sample.Time = s.instant(p.Name()+" "+sample.UserID, now)
	s.made++
	events := s.events[p.Name()]
	h, err := signed(p, events[rand.IntN(len(events))], sample, now)
	if err != nil {
		s.t.Error(err)
		return webhook{}, false
	}
	if s.recent == nil {
		s.recent = make([]webhook, 0, 200)
	}
	if len(s.recent) < cap(s.recent) {
		s.recent = append(s.recent, h)
	} else {
		s.recent[s.made%len(s.recent)] = h
	}
	return h, true
}

// instant draws one of the last minute that the user had no event at.
func (s *stream) instant(user string, now time.Time) time.Time {
	for {
		at := now.Add(-rand.N(time.Minute)).Truncate(time.Millisecond)
		key := fmt.Sprint(user, " ", at.UnixMilli())
		if !s.taken[key] {
			s.taken[key] = true
			return at
		}
	}
}

// each returns a source of these requests, once each and in this order.
func each(hooks []webhook) func() (webhook, bool) {
	var mu sync.Mutex
	return func() (webhook, bool) {
		mu.Lock()
		defer mu.Unlock()
		if len(hooks) == 0 {
			return webhook{}, false
		}
		h := hooks[0]
		hooks = hooks[1:]
		return h, true
	}
}

// sameStream gives several senders the same requests, and goes on until its end: a daemon
// that is held up leaves the other one with something to send.
type sameStream struct {
	next  func() (webhook, bool)
	least int // requests in all

	mu    sync.Mutex
	made  int
	parts [][]webhook
	over  bool
}

// samePart is within how many requests each sender has an order of its own.
const samePart = 500

// end lets all senders end once each has sent all that any of them has.
func (s *sameStream) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
}

// part returns the nth part, nil if there is none.
func (s *sameStream) part(n int) []webhook {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n < len(s.parts) {
		return s.parts[n]
	}
	if s.over && s.made >= s.least {
		return nil
	}
	var part []webhook
	for range samePart {
		h, more := s.next()
		if !more {
			break
		}
		part = append(part, h)
	}
	s.made += len(part)
	s.parts = append(s.parts, part)
	return part
}

// shuffled returns a source for one more sender.
func (s *sameStream) shuffled() func() (webhook, bool) {
	var mu sync.Mutex
	var left []webhook
	n := 0
	return func() (webhook, bool) {
		mu.Lock()
		defer mu.Unlock()
		if len(left) == 0 {
			left = shuffled(s.part(n))
			n++
		}
		if len(left) == 0 {
			return webhook{}, false
		}
		h := left[0]
		left = left[1:]
		return h, true
	}
}
