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
// ahead by more than the 10 minutes of max_future is kept as a dead letter until its
// time has come.
func TestChaosSenderClocks(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		c := newChaos(t, "sender's clock 1 h off both ways, "+kindOf(databaseURL), databaseURL, databaseURL, patiently())
		var early, ahead []webhook
		refused := 0
		users := often(10, 1000)
		for _, name := range providers.Signable() {
			for i := range users {
				for _, off := range []time.Duration{-time.Hour, 7 * time.Minute, time.Hour} {
					at := time.Now().Add(off)
					sample := providers.Sample{UserID: fmt.Sprintf("u%d_%v", i, off), EventID: fmt.Sprintf("evt_%d_%v", i, off), Time: at}
					header, body, err := c.daemon.providers[name].Build("user.created", sample)
					if err != nil {
						t.Fatal(err)
					}
					_, err = c.daemon.providers[name].Verify(providers.Request{Header: header, Body: body, ReceivedAt: time.Now()})
					if err != nil { // it signs when it sends, and is believed for some minutes
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
					if off > 10*time.Minute {
						ahead = append(ahead, h)
					} else {
						early = append(early, h)
					}
				}
			}
		}
		applied := c.load(8, each(early))
		kept := c.load(8, each(ahead))
		applied.finish()
		kept.finish()
		c.faults = int64(refused + len(early) + len(ahead))
		c.conclude(applied, kept)
		if n := applied.outcomes["applied"]; n != len(early) {
			t.Errorf("%d that are not too far ahead: %v", len(early), applied.outcomes)
		}
		if n := kept.outcomes["dead_letter"]; n != len(ahead) {
			t.Errorf("%d an hour ahead: %v", len(ahead), kept.outcomes)
		}
	})
}
