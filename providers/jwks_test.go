package providers

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// published is a server of keys in a bubble. What it answers can be changed.
type published struct {
	p      *Provider
	asked  atomic.Int64
	signed sync.Map                                     // tokens by the name of their key: to sign takes long
	answer func(w http.ResponseWriter, r *http.Request) // set it while nobody asks
}

func publish(t *testing.T, kids ...string) *published {
	t.Helper()
	s := &published{}
	s.serve(kids...)
	network := inMemoryOnly(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked.Add(1)
		s.answer(w, r)
	}))
	s.p = tokenProvider(t, inAnyPublic, "jwt", Settings{JWT: JWTSettings{JWKSURL: "http://keys.example.com/jwks.json?secret=hush"}})
	transport := network.transport()
	transport.DisableKeepAlives = true
	s.p.checks[0].scheme.(jwtScheme).keys.http.Transport = transport
	return s
}

// serve publishes one key under several names.
func (s *published) serve(kids ...string) {
	var set jose.JSONWebKeySet
	for _, kid := range kids {
		set.Keys = append(set.Keys, publicSet(kid, &rsaKey().PublicKey).Keys...)
	}
	s.answer = func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(set) }
}

// away answers as a server does that is broken.
func (s *published) away() {
	s.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }
}

// verify sends a delivery whose token is signed by the key of a name.
func (s *published) verify(t *testing.T, name string) error {
	t.Helper()
	written, known := s.signed.Load(name)
	if !known {
		var header map[string]any
		if name != "" {
			header = kid(name)
		}
		written = signedWith(t, jose.RS256, rsaKey(), header, `{}`)
		s.signed.Store(name, written)
	}
	_, err := s.p.Verify(bodyOf(written.(string)))
	return err
}

// wants checks that a delivery was accepted ("ok"), refused for a reason, or
// not judged ("unknown").
func (s *published) wants(t *testing.T, name, want string) {
	t.Helper()
	err := s.verify(t, name)
	got := "ok"
	if err != nil {
		if got = reasonOf(err); got == "" {
			got = "unknown"
		}
		if strings.Contains(err.Error(), "hush") {
			t.Errorf("the error shows the query: %v", err)
		}
	}
	if got != want {
		t.Errorf("kid %q: %s (%v), want %s", name, got, err, want)
	}
}

func (s *published) askedAtMost(t *testing.T, most int64) {
	t.Helper()
	synctest.Wait()
	if n := s.asked.Load(); n > most {
		t.Errorf("the keys were asked for %d times, want at most %d", n, most)
	}
}

func TestFirstDeliveriesAskForTheKeysOnce(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s := publish(t, "k1")
		answer := s.answer
		s.answer = func(w http.ResponseWriter, r *http.Request) { time.Sleep(time.Second); answer(w, r) }
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() { s.wants(t, "k1", "ok") })
		}
		all.Wait()
		for range 100 {
			s.wants(t, "k1", "ok")
		}
		s.askedAtMost(t, 1)
	})
}

func TestInventedKeysAreNoFloodOfRequests(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s := publish(t, "k1")
		for i := range 100 {
			s.wants(t, fmt.Sprint("invented ", i), ReasonMismatch)
		}
		s.askedAtMost(t, keysBurst)
		began := time.Now()
		for time.Since(began) < 10*time.Minute {
			s.wants(t, "invented", ReasonMismatch)
			s.wants(t, "k1", "ok")
			time.Sleep(time.Second)
		}
		s.askedAtMost(t, keysBurst+10*60/10+1)

		// Nor do they keep a new key out for long.
		s.serve("k1", "k2")
		s.wants(t, "k1", "ok")
		time.Sleep(keysPause)
		s.wants(t, "k2", "ok")
	})
}

func TestKeysRotate(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s := publish(t, "k1")
		s.wants(t, "k1", "ok")
		s.serve("k1", "k2")
		s.wants(t, "k2", "ok") // at once: the first token that names it asks
		s.wants(t, "k1", "ok")
		s.askedAtMost(t, 2)

		// A key that was withdrawn is known until the set is renewed, which the
		// deliveries do not wait for.
		s.serve("k2")
		time.Sleep(keysFresh)
		s.wants(t, "k1", "ok")
		time.Sleep(time.Second)
		before := time.Now()
		s.wants(t, "k1", "ok")
		if waited := time.Since(before); waited != 0 {
			t.Errorf("a delivery waited %s for a set that it did not need", waited)
		}
		synctest.Wait()
		s.wants(t, "k1", ReasonMismatch)
		s.wants(t, "k2", "ok")
	})
}

// A token that names no key is tried with all, and then with newer ones.
func TestTokensWithoutTheNameOfAKey(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s := publish(t, "k1")
		s.answer = func(w http.ResponseWriter, _ *http.Request) {
			_ = json.NewEncoder(w).Encode(otherKeySet(t))
		}
		s.wants(t, "", ReasonMismatch)
		s.serve("k9")
		s.wants(t, "", "ok")
		s.askedAtMost(t, 3)
	})
}

func TestKeysThatCannotBeHad(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s := publish(t, "k1")
		s.away()
		for range 100 {
			s.wants(t, "k1", "unknown") // nobody refuses what may be right
		}
		s.askedAtMost(t, keysBurst)
		s.serve("k1")
		time.Sleep(keysPause)
		s.wants(t, "k1", "ok")

		// What is known stays known, and what is not is not judged.
		s.away()
		for range 23 {
			time.Sleep(time.Hour)
			s.wants(t, "k1", "ok")
			s.wants(t, "k2", "unknown")
		}
		// But not for ever.
		time.Sleep(time.Hour + time.Second)
		s.wants(t, "k1", "unknown")
		s.serve("k1")
		time.Sleep(keysPause)
		s.wants(t, "k1", "ok")
	})
}

// A delivery does not wait longer than its sender would, and what comes later
// is there for the next one.
func TestSlowKeys(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s := publish(t, "k1")
		answer := s.answer
		s.answer = func(w http.ResponseWriter, r *http.Request) { time.Sleep(keysTimeout - time.Second); answer(w, r) }
		before := time.Now()
		s.wants(t, "k1", "unknown")
		if waited := time.Since(before); waited != keysWait {
			t.Errorf("a delivery waited %s", waited)
		}
		time.Sleep(keysTimeout)
		s.wants(t, "k1", "ok")
		s.askedAtMost(t, 1)

		never := publish(t)
		never.answer = func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusOK)
			for r.Context().Err() == nil { // a byte from time to time
				fmt.Fprint(w, " ")
				w.(http.Flusher).Flush()
				time.Sleep(time.Second)
			}
		}
		never.wants(t, "k1", "unknown")
		time.Sleep(keysTimeout)
		synctest.Wait()
		if err := never.verify(t, "k1"); err == nil {
			t.Error("accepted")
		}
		time.Sleep(keysTimeout + time.Second) // until the server has seen that nobody listens
	})
}

func TestAnswersThatAreNoKeys(t *testing.T) {
	good := `{"keys":[` + publicKey(t, "k1") + `]}`
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"huge": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat(" ", maxKeySet), good) }, "larger than 256 KiB"},
		"endless": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		}, "larger than 256 KiB"},
		"many keys": {func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"keys":[`, strings.Repeat(`{"kty":"x"},`, maxKeys), publicKey(t, "k1"), `]}`)
		}, "more than 100 keys"},
		"no JSON":        {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }, "no JWK Set"},
		"a key twice":    {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"keys":[],"keys":[]}`) }, "no JWK Set"},
		"no list":        {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"keys":{}}`) }, "no list of keys"},
		"none":           {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"keys":[]}`) }, "no public key"},
		"not there":      {http.NotFound, "it answered 404"},
		"another host":   {http.RedirectHandler("http://attacker.example.com/jwks.json", http.StatusFound).ServeHTTP, "redirects to another host"},
		"another port":   {http.RedirectHandler("http://keys.example.com:81/jwks.json", http.StatusFound).ServeHTTP, "redirects to another host"},
		"another scheme": {http.RedirectHandler("https://keys.example.com/jwks.json", http.StatusFound).ServeHTTP, "redirects to another host"},
		"a circle":       {http.RedirectHandler("/jwks.json", http.StatusFound).ServeHTTP, "redirects again and again"},
		"the same host": {func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/moved" {
				http.Redirect(w, r, "/moved", http.StatusMovedPermanently)
				return
			}
			fmt.Fprint(w, good)
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				s := publish(t)
				s.answer = test.answer
				err := s.verify(t, "k1")
				var rejection *Rejection
				switch {
				case test.want == "" && err == nil:
				case err == nil || errors.As(err, &rejection) || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "hush"):
					t.Errorf("%v, want an error that says %q", err, test.want)
				case !strings.HasPrefix(err.Error(), "the keys that verify its tokens cannot be had from keys.example.com/jwks.json: "):
					t.Errorf("the error does not say where: %v", err)
				}
			})
		})
	}
}
