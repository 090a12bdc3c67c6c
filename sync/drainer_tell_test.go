package usersync_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	usersync "usersync/sync"
)

// After an outage what is spooled meets what arrives, about the same users: that is over
// in a moment, and nobody is sent to look for a session that holds rows. One that does
// is told of.
func TestRowsThatAreHeldForAMomentAreNoWarning(t *testing.T) {
	t.Parallel()
	for held, want := range map[time.Duration]int{2 * time.Second: 0, 20 * time.Second: 1} {
		synctest.Test(t, func(t *testing.T) {
			s := newSafe(t, &gate{}, &pile{})
			var log bytes.Buffer // only the drainer writes to it, and nobody reads before it rests
			s.drainer.Log = slog.New(slog.NewTextHandler(&log, nil))
			gone := errors.New("gone")
			s.fail.Store(&gone)
			for user := range 2 {
				if outcome, err := s.submit(delivery(user)); err != nil || outcome != usersync.OutcomeSpooled {
					t.Fatalf("%v %v", outcome, err)
				}
			}
			s.held.Store("u0", struct{}{})
			s.fail.Store(nil)
			defer s.run()()
			time.Sleep(held)
			s.held.Clear()
			time.Sleep(time.Minute)
			synctest.Wait()
			if s.size() != 0 || len(s.Rows()) != 2 {
				t.Fatalf("%d spooled, %d rows", s.size(), len(s.Rows()))
			}
			if n := strings.Count(log.String(), "another session holds their rows"); n != want {
				t.Errorf("held for %s: told of %d times, want %d\n%s", held, n, want, &log)
			}
		})
	}
}
