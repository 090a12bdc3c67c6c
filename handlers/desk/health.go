package desk

import (
	"time"

	"usersync/internal/alarm"
)

// HealthOf says how a provider is, by the alarms that stand and when a delivery was last
// verified.
func HealthOf(provider string, alarms []alarm.Alarm, verified time.Time) Health {
	health := Healthy
	if verified.IsZero() {
		health = Waiting
	}
	for _, a := range alarms {
		if a.Provider != provider {
			continue
		}
		if found := healthIn(a.Kind); found.worse(health) {
			health = found
		}
	}
	return health
}

// healthIn is how a provider is while an alarm of this kind stands.
func healthIn(kind alarm.Kind) Health {
	switch kind {
	case alarm.SignatureFailures, alarm.DeliveriesRefused:
		return Failing
	case alarm.ProviderSilent:
		return Silent
	default:
		return Warned
	}
}

// worse goes by the order of the words.
func (h Health) worse(than Health) bool {
	for _, word := range []Health{Failing, Silent, Warned, Waiting} {
		if h == word || than == word {
			return h == word && than != word
		}
	}
	return false
}
