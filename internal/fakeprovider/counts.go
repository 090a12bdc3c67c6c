package fakeprovider

import (
	"maps"
	"sync"
)

// Counts is what a server was asked and what it answered.
type Counts struct {
	Requests    map[Route]int
	Statuses    map[int]int
	Faults      map[Fault]int
	Limited     int // 429s of the rate limit
	MaxInFlight int
	Users       int // users in lists and answers that came in order, with repetition
	Distinct    int // users among them
}

// counter gathers Counts.
type counter struct {
	mu       sync.Mutex
	counts   Counts
	inFlight int
	// shown counts by position: 4 MB for a million users, where a map by id
	// would take a hundred.
	shown []uint32
}

func newCounter() *counter {
	return &counter{counts: Counts{Requests: map[Route]int{}, Statuses: map[int]int{}, Faults: map[Fault]int{}}}
}

func (c *counter) begin(route Route) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts.Requests[route]++
	c.inFlight++
	c.counts.MaxInFlight = max(c.counts.MaxInFlight, c.inFlight)
}

func (c *counter) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inFlight--
}

func (c *counter) limited() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts.Limited++
}

func (c *counter) suffered(troubles []Trouble) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, trouble := range troubles {
		c.counts.Faults[trouble.Fault]++
	}
}

func (c *counter) answered(a answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts.Statuses[a.status]++
	c.counts.Users += len(a.shown)
	for _, row := range a.shown {
		if more := row.position + 1 - len(c.shown); more > 0 {
			c.shown = append(c.shown, make([]uint32, more)...)
		}
		if c.shown[row.position] == 0 {
			c.counts.Distinct++
		}
		c.shown[row.position]++
	}
}

// Counts returns what happened so far.
func (s *Server) Counts() Counts {
	s.counter.mu.Lock()
	defer s.counter.mu.Unlock()
	counts := s.counter.counts
	counts.Requests = maps.Clone(counts.Requests)
	counts.Statuses = maps.Clone(counts.Statuses)
	counts.Faults = maps.Clone(counts.Faults)
	return counts
}

// Served is how often a user was shown: whole, in a list or alone.
func (s *Server) Served(id string) int {
	s.users.mu.RLock()
	position, known := s.users.position(id)
	s.users.mu.RUnlock()
	s.counter.mu.Lock()
	defer s.counter.mu.Unlock()
	if !known || position >= len(s.counter.shown) {
		return 0
	}
	return int(s.counter.shown[position])
}
