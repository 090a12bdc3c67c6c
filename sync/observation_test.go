package usersync_test

import (
	"testing"

	"usersync/internal/storetest"
	usersync "usersync/sync"
)

// Where each try of an event has another time, none of them is when it happened: no lag
// is made of it.
func TestTimesOfObservations(t *testing.T) {
	t.Parallel()
	for _, unstable := range []bool{false, true} {
		engine := storetest.Engine(storetest.NewMemory())
		var seen []usersync.Observation
		engine.Observe = func(o usersync.Observation) { seen = append(seen, o) }
		command := usersync.Command{
			UserKey: usersync.UserKey{Provider: "p", UserID: "u"}, EventID: "e", Kind: usersync.KindCreated,
			OccurredAt: storetest.Base, ReceivedAt: storetest.Base + 5, Unstable: unstable,
		}
		r := engine.Apply(t.Context(), []*usersync.Delivery{{Commands: []usersync.Command{command}}})[0]
		want := storetest.Base
		if unstable {
			want = 0
		}
		if r.Err != nil || len(seen) != 1 || seen[0].OccurredAt != want || seen[0].Outcome != usersync.OutcomeApplied {
			t.Errorf("unstable %v: %+v %+v", unstable, r, seen)
		}
	}
}
