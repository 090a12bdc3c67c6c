package main

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"usersync/internal/fakeprovider"
)

// Killed at random moments, a backfill goes on each time with the page behind
// the last one that was committed: in the end every user was written once.
func TestBackfillKilledAtRandomMoments(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		const count, kills = 12_000, 10
		site := newBackfillSite(t, "authon", databaseURL, count)
		site.api.Inject(fakeprovider.Trouble{Fault: fakeprovider.Slow, Delay: 60 * time.Millisecond})
		random := rand.New(rand.NewPCG(9, 9))
		killed := 0
		for range kills {
			cmd := command(t, "backfill", "authon", "--config", site.config)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Duration(50+random.IntN(150)) * time.Millisecond)
			_ = cmd.Process.Signal(syscall.SIGKILL) // it may have ended
			if cmd.Wait() != nil {
				killed++
			}
		}
		code, result, errs := site.run(t, "authon")
		if code != exitOK || result.Outcome != "complete" || result.Users != count || result.Changed != count {
			t.Errorf("exit code %d, %+v\n%s", code, result, errs)
		}
		if rows := len(site.users(t)); rows != count {
			t.Errorf("%d rows, want %d", rows, count)
		}
		t.Logf("killed %d times; %d users served for %d", killed, site.api.Counts().Users, count)
		if killed == 0 {
			t.Error("nothing was killed")
		}
	})
}
