package main

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// The order of the lines is that of the sections, and one that hangs, whatever it is
// told, keeps no other from being shown.
func TestExamineEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stuck := make(chan struct{})
		defer close(stuck)
		says := func(name string, after time.Duration) section {
			return section{name, func(ctx context.Context) []finding {
				select {
				case <-time.After(after):
					return []finding{fine(name, "in time")}
				case <-ctx.Done():
					return []finding{failed(name, "cut off", "")}
				}
			}}
		}
		began := time.Now()
		found := examine(t.Context(), []section{
			says("slow", 3*time.Second),
			{"stuck", func(context.Context) []finding { <-stuck; return nil }},
			says("quick", 0),
			says("too slow", time.Minute),
		}, 0)
		var names []string
		for _, f := range found {
			names = append(names, f.Name+": "+f.Detail)
		}
		if want := []string{"slow: in time", "stuck: no answer within 14s", "quick: in time", "too slow: cut off"}; !slices.Equal(names, want) {
			t.Errorf("%q, want %q", names, want)
		}
		if took := time.Since(began); took > 15*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}

func TestExitOf(t *testing.T) {
	t.Parallel()
	ok, warning, broken := fine("a", ""), warned("b", "", ""), failed("c", "", "")
	unusable := finding{Class: classConfiguration}
	for _, c := range []struct {
		findings      []finding
		loose, strict int
	}{
		{nil, exitOK, exitOK},
		{[]finding{ok}, exitOK, exitOK},
		{[]finding{ok, warning}, exitOK, exitFailed},
		{[]finding{broken, warning, ok}, exitFailed, exitFailed},
		{[]finding{broken, unusable}, exitConfig, exitConfig},
	} {
		if loose, strict := exitOf(c.findings, false), exitOf(c.findings, true); loose != c.loose || strict != c.strict {
			t.Errorf("%+v: %d and strictly %d, want %d and %d", c.findings, loose, strict, c.loose, c.strict)
		}
	}
}
