package desk_test

import (
	"testing"
	"time"

	"usersync/handlers/desk"
	"usersync/internal/alarm"
)

func TestHealth(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	of := func(provider string, kinds ...alarm.Kind) (alarms []alarm.Alarm) {
		for _, kind := range kinds {
			alarms = append(alarms, alarm.Alarm{Kind: kind, Provider: provider})
		}
		return alarms
	}
	for name, test := range map[string]struct {
		alarms   []alarm.Alarm
		verified time.Time
		want     desk.Health
	}{
		"nothing came":           {nil, time.Time{}, desk.Waiting},
		"well":                   {nil, at, desk.Healthy},
		"another's alarm":        {append(of("q", alarm.ProviderSilent), of("", alarm.SpoolInUse)...), at, desk.Healthy},
		"warned":                 {of("p", alarm.DeadLetters), at, desk.Warned},
		"silent":                 {of("p", alarm.DeadLetters, alarm.ProviderSilent), at, desk.Silent},
		"silent from the start":  {of("p", alarm.ProviderSilent), time.Time{}, desk.Silent},
		"the worst counts":       {of("p", alarm.ProviderSilent, alarm.SignatureFailures, alarm.DeletesHeld), at, desk.Failing},
		"refused":                {of("p", alarm.DeliveriesRefused), at, desk.Failing},
		"warned before it began": {of("p", alarm.DriftHeld), time.Time{}, desk.Warned},
	} {
		if got := desk.HealthOf("p", test.alarms, test.verified); got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
}
