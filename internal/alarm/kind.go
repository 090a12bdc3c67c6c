package alarm

import (
	"slices"
	"time"
)

// Kinds are all kinds, the worst first.
func Kinds() []Kind {
	return []Kind{DeliveriesRefused, SignatureFailures, ProviderSilent, SpoolInUse, DeadLetters, DeletesHeld, DriftHeld}
}

func (k Kind) rank() int { return slices.Index(Kinds(), k) }

func (s Severity) rank() int { return slices.Index([]Severity{Critical, Warning}, s) }

// Own reports whether an alarm of this kind is about one replica, whatever others see.
func (k Kind) Own() bool { return k == SpoolInUse }

// Shared reports whether all replicas judge an alarm of this kind by what the database
// tells them, so that it ends for all when it ends for one.
func (k Kind) Shared() bool {
	switch k {
	case ProviderSilent, DeadLetters, DriftHeld, DeletesHeld:
		return true
	default:
		return false
	}
}

// Grain is how far the Since of one trouble may differ among replicas: not at all where
// the database tells it, else about as long as they take to see the same. An alarm
// stands for at least twice as long, so that the next one has another grain.
func (k Kind) Grain() time.Duration {
	switch k {
	case SignatureFailures, DeliveriesRefused:
		return Window / 2
	case DeadLetters:
		return 30 * time.Second // two censuses
	default:
		return 0
	}
}
