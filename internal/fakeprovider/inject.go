package fakeprovider

import (
	"net/http"
	"slices"
	"sync"
)

// Injected is trouble that a server is in.
type Injected struct {
	server  *Server
	trouble Trouble

	mu             sync.Mutex
	seen, suffered int
}

// Inject makes the server go wrong from now on.
func (s *Server) Inject(trouble Trouble) *Injected {
	injected := &Injected{server: s, trouble: trouble}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.troubles = append(s.troubles, injected)
	return injected
}

// Remove ends the trouble; its count stays.
func (i *Injected) Remove() {
	i.server.mu.Lock()
	defer i.server.mu.Unlock()
	// A new slice: requests under way look through the old one.
	i.server.troubles = slices.DeleteFunc(slices.Clone(i.server.troubles), func(other *Injected) bool { return other == i })
}

// Count is how many requests were struck.
func (i *Injected) Count() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.suffered
}

// strikes decides about one request.
func (i *Injected) strikes(route Route, r *http.Request) bool {
	t := i.trouble
	switch {
	case t.Route != "" && t.Route != route,
		t.Match != nil && !t.Match(r),
		t.Fault == Expired && !r.URL.Query().Has("cursor"):
		return false
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if t.Times > 0 && i.suffered == t.Times {
		return false
	}
	i.seen++
	if n := i.seen - t.Skip; n <= 0 || n%max(t.Every, 1) != 0 {
		return false
	}
	i.suffered++
	return true
}

// struck returns the troubles of one request.
func (s *Server) struck(route Route, r *http.Request) []Trouble {
	s.mu.Lock()
	troubles := s.troubles[:len(s.troubles):len(s.troubles)]
	s.mu.Unlock()
	var found []Trouble
	for _, injected := range troubles {
		if injected.strikes(route, r) {
			found = append(found, injected.trouble)
		}
	}
	return found
}
