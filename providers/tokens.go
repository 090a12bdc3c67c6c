package providers

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"

	"usersync/internal/secret"
)

// tokenMargin is how long before its end a token is renewed: a request that
// leaves with it has to arrive, and clocks differ.
const tokenMargin = time.Minute

// token is a credential that ends.
type token struct {
	value secret.Text
	ends  time.Time // when another is had; zero if only the provider knows
}

// tokens keeps one token for all who need it. One of them asks for it, the
// others wait; whoever finds none after that asks too, within its own patience.
type tokens struct {
	turn chan struct{} // holds one while somebody looks or asks
	token
}

// get returns the token that is kept, unless it is the stale one or at its end.
func (t *tokens) get(ctx context.Context, clock func() time.Time, stale secret.Text, ask func() (token, error)) (secret.Text, error) {
	select {
	case t.turn <- struct{}{}:
	case <-ctx.Done():
		return secret.Text{}, &transientError{err: context.Cause(ctx), unsent: true}
	}
	defer func() { <-t.turn }()
	kept := t.value.Reveal()
	if kept != "" && kept != stale.Reveal() && (t.ends.IsZero() || clock().Before(t.ends)) {
		return t.value, nil
	}
	found, err := ask()
	if err != nil {
		return secret.Text{}, err
	}
	t.token = found
	return found.value, nil
}

// tokenStore has the tokens of one provider: its lists, fetches and writes
// share them, because some providers count the tokens that are had.
type tokenStore struct {
	mu    sync.Mutex
	known map[[sha256.Size]byte]*tokens // by what asks for them
}

// of returns where the token of a request is kept.
func (s *tokenStore) of(r *tokenRequest) *tokens {
	name := sha256.Sum256([]byte(r.url.String() + "\n" + r.basic.Reveal() + "\n" + r.form.Reveal()))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known = map[[sha256.Size]byte]*tokens{}
	}
	if s.known[name] == nil {
		s.known[name] = &tokens{turn: make(chan struct{}, 1)}
	}
	return s.known[name]
}
