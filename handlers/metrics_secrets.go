package handlers

import (
	"cmp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"usersync/handlers/desk"
)

// maxSecrets is how many secrets of a provider are told apart. A provider that signs with
// keys of its own may have a new one every day.
const maxSecrets = 64

// otherSecret stands for all secrets that came after maxSecrets.
const otherSecret = "other"

// secrets count which secrets of a provider prove deliveries.
type secrets struct {
	vector *prometheus.CounterVec
	made   grown[*secretUse]
}

// secretUse is one of them.
type secretUse struct {
	counter prometheus.Counter
	count   atomic.Int64
	last    atomic.Int64 // µs
}

func (s *secrets) used(fingerprint string, at time.Time) {
	if fingerprint == "" {
		return
	}
	use, known := s.made.look()[fingerprint]
	if !known {
		if len(s.made.look()) >= maxSecrets {
			fingerprint = otherSecret
		}
		use = s.made.get(fingerprint, func() *secretUse {
			// A registry panics at what is no UTF-8, and a key's name is its owner's.
			return &secretUse{counter: s.vector.WithLabelValues(strings.ToValidUTF8(fingerprint, "�"))}
		})
	}
	use.counter.Inc()
	use.count.Add(1)
	use.last.Store(at.UnixMicro())
}

// SecretUses tells which secrets proved deliveries of a provider since the start, the one
// that was used last first.
func (m *Metrics) SecretUses(provider string) []desk.SecretUse {
	c, known := m.known.look()[provider]
	if !known {
		return nil
	}
	var uses []desk.SecretUse
	for fingerprint, use := range c.secrets.made.look() {
		uses = append(uses, desk.SecretUse{Fingerprint: fingerprint, Count: use.count.Load(), Last: time.UnixMicro(use.last.Load()).UTC()})
	}
	slices.SortFunc(uses, func(a, b desk.SecretUse) int {
		return cmp.Or(b.Last.Compare(a.Last), cmp.Compare(a.Fingerprint, b.Fingerprint))
	})
	return uses
}
