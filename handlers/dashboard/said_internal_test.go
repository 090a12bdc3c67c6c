package dashboard

import (
	"slices"
	"testing"
)

func TestSaid(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]saying{
		"":                    nil,
		"nothing":             {{"nothing", false}},
		"run `x --y`, then z": {{"run ", false}, {"x --y", true}, {", then z", false}},
		"`a` or `<b>`":        {{"a", true}, {" or ", false}, {"<b>", true}},
		"it`s":                {{"it`s", false}},
	} {
		if got := said(text); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
