package main

import (
	"errors"
	"fmt"
	"math"

	"usersync/bench/scenario"
)

// How much of what was sent may be stale, because it was overtaken on its way, and how
// much fewer users may have changed than chance says.
const (
	staleShare = 0.05
	fewerUsers = 0.9
)

// honest says why a measurement is not to be believed: not everything was answered 200, or
// the database has not what the answers say. What writes nothing is fast.
func honest(s scenario.Scenario, users int, report loadReport, found *stored) error {
	var faults []error
	if broken := report.AllBroken; broken > 0 {
		faults = append(faults, fmt.Errorf("%d requests had no answer", broken))
	}
	for status, n := range report.AllAnswers {
		if status != 200 {
			faults = append(faults, fmt.Errorf("%d answers were %d", n, status))
		}
	}
	if report.Answers[200] == 0 {
		faults = append(faults, errors.New("nothing was answered 200"))
	}
	if found == nil {
		return errors.Join(faults...)
	}
	if want := report.AllDistinct - found.Letters; found.Events != want {
		faults = append(faults, fmt.Errorf("the database has %d events of %d", found.Events, want))
	}
	// One that a later event overtook changes nothing, so nothing refuses it.
	if overtaken := report.AllPoisoned - found.Letters; overtaken < 0 || overtaken > int(math.Ceil(staleShare*float64(report.AllPoisoned))) {
		faults = append(faults, fmt.Errorf("%d events were set aside, %d were poisoned", found.Letters, report.AllPoisoned))
	}
	if s.Hot > 0 {
		return errors.Join(faults...) // many of them overtake each other
	}
	if limit := staleShare * float64(report.AllDistinct); float64(found.Stale) > limit {
		faults = append(faults, fmt.Errorf("%d events of %d were stale", found.Stale, report.AllDistinct))
	}
	if least := fewerUsers * touched(users, report.AllDistinct); float64(found.Users) < least {
		faults = append(faults, fmt.Errorf("%d users have changed, at least %.0f should have", found.Users, least))
	}
	return errors.Join(faults...)
}

// touched is how many different users so many events are about, if each is about any of
// them.
func touched(users, events int) float64 {
	n := float64(users)
	return n * (1 - math.Pow(1-1/n, float64(events)))
}
