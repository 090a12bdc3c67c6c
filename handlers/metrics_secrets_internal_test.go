package handlers

import (
	"fmt"
	"testing"
	"time"

	"usersync/handlers/desk"
	"usersync/internal/pulse"
)

func TestSecretUses(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	m := NewMetrics("test", pulse.New(time.Now))
	m.Providers([]string{"acme"})
	m.verified("acme", "old", at)
	m.verified("acme", "new", at.Add(time.Minute))
	m.verified("acme", "new", at.Add(2*time.Minute))
	m.verified("acme", "", at.Add(time.Hour)) // nothing proves it
	want := []desk.SecretUse{{Fingerprint: "new", Count: 2, Last: at.Add(2 * time.Minute)}, {Fingerprint: "old", Count: 1, Last: at}}
	if got := m.SecretUses("acme"); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := m.SecretUses("stranger"); got != nil {
		t.Errorf("a stranger's: %v", got)
	}
}

// A provider that signs with a new key every hour does not fill the memory, and its names
// for them are not ours.
func TestSecretsWithoutEnd(t *testing.T) {
	t.Parallel()
	m := NewMetrics("test", pulse.New(time.Now))
	m.Providers([]string{"acme"})
	const keys = 3 * maxSecrets
	for i := range keys {
		m.verified("acme", fmt.Sprintf("kid \xff%d", i), time.Now())
	}
	uses := m.SecretUses("acme")
	if len(uses) != maxSecrets+1 {
		t.Errorf("%d are told apart", len(uses))
	}
	for _, use := range uses {
		if use.Fingerprint == otherSecret && use.Count != keys-maxSecrets {
			t.Errorf("%d are others", use.Count)
		}
	}
	if _, err := m.registry.Gather(); err != nil {
		t.Error(err)
	}
}

// Counting takes no memory once everything was counted before.
func TestCountingAllocatesNothing(t *testing.T) {
	m := NewMetrics("test", pulse.New(time.Now))
	m.Providers([]string{"acme"})
	at := time.Now()
	if n := testing.AllocsPerRun(100, func() { countOne(m, at) }); n > 0 {
		t.Errorf("%v allocations for a delivery", n)
	}
}
