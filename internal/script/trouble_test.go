package script

import (
	"context"
	"errors"
	"testing"
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
