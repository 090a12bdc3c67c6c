package main

import (
	"strings"
	"testing"

	"usersync/bench/scenario"
)

func TestHonest(t *testing.T) {
	t.Parallel()
	fine := func() (loadReport, stored) {
		return loadReport{Answers: map[int]int{200: 900}, AllAnswers: map[int]int{200: 1000}, AllDistinct: 990, AllPoisoned: 2},
			stored{Events: 988, Stale: 3, Users: 660, Letters: 2}
	}
	for name, c := range map[string]struct {
		change   func(*loadReport, *stored)
		scenario scenario.Scenario
		want     string // "" if it is to be believed
	}{
		"fine":                {change: func(*loadReport, *stored) {}},
		"broken":              {change: func(r *loadReport, _ *stored) { r.AllBroken = 1 }, want: "no answer"},
		"refused":             {change: func(r *loadReport, _ *stored) { r.AllAnswers[503] = 4 }, want: "4 answers were 503"},
		"refused in warm-up":  {change: func(r *loadReport, _ *stored) { r.AllAnswers[401] = 1 }, want: "1 answers were 401"},
		"nothing":             {change: func(r *loadReport, _ *stored) { r.Answers = nil }, want: "nothing was answered"},
		"lost":                {change: func(_ *loadReport, s *stored) { s.Events-- }, want: "987 events of 988"},
		"innocent set aside":  {change: func(_ *loadReport, s *stored) { s.Letters++; s.Events-- }, want: "3 events were set aside"},
		"poison overtaken":    {change: func(_ *loadReport, s *stored) { s.Letters--; s.Events++ }},
		"poison written":      {change: func(_ *loadReport, s *stored) { s.Letters = 0; s.Events = 990 }, want: "0 events were set aside"},
		"poison lost":         {change: func(_ *loadReport, s *stored) { s.Letters-- }, want: "988 events of 989"},
		"stale":               {change: func(_ *loadReport, s *stored) { s.Stale = 600 }, want: "600 events of 990 were stale"},
		"stale, of a hot one": {change: func(_ *loadReport, s *stored) { s.Stale = 600; s.Users = 300 }, scenario: scenario.Scenario{Hot: 0.5}},
		"nothing written":     {change: func(_ *loadReport, s *stored) { s.Users = 10 }, want: "10 users have changed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report, found := fine()
			c.change(&report, &found)
			err := honest(c.scenario, 1000, report, &found)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
	report, _ := fine()
	if err := honest(scenario.Scenario{}, 1000, report, nil); err != nil {
		t.Errorf("without a database: %v", err)
	}
}
