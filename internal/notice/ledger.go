package notice

import (
	"time"

	"usersync/internal/alarm"
)

// Ledger knows what one address was to be told. The zero Ledger knows of nothing.
type Ledger struct{ told map[about]entry }

// about is which alarm it is.
type about struct {
	kind     alarm.Kind
	provider string
}

type entry struct {
	alarm      alarm.Alarm
	repetition int64
}

// Due returns what there is to tell of the alarms that stand now: those that are new,
// have become critical or have stood for another repeat (0: they are told once), and those
// that are over.
func (l *Ledger) Due(standing []alarm.Alarm, at time.Time, repeat time.Duration) (due []Notice) {
	stand := make(map[about]entry, len(standing))
	for _, a := range standing {
		key := about{a.Kind, a.Provider}
		now := entry{a, repetition(a, at, repeat)}
		before, told := l.told[key]
		switch {
		case !told, before.alarm.Severity != a.Severity, now.repetition > before.repetition:
			due = append(due, Notice{Raised, a, now.repetition, at})
		default:
			now.repetition = before.repetition
		}
		stand[key] = now
	}
	for _, key := range sortedKeys(l.told) {
		if _, stands := stand[key]; !stands {
			due = append(due, Notice{Cleared, l.told[key].alarm, 0, at})
		}
	}
	l.told = stand
	return due
}

// repetition counts from the beginning of the alarm, so that replicas, and a process that
// has just started, count the same.
func repetition(a alarm.Alarm, at time.Time, repeat time.Duration) int64 {
	if repeat <= 0 {
		return 0
	}
	return max(int64(at.Sub(a.Since)/repeat), 0)
}
