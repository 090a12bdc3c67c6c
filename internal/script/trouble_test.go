package script

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// What is not the script's doing is no Fault.
func TestTroubleOfOurOwn(t *testing.T) {
	t.Parallel()
	var fault *Fault
	none := NewPool()
	none.start = func() (*process, error) { return nil, errors.New("no room for processes") }
	if _, err := none.Run(t.Context(), "file.js", "", []byte(`{}`), time.Second); err == nil || errors.As(err, &fault) {
		t.Errorf("without a worker: %v", err)
	}
	busy := NewPool()
	busy.start = none.start
	for range maxWorkers {
		busy.turns <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := busy.Run(ctx, "file.js", "", []byte(`{}`), time.Second); !errors.Is(err, context.Canceled) || errors.As(err, &fault) {
		t.Errorf("without a turn: %v", err)
	}
}

func TestInputThatIsTooLarge(t *testing.T) {
	t.Parallel()
	var fault *Fault
	if _, err := NewPool().Run(t.Context(), "file.js", "", make([]byte, maxInput+1), time.Second); !errors.As(err, &fault) || fault.Reason() != ReasonLimit {
		t.Errorf("%v", err)
	}
}

// A message shows the script's own words and the engine's, and no others.
func TestOnlyKnownWords(t *testing.T) {
	t.Parallel()
	k := knownOf("file.js", "const user = body.profile; fail('no plan for ' + user.mail)")
	for message, want := range map[string]string{
		"no plan for jane@example.com":                     "no plan for …",
		"Cannot read property 'profile' of undefined":      "Cannot read property 'profile' of undefined",
		"Cannot read property 'secret_value' of undefined": "Cannot read property '…' of undefined",
		"user.mail is odd":                                 "user.mail is …",
		"user.mail.4111-1111":                              "…",
		"a\nb":                                             "a …",
		"\"4111 1111\" (jane) [x:y]":                       "\"… …\" (…) […:…]",
		"":                                                 "",
	} {
		if got := k.only(message); got != want {
			t.Errorf("%q: %q, want %q", message, got, want)
		}
	}
}

// What waits is bounded: who comes beyond that does not wait at all.
func TestTooManyWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := NewPool()
		for range maxWorkers {
			p.turns <- struct{}{}
		}
		const size = 2 << 20
		began := time.Now()
		waited := make(chan time.Duration, 1+mostWaiting/size)
		for range cap(waited) {
			go func() {
				var fault *Fault
				if _, err := p.Run(t.Context(), "file.js", "", make([]byte, size), time.Second); err == nil || errors.As(err, &fault) {
					t.Errorf("%v", err)
				}
				waited <- time.Since(began)
			}()
		}
		if first := <-waited; first != 0 {
			t.Errorf("the one too many waited %v", first)
		}
		for range cap(waited) - 1 {
			if other := <-waited; other != leastWait {
				t.Errorf("another one waited %v", other)
			}
		}
		if p.waits != 0 {
			t.Errorf("%d bytes are counted in the end", p.waits)
		}
	})
}

// Workers that ended while nobody looked, all of them, are no trouble.
func TestAllWorkersHaveGone(t *testing.T) {
	t.Parallel()
	p := NewPool()
	t.Cleanup(p.Close)
	for range maxWorkers {
		worker, err := start()
		if err != nil {
			t.Fatal(err)
		}
		worker.kill()
		p.idle = append(p.idle, worker)
	}
	if out, err := p.Run(t.Context(), "file.js", "result = 1", []byte(`{}`), time.Minute); err != nil {
		t.Errorf("%s, %v", out, err)
	}
}
