package alarm

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Judge says which alarms stand now, the worst first. Those that stood before keep
// their Since; they end later than they would begin, and while what they are about is
// not known they stay as they are. An alarm that has become critical stays so.
func Judge(rules Rules, seen Observed, before []Alarm) []Alarm {
	j := judgement{rules: rules, seen: seen, before: map[key]Alarm{}}
	for _, a := range before {
		j.before[key{a.Kind, a.Provider}] = a
	}
	for _, name := range slices.Sorted(maps.Keys(rules.MaxSilence)) {
		j.silence(name)
		j.signatures(name)
		j.refusals(name)
		j.letters(name)
		j.runs(name)
	}
	j.lettersOfOthers()
	j.spool()
	slices.SortStableFunc(j.now, func(a, b Alarm) int {
		return cmp.Or(cmp.Compare(a.Severity.rank(), b.Severity.rank()), cmp.Compare(a.Kind.rank(), b.Kind.rank()), cmp.Compare(a.Provider, b.Provider))
	})
	return j.now
}

// key is what an alarm is about. There is at most one of each.
type key struct {
	kind     Kind
	provider string
}

// judgement is one call of Judge.
type judgement struct {
	rules  Rules
	seen   Observed
	before map[key]Alarm
	now    []Alarm
}

// verdict is what the present alone says of an alarm. One that is neither raised nor
// over stays if it stood; one that is off never stands.
type verdict struct {
	raised, over, off bool
	alarm             Alarm
}

// settle adds the alarm if it stands.
func (j *judgement) settle(v verdict) {
	stood, was := j.before[key{v.alarm.Kind, v.alarm.Provider}]
	age := j.seen.At.Sub(stood.Since) // negative by another's clock
	young := age >= 0 && age < 2*stood.Kind.Grain()
	switch {
	case v.off:
	case v.raised && !was:
		j.now = append(j.now, v.alarm)
	case v.raised:
		v.alarm.Since = stood.Since
		if stood.Severity == Critical {
			v.alarm.Severity = Critical
		}
		j.now = append(j.now, v.alarm)
	case was && (!v.over || young):
		j.now = append(j.now, stood)
	}
}

func severity(critical bool) Severity {
	if critical {
		return Critical
	}
	return Warning
}

// later is the later of two times.
func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
