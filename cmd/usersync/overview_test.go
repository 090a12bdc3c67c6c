package main

import (
	"testing"

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
