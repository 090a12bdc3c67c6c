package usersync_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	usersync "usersync/sync"
)

// misunderstood is what a fetcher returns for a user that it cannot read.
type misunderstood struct{ letter usersync.DeadLetter }

func (m *misunderstood) Error() string                   { return "not understood" }
func (m *misunderstood) DeadLetter() usersync.DeadLetter { return m.letter }

// A user that is not understood becomes a dead letter, once, and nobody waits.
func TestHydrationsDeadLetters(t *testing.T) {
	hydrateIn(t, func(t *testing.T, s *site) {
		letter := usersync.DeadLetter{Provider: "p", UserID: "u1", Reason: "future_time", Payload: []byte("{}"), Origin: usersync.OriginHydrate, DueAt: clock()}
		s.answer = func(context.Context, string, int) (bool, error) {
			return false, fmt.Errorf("fetching: %w", &misunderstood{letter})
		}
		s.event("u1", "e1")
		s.wait(time.Hour)
		letters := s.store.Letters()
		if len(letters) != 1 || letters[0].Seen != 1 || letters[0].Reason != "future_time" || letters[0].DueAt != letter.DueAt || letters[0].Origin != usersync.OriginHydrate {
			t.Errorf("%+v", letters)
		}
		s.wantEmpty()
	})
}

// An answer that the database refuses becomes a dead letter like an event.
func TestHydrationThatIsRefused(t *testing.T) {
	hydrateIn(t, func(t *testing.T, s *site) {
		s.store.Refuse("u1.1@x")
		s.event("u1", "e1")
		s.wait(time.Hour)
		if letters := s.store.Letters(); len(letters) != 1 || letters[0].Reason != "refused" {
			t.Errorf("%+v", letters)
		}
		s.wantEmpty()
	})
}

// An answer that could not be saved is asked for again.
func TestHydrationThatIsNotDurable(t *testing.T) {
	hydrateIn(t, func(t *testing.T, s *site) {
		deliver, failures := s.worker.Deliver, 3
		s.stop()
		s.worker.Deliver = func(ctx context.Context, d *usersync.Delivery) (usersync.Outcome, error) {
			if failures--; failures >= 0 {
				return usersync.OutcomeNone, usersync.ErrNotDurable
			}
			return deliver(ctx, d)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { s.worker.Run(ctx); close(done) }()
		s.event("u1", "e1")
		s.wait(time.Minute)
		s.want("u1", "u1.4@x")
		s.wantEmpty()
		cancel()
		<-done
	})
}

// busy is an error that names a time.
type busy struct{ error }

func (busy) RetryAfter() time.Duration { return 90 * time.Second }

// The time for which a provider asks to be left alone holds for all of its
// users, also for those who come in the meantime.
func TestHydrationHeedsRetryAfter(t *testing.T) {
	hydrateIn(t, func(t *testing.T, s *site) {
		s.answer = func(context.Context, string, int) (bool, error) {
			if time.Since(s.began) < 80*time.Second {
				return false, fmt.Errorf("fetching: %w", busy{errors.New("429")})
			}
			return true, nil
		}
		s.event("u1", "e1")
		s.wait(10 * time.Second)
		s.event("u2", "e1")
		s.wait(79 * time.Second)
		if n := len(s.questions("u1")) + len(s.questions("u2")); n != 1 {
			t.Errorf("%d questions before the time was over", n)
		}
		s.wait(5 * time.Second)
		s.want("u1", "u1.2@x")
		s.want("u2", "u2.1@x")
	})
}

// A stopped worker gives back at once what it has in flight, and the next one
// goes on without waiting for the loan to end.
func TestHydrationGivesBackWhenStopped(t *testing.T) {
	hydrateIn(t, func(t *testing.T, s *site) {
		silent := true
		s.answer = func(ctx context.Context, _ string, _ int) (bool, error) {
			if silent {
				<-ctx.Done()
				return false, context.Cause(ctx)
			}
			return true, nil
		}
		for i := range 20 {
			s.event(fmt.Sprint("u", i), "e")
		}
		s.wait(time.Second)
		s.stop()
		silent = false
		s.start()
		s.wait(0)
		for i := range 20 {
			user := fmt.Sprint("u", i)
			s.want(user, fmt.Sprintf("%s.%d@x", user, len(s.questions(user))))
			if n := len(s.questions(user)); n > 2 {
				t.Errorf("%s was asked for %d times", user, n)
			}
		}
		if s.log.Len() > 0 {
			t.Errorf("logged: %s", s.log)
		}
		s.wantEmpty()
	})
}

// A provider that answers nobody does not keep users beyond their loan, where
// others could take them for abandoned.
func TestHydrationOfASilentProvider(t *testing.T) {
	hydrateIn(t, func(t *testing.T, s *site) {
		s.answer = func(ctx context.Context, _ string, n int) (bool, error) {
			if n > 1 {
				return true, nil
			}
			<-ctx.Done()
			return false, ctx.Err()
		}
		s.event("u1", "e1")
		s.wait(50 * time.Second)
		if !strings.Contains(s.log.String(), "no answer in time") {
			t.Errorf("logged: %s", s.log)
		}
		s.want("u1", "u1.2@x")
		s.wantEmpty()
	})
}

// Only what was asked for by a provider that is fetched is in the queue, and a
// queue that does not answer is asked again.
func TestHydrationWithoutAQueue(t *testing.T) {
	hydrateIn(t, func(t *testing.T, s *site) {
		s.stop()
		broken := &brokenQueue{Hydrations: s.store, failures: 4}
		s.worker.Queue = broken
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { s.worker.Run(ctx); close(done) }()
		s.event("u1", "e1")
		s.wait(time.Minute)
		s.want("u1", "u1.1@x")
		if lines := strings.Count(s.log.String(), "\n"); lines != 1 {
			t.Errorf("%d lines:\n%s", lines, s.log)
		}
		cancel()
		<-done
	})
}

type brokenQueue struct {
	usersync.Hydrations
	failures int
}

func (q *brokenQueue) Claim(ctx context.Context, provider string, at, until usersync.Micros, limit int) ([]usersync.Hydration, error) {
	if q.failures--; q.failures >= 0 {
		return nil, errors.New("away")
	}
	return q.Hydrations.Claim(ctx, provider, at, until, limit)
}
