package alarm

import (
	"fmt"
	"time"
)

// startGrace is how long nobody is called silent after a start, if max_silence is not
// shorter still: what was to come while nobody listened comes again first.
const startGrace = 5 * time.Minute

// silence judges up to when it is known what all replicas verified: while the database
// is away nothing is known of the others.
func (j *judgement) silence(name string) {
	most, heard, shared := j.rules.MaxSilence[name], j.seen.Providers[name], j.seen.Shared
	v := verdict{off: most == 0, alarm: Alarm{Kind: ProviderSilent, Provider: name}}
	if !shared.IsZero() && !heard.Since.IsZero() {
		last := later(heard.Verified, heard.Since)
		silent := shared.Sub(last)
		v.over = silent <= most
		v.raised = silent > most+j.rules.Late && shared.Sub(j.seen.Started) > min(most, startGrace) ||
			silent > most && j.stands(ProviderSilent, name)
		v.alarm.Since = last.Add(most)
		v.alarm.Severity = severity(silent > 2*most)
		v.alarm.Text = fmt.Sprintf("nothing was verified for %s, and %s is the most that max_silence allows", span(silent), span(most))
		if heard.Verified.IsZero() {
			v.alarm.Text = fmt.Sprintf("nothing was ever verified, for %s now, and %s is the most that max_silence allows", span(silent), span(most))
		}
		v.alarm.Remedy = fmt.Sprintf("look at the webhook in the settings of the provider: is it enabled, does it point here, does its log of deliveries show failures? `usersync check` tries the way in; where the provider can be asked for its users, `usersync reconcile %s` shows what was missed", name)
	}
	j.settle(v)
}

func (j *judgement) stands(kind Kind, provider string) bool {
	_, was := j.before[key{kind, provider}]
	return was
}

// unknownAfter is how long not to know is nothing to speak of.
const unknownAfter = 5 * time.Minute

// Unknown says what cannot be judged, and why: "" if all can.
func Unknown(rules Rules, seen Observed) string {
	watched := false
	for _, most := range rules.MaxSilence {
		watched = watched || most > 0
	}
	since := later(seen.Shared, seen.Started)
	if !watched || seen.At.Sub(since) < unknownAfter {
		return ""
	}
	return fmt.Sprintf("whether providers are silent is not known: for %s the database has not told what other replicas verified", span(seen.At.Sub(since)))
}

// span is a duration for people, in its largest unit.
func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	default:
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	}
}
