package main

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	usersync "usersync/sync"
)

// acknowledged is a delivery that was answered 200.
type acknowledged struct {
	webhook
	outcome string
}

// sender posts what it is given, never a second time because of the answer, and
// remembers everything.
type sender struct {
	t        *testing.T
	client   *http.Client
	next     func() (webhook, bool)
	url      func() string // of the daemon
	cuttable bool
	pause    time.Duration // between the requests of one connection
	ending   chan struct{}
	once     sync.Once
	wait     sync.WaitGroup

	mu       sync.Mutex
	sent     map[usersync.ClaimKey]usersync.Command
	acked    []acknowledged
	outcomes map[string]int
	refused  int             // answered 503
	hasty    int             // of these, sooner than the spool's patience has an end
	whose    map[string]bool // whose requests were answered 503
	cut      int             // not answered
	flying   int
	longest  time.Duration // of an answer
}

// load starts a sender of so many connections at the daemon that runs.
func (c *chaos) load(connections int, next func() (webhook, bool)) *sender {
	return c.loadAt(func() string { return *c.url.Load() }, connections, next)
}

// loadAt is load with a daemon of the test's choice.
func (c *chaos) loadAt(daemon func() string, connections int, next func() (webhook, bool)) *sender {
	s := &sender{
		t: c.t, next: next, url: daemon, cuttable: c.cuttable, pause: max(c.pause, 5*time.Millisecond),
		ending:   make(chan struct{}),
		whose:    map[string]bool{},
		sent:     map[usersync.ClaimKey]usersync.Command{},
		outcomes: map[string]int{},
		client:   &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}, Timeout: 30 * time.Second},
	}
	c.t.Cleanup(s.end)
	for range connections {
		s.wait.Go(s.run)
	}
	return s
}

// end stops the sender and waits for its last answers.
func (s *sender) end() {
	s.once.Do(func() { close(s.ending) })
	s.finish()
}

// finish waits until everything is sent.
func (s *sender) finish() {
	s.wait.Wait()
	s.client.CloseIdleConnections()
}

func (s *sender) run() {
	for {
		select {
		case <-s.ending:
			return
		case <-time.After(s.pause):
		}
		h, more := s.next()
		if !more {
			return
		}
		if !s.post(h) {
			time.Sleep(10 * s.pause) // there is no daemon at the moment
		}
	}
}

// post sends one request and notes what became of it, and reports whether there was
// an answer.
func (s *sender) post(h webhook) (answered bool) {
	s.mu.Lock()
	for _, c := range h.delivery.Commands {
		s.sent[claimOf(&c)] = c
	}
	s.flying++
	s.mu.Unlock()
	began := time.Now()
	status, answer, err := s.ask(h)
	took := time.Since(began)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flying--
	if err != nil {
		s.cut++
		if !s.cuttable {
			s.t.Error(err)
		}
		return false
	}
	s.longest = max(s.longest, took)
	outcome, understood := strings.CutPrefix(answer, `{"received":true,"outcome":"`)
	switch {
	case status == http.StatusOK && understood:
		outcome = strings.TrimSuffix(outcome, `"}`)
		s.outcomes[outcome]++
		s.acked = append(s.acked, acknowledged{h, outcome})
	case status == http.StatusServiceUnavailable:
		s.refused++
		s.whose[h.provider] = true
		if took < spoolPatience {
			s.hasty++
		}
	default:
		s.t.Errorf("%s: %d %s", h.provider, status, answer)
	}
	return true
}

// ask sends it and reads the answer. A 503 has to say when to try again.
func (s *sender) ask(h webhook) (status int, answer string, err error) {
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url()+"/webhooks/"+h.provider, bytes.NewReader(h.body))
	if err != nil {
		return 0, "", err
	}
	request.Header = h.header.Clone()
	response, err := s.client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if response.StatusCode == http.StatusServiceUnavailable && response.Header.Get("Retry-After") == "" {
		s.t.Errorf("%s: a 503 without Retry-After", h.provider)
	}
	return response.StatusCode, strings.TrimSpace(string(text)), err
}

// claimOf is by what the command's event is known.
func claimOf(c *usersync.Command) usersync.ClaimKey {
	key := usersync.ClaimKey{OccurredAt: c.OccurredAt, EventID: c.EventID, UserKey: c.UserKey}
	if c.Unstable {
		key.OccurredAt = 0
	}
	return key
}

// counts returns how many requests were acknowledged, refused, not answered, and
// are under way.
func (s *sender) counts() (acked, refused, cut, flying int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.acked), s.refused, s.cut, s.flying
}

// count returns how many had that outcome so far.
func (s *sender) count(outcome string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.outcomes[outcome]
}

// refusedFor returns the providers of which a request was answered 503.
func (s *sender) refusedFor() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.whose))
}

// awaitAcks waits until so many more are acknowledged.
func (s *sender) awaitAcks(more int) {
	s.t.Helper()
	s.awaitMore(more, "acknowledgements", func() int { return len(s.acked) })
}

// awaitLive waits until so many more are acknowledged by the database.
func (s *sender) awaitLive(more int) {
	s.t.Helper()
	s.awaitMore(more, "acknowledgements by the database", func() int { return len(s.acked) - s.outcomes["spooled"] })
}

// awaitSpooled waits until so many more are kept elsewhere than in the database.
func (s *sender) awaitSpooled(more int) {
	s.t.Helper()
	s.awaitMore(more, "spooled events", func() int { return s.outcomes["spooled"] })
}

// awaitRefused waits until so many more are answered 503.
func (s *sender) awaitRefused(more int) {
	s.t.Helper()
	s.awaitMore(more, "refusals", func() int { return s.refused })
}

func (s *sender) awaitMore(more int, what string, count func() int) {
	s.t.Helper()
	locked := func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return count()
	}
	before := locked()
	await(s.t, what, func() bool { return locked() >= before+more })
}
