package main

import (
	"errors"
	"testing"
	"time"

	usersync "usersync/sync"
)

// A census may name two runs of a kind: the overview shows the last one.
func TestLastOfEachKind(t *testing.T) {
	t.Parallel()
	got := lastOfEachKind([]usersync.RunRecord{
		{ID: 9, Kind: usersync.RunReconcile}, {ID: 7, Kind: usersync.RunPlan}, {ID: 5, Kind: usersync.RunReconcile}, {ID: 4, Kind: usersync.RunBackfill},
	})
	if len(got) != 3 || got[0].ID != 9 || got[1].ID != 7 || got[2].ID != 4 {
		t.Errorf("%+v", got)
	}
}

// Where nothing was ever counted, no time is named.
func TestWhenWhatWaitsWasCounted(t *testing.T) {
	t.Parallel()
	for at, want := range map[time.Time]string{
		{}: "what waits in the database could not be counted since the start: away",
		time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC): "what waits in the database was last counted at 2026-07-01T12:00:00Z: away",
	} {
		if got := uncounted(at, errors.New("away")); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
