package scenario

import (
	"math"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"usersync/bench/result"
)

func TestChooseBringsWhatARatioRefersTo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		only string
		want []string
	}{
		{`^hot-user/`, []string{"ingest-64/usersync", "hot-user/usersync"}},
		{`^ingest-64/echo`, []string{"ingest-64/echo-gorm"}},
		{`nothing`, nil},
	} {
		var got []string
		for _, chosen := range Choose(All(), regexp.MustCompile(c.only).MatchString) {
			got = append(got, chosen.Key())
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", c.only, got, c.want)
		}
	}
}

// Each goal can be read from what is measured: a name that is misspelt would make it
// vanish from the table.
func TestEveryGoalIsMeasured(t *testing.T) {
	t.Parallel()
	round := Round{}
	for _, s := range slices.Concat(All(), Growth()) {
		for _, c := range s.Contestants {
			round[Key(s.Name, c)] = result.Figures{EventsPerSecond: 1, P50: 1, P99: 1, ServerCPU: 1, PostgresCPU: 1, WAL: 1, RSS: 1, StartMS: 1, Binary: 1}
		}
	}
	judged := Judge([]Round{round})
	if len(judged) != len(goals()) {
		t.Errorf("%d goals of %d", len(judged), len(goals()))
	}
	for _, g := range judged {
		if math.IsNaN(g.Median) || math.IsInf(g.Median, 0) || g.Median <= 0 {
			t.Errorf("%+v", g)
		}
	}
	if judged := Judge([]Round{{}}); judged != nil {
		t.Errorf("of nothing: %v", judged)
	}
}

// A ratio is taken within a round: that of the medians would be another.
func TestRatioIsTakenWithinARound(t *testing.T) {
	t.Parallel()
	rates := func(a, b float64) Round {
		return Round{"s/a": {EventsPerSecond: a}, "s/b": {EventsPerSecond: b}}
	}
	g := ratio("a against b", rate, "s/a", "s/b", 3, false)
	got := judge([]goal{g}, []Round{rates(100, 10), rates(20, 10), rates(90, 30), {"s/a": {EventsPerSecond: 1}}})
	want := []result.Goal{{Name: "a against b", Unit: "×", Bound: 3, Median: 3, Min: 2, Max: 10, Rounds: 3}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}
