package main

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"usersync/providers"
)

// The clocks of senders are an hour off, both ways. Who signs the time of sending
// is refused and nothing is stored. The others' past is applied as such; what lies
// ahead is kept as a dead letter until its time has come.
func TestChaosSenderClocks(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		c := newChaos(t, "sender's clock 1 h off both ways, "+kindOf(databaseURL), databaseURL, databaseURL)
		var slow, fast []webhook
		refused := 0
		users := often(10, 1000)
		for _, name := range providers.Types() {
			for i := range users {
				for _, off := range []time.Duration{-time.Hour, time.Hour} {
					at := time.Now().Add(off)
					sample := providers.Sample{UserID: fmt.Sprintf("u%d_%v", i, off), EventID: fmt.Sprintf("evt_%d_%v", i, off), Time: at}
					if name == "authon" { // signs when it sends
						header, body, err := c.daemon.providers[name].Build("user.created", sample)
						if err != nil {
							t.Fatal(err)
						}
						status, answer := c.daemon.post(http.DefaultClient, name, header, body)
						if status != http.StatusUnauthorized {
							t.Errorf("%v off: %d %s", off, status, answer)
						}
						refused++
						continue
					}
					h, err := signed(c.daemon.providers[name], "user.created", sample, time.Now())
					if err != nil {
						t.Fatal(err)
					}
					if off < 0 {
						slow = append(slow, h)
					} else {
						fast = append(fast, h)
					}
				}
			}
		}
		behind := c.load(8, each(slow))
		ahead := c.load(8, each(fast))
		behind.finish()
		ahead.finish()
		c.faults = int64(refused + len(slow) + len(fast))
		c.conclude(behind, ahead)
		if n := behind.outcomes["applied"]; n != len(slow) {
			t.Errorf("%d an hour ago: %v", len(slow), behind.outcomes)
		}
		if n := ahead.outcomes["dead_letter"]; n != len(fast) {
			t.Errorf("%d an hour ahead: %v", len(fast), ahead.outcomes)
		}
	})
}
