package usersync_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	usersync "usersync/sync"
)

func TestHydrationAtOnce(t *testing.T) {
	hydrateIn(t, func(t *testing.T, s *site) {
		s.wait(10 * time.Second)
		s.event("u1", "e1")
		synctest.Wait() // no time passes
		s.want("u1", "u1.1@x")
		s.wait(time.Hour)
		if n := len(s.questions("u1")); n != 1 {
			t.Errorf("asked %d times", n)
		}
		s.wantEmpty()
	})
}

// Events of one user during a fetch cause one more, whatever their number.
func TestHydrationCoalesces(t *testing.T) {
	hydrateIn(t, func(t *testing.T, s *site) {
		s.answer = func(context.Context, string, int) (bool, error) {
			time.Sleep(200 * time.Millisecond)
			return true, nil
		}
		s.event("u1", "e0")
		for i := range 10 {
			s.wait(10 * time.Millisecond)
			s.event("u1", fmt.Sprint("during ", i))
		}
		s.want("u1", "")
		s.wait(time.Minute)
		s.want("u1", "u1.2@x")
		if n := len(s.questions("u1")); n != 2 {
			t.Errorf("asked %d times", n)
		}
		s.wantEmpty()
	})
}

func TestHydrationBoundsItsFlight(t *testing.T) {
	hydrateIn(t, func(t *testing.T, s *site) {
		s.answer = func(context.Context, string, int) (bool, error) {
			time.Sleep(time.Second)
			return true, nil
		}
		for i := range 100 {
			s.event(fmt.Sprint("u", i), "e")
		}
		s.wait(14500 * time.Millisecond) // 100 by 8, and a round for the first alone
		for i := range 100 {
			s.want(fmt.Sprint("u", i), fmt.Sprintf("u%d.1@x", i))
		}
		if s.most != 8 {
			t.Errorf("%d in flight", s.most)
		}
	})
}

// An outage of hours: attempts get rare, the log stays short, and nobody is
// forgotten.
func TestHydrationOutlastsAnOutage(t *testing.T) {
	hydrateIn(t, func(t *testing.T, s *site) {
		var back atomic.Bool
		s.answer = func(context.Context, string, int) (bool, error) {
			if !back.Load() {
				return false, errors.New("the provider answered 500")
			}
			return true, nil
		}
		for i := range 50 {
			s.event(fmt.Sprint("u", i), "e")
		}
		s.wait(6 * time.Hour)
		back.Store(true)
		s.wait(7 * time.Minute) // the longest pause between two attempts, and a round
		total := 0
		for i := range 50 {
			user := fmt.Sprint("u", i)
			total += len(s.questions(user))
			s.want(user, fmt.Sprintf("%s.%d@x", user, len(s.questions(user))))
		}
		if total > 50*120 {
			t.Errorf("%d questions in six hours", total)
		}
		waits := s.questions("u0")
		for i := 1; i < len(waits); i++ {
			wait := waits[i] - waits[i-1]
			if i < 5 && wait < (700*time.Millisecond)<<(i-1) {
				t.Errorf("question %d came after %v", i, wait)
			}
			if wait > 8*time.Minute {
				t.Errorf("question %d came only after %v", i, wait)
			}
		}
		if lines := strings.Count(s.log.String(), "\n"); lines < 2 || lines > 6*60+2 || !strings.Contains(s.log.String(), "fetched again") {
			t.Errorf("%d lines in the log, the last: %.300s", lines, s.log.String()[max(0, s.log.Len()-300):])
		}
		s.wantEmpty()
	})
}

// A provider's list lags: whom it does not know yet is asked for a while.
func TestHydrationOfALateUser(t *testing.T) {
	hydrateIn(t, func(t *testing.T, s *site) {
		s.answer = func(context.Context, string, int) (bool, error) {
			return time.Since(s.began) > time.Minute, nil
		}
		s.event("u1", "e1")
		s.wait(3 * time.Minute)
		if n := len(s.questions("u1")); n < 3 || n > 8 {
			t.Errorf("asked %d times", n)
		}
		s.want("u1", fmt.Sprintf("u1.%d@x", len(s.questions("u1"))))
		if s.log.Len() > 0 {
			t.Errorf("logged: %s", s.log)
		}
		s.wantEmpty()
	})
}

// Whom the provider does not know is logged, looked for once more after a
// while, whatever events say, and then forgotten. The row stays.
func TestHydrationOfNobody(t *testing.T) {
	hydrateIn(t, func(t *testing.T, s *site) {
		s.answer = func(context.Context, string, int) (bool, error) { return false, nil }
		s.event("ghost", "e1")
		s.wait(5 * time.Minute)
		n := len(s.questions("ghost"))
		if said := strings.Count(s.log.String(), "knows no such user"); said != 1 || !strings.Contains(s.log.String(), "user=ghost") || n > 8 {
			t.Errorf("said %d times after %d questions:\n%s", said, n, s.log)
		}
		for i := range 20 {
			s.event("ghost", fmt.Sprint("more ", i))
		}
		s.wait(time.Minute)
		if more := len(s.questions("ghost")) - n; more != 0 {
			t.Errorf("events caused %d questions about nobody", more)
		}
		s.wait(20 * time.Minute)
		if more := len(s.questions("ghost")) - n; more != 1 {
			t.Errorf("%d last looks", more)
		}
		if row, there := s.store.Rows()[usersync.UserKey{Provider: "p", UserID: "ghost"}]; !there || row.View.DeletedAt.Kind() == usersync.Time {
			t.Errorf("the row: %v, %+v", there, row.View)
		}
		s.wantEmpty()
	})
}

// The last look finds a user whom the provider denied for ten minutes.
func TestHydrationsLastLook(t *testing.T) {
	hydrateIn(t, func(t *testing.T, s *site) {
		s.answer = func(context.Context, string, int) (bool, error) {
			return time.Since(s.began) > 5*time.Minute, nil
		}
		s.event("u1", "e1")
		s.wait(20 * time.Minute)
		s.want("u1", fmt.Sprintf("u1.%d@x", len(s.questions("u1"))))
		s.wantEmpty()
	})
}

// Nobody asks for a user who was deleted while waiting.
func TestHydrationOfADeletedUser(t *testing.T) {
	hydrateIn(t, func(t *testing.T, s *site) {
		s.answer = func(context.Context, string, int) (bool, error) { return false, nil }
		s.event("u1", "e1")
		s.wait(5 * time.Second)
		n := len(s.questions("u1"))
		gone := usersync.Command{
			UserKey: usersync.UserKey{Provider: "p", UserID: "u1"}, EventID: "gone", Kind: usersync.KindDeleted,
			OccurredAt: clock(), ReceivedAt: clock(),
		}
		s.engine.Apply(t.Context(), []*usersync.Delivery{{Commands: []usersync.Command{gone}}})
		s.wait(time.Hour)
		if more := len(s.questions("u1")) - n; more != 0 || s.log.Len() > 0 {
			t.Errorf("%d questions about a deleted user\n%s", more, s.log)
		}
		s.wantEmpty()
	})
}
