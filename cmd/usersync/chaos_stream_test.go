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
