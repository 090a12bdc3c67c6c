package scenario

import (
	"slices"
	"testing"
)

func TestEachBeginsInItsTurn(t *testing.T) {
	t.Parallel()
	var chosen []Chosen
	for _, c := range []struct{ scenario, who string }{{"one", "a"}, {"one", "b"}, {"one", "c"}, {"two", "a"}, {"three", "b"}, {"three", "a"}} {
		chosen = append(chosen, Chosen{Scenario{Name: c.scenario}, c.who})
	}
	for round, want := range [][]string{
		{"one/a", "one/b", "one/c", "two/a", "three/b", "three/a"},
		{"one/b", "one/c", "one/a", "two/a", "three/a", "three/b"},
		{"one/c", "one/a", "one/b", "two/a", "three/b", "three/a"},
	} {
		var got []string
		for _, c := range Turn(chosen, round) {
			got = append(got, c.Key())
		}
		if !slices.Equal(got, want) {
			t.Errorf("round %d: %q, want %q", round, got, want)
		}
	}
}
