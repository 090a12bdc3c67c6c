package providers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/time/rate"
)

// The times of a JWKS.
const (
	// keysFresh is how long a set is used without asking again.
	keysFresh = 10 * time.Minute
	// keysLast is how long a set is used while no newer one can be had. A key
	// that was withdrawn must not live on for as long as somebody keeps us from
	// hearing of it.
	keysLast = 24 * time.Hour
	// keysPause lies between two requests once a few were made at once: whoever
	// sends tokens with invented kids shall not make us flood the provider.
	keysPause = 10 * time.Second
	keysBurst = 3
	// keysWait is how long a delivery waits for a set, and keysTimeout how long
	// the request may take that goes on meanwhile for the deliveries to come.
	keysWait    = 1200 * time.Millisecond
	keysTimeout = 5 * time.Second
)

// jwks are the public keys that a provider publishes, kept and renewed while
// deliveries ask for them. One request is under way at a time, whoever asks.
type jwks struct {
	http    *http.Client
	address *url.URL
	limiter *rate.Limiter

	sync.Mutex           // of what follows
	set        *keySet   // nil before the first
	asked      time.Time // when the request for it was made
	flight     *flight   // the request that is under way, or nil
	failed     error     // of the last request
}

// flight is one request. Its err may be read once done is closed.
type flight struct {
	done chan struct{}
	err  error
}

func newJWKS(address *url.URL) *jwks {
	return &jwks{
		http: newJWKSClient(), address: address,
		limiter: rate.NewLimiter(rate.Every(keysPause), keysBurst),
	}
}

// find returns a set with keys for a token, another one than was seen. It is
// nil if there is none, as far as one could know a moment ago; the error says
// why nobody can tell.
func (j *jwks) find(kid string, algorithm jose.SignatureAlgorithm, seen *keySet) (*keySet, error) {
	has := func(set *keySet) bool { return set != nil && set != seen && len(set.suitable(kid, algorithm)) > 0 }
	set, f, err := j.look(has)
	if f == nil {
		return set, err
	}
	if err := f.wait(); err != nil {
		return nil, j.unavailable(err)
	}
	j.Lock()
	defer j.Unlock()
	if set = j.usable(); has(set) {
		return set, nil
	}
	return nil, nil
}

// look returns the set if it has the keys, else a request to wait for, else
// what is known without one.
func (j *jwks) look(has func(*keySet) bool) (*keySet, *flight, error) {
	j.Lock()
	defer j.Unlock()
	set := j.usable()
	if has(set) {
		if time.Since(j.asked) > keysFresh {
			j.begin() // for those who come later
		}
		return set, nil, nil
	}
	f := j.begin()
	if f == nil && (set == nil || j.failed != nil) {
		return nil, nil, j.unavailable(j.failed)
	}
	return nil, f, nil
}

// usable returns the set while it may be used.
func (j *jwks) usable() *keySet {
	if time.Since(j.asked) > keysLast {
		return nil
	}
	return j.set
}

// begin returns the request that is under way, or begins one; nil if it is too
// early for another.
func (j *jwks) begin() *flight {
	if j.flight == nil && j.limiter.Allow() {
		j.flight = &flight{done: make(chan struct{})}
		go j.fly(j.flight)
	}
	return j.flight
}

// fly makes the request, and keeps what it brings.
func (j *jwks) fly(f *flight) {
	asked := time.Now()
	set, err := j.get(context.Background()) // for whoever waits, and those who come later
	j.Lock()
	defer j.Unlock()
	if err == nil {
		j.set, j.asked = set, asked
	}
	f.err, j.failed, j.flight = err, err, nil
	close(f.done)
}

// wait waits for the end of a request, but not as long as a sender would.
func (f *flight) wait() error {
	timer := time.NewTimer(keysWait)
	defer timer.Stop()
	select {
	case <-f.done:
		return f.err
	case <-timer.C:
		return fmt.Errorf("no answer within %s", keysWait)
	}
}

// CheckKeys asks for the public keys that verify the provider's tokens, and says
// where they are: nothing if it has none. It changes nothing for deliveries.
func (p *Provider) CheckKeys(ctx context.Context) (places []string, err error) {
	for _, c := range p.checks {
		j, token := c.scheme.(jwtScheme)
		if !token || j.keys == nil || slices.Contains(places, j.keys.place()) {
			continue
		}
		if _, err := j.keys.get(ctx); err != nil {
			return places, j.keys.unavailable(err)
		}
		places = append(places, j.keys.place())
	}
	return places, nil
}

// unavailable says that a token cannot be judged. The address is shown without
// its query, which may hold anything.
func (j *jwks) unavailable(err error) error {
	if err == nil {
		err = errors.New("it was asked a moment ago")
	}
	return fmt.Errorf("the keys that verify its tokens cannot be had from %s: %w", j.place(), err)
}

func (j *jwks) place() string { return j.address.Host + j.address.EscapedPath() }
