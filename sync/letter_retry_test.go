package usersync_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"usersync/internal/storetest"
	usersync "usersync/sync"
)

// stumbling is a store of which a call fails, or that somebody else holds rows
// of.
type stumbling struct {
	*storetest.Memory
	update, remove error
	held           int // so many times
}

func (s *stumbling) Update(ctx context.Context, lock usersync.Lock, decide func(usersync.Known) usersync.Changes) ([]bool, error) {
	if s.update != nil {
		return nil, s.update
	}
	if s.held == 0 {
		return s.Memory.Update(ctx, lock, decide)
	}
	s.held--
	decide(usersync.Known{Users: make([]usersync.KnownUser, len(lock.Users)), Claimed: make([]bool, len(lock.Lookup))})
	return nil, nil
}

func (s *stumbling) RemoveLetters(ctx context.Context, letters []usersync.StoredLetter) ([]bool, error) {
	if s.remove != nil {
		return nil, s.remove
	}
	return s.Memory.RemoveLetters(ctx, letters)
}

// retryOne retries the only letter of a store.
func retryOne(t *testing.T, s *stumbling) (one usersync.Retried, err error) {
	t.Helper()
	l := usersync.DeadLetter{Provider: "p", UserID: "u", EventID: "e", Reason: "refused", Detail: "a sentence", Payload: []byte("{}"), ReceivedAt: storetest.Base}
	if len(s.Letters()) == 0 {
		if r := storetest.Engine(s.Memory).Apply(t.Context(), []*usersync.Delivery{{Letters: []usersync.DeadLetter{l}}})[0]; r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	work := usersync.LetterRetry{Letters: s, Engine: storetest.Engine(s), Reread: func(l *usersync.StoredLetter) (*usersync.Delivery, error) {
		return &usersync.Delivery{Commands: []usersync.Command{{
			UserKey: usersync.UserKey{Provider: "p", UserID: "u"}, EventID: "e", Kind: usersync.KindCreated,
			OccurredAt: storetest.Base, ReceivedAt: storetest.Base, Payload: l.Payload, Origin: usersync.OriginReplay,
		}}}, nil
	}}
	err = work.All(t.Context(), usersync.LetterScope{}, func(r usersync.Retried) { one = r })
	return one, err
}

// Whatever fails, the letter stays until its event is durable, and the next
// retry finishes what an interrupted one began.
func TestARetryLosesNothing(t *testing.T) {
	t.Parallel()
	away := errors.New("the database is away")
	s := &stumbling{Memory: storetest.NewMemory(), update: away}
	if one, err := retryOne(t, s); !errors.Is(err, away) || one.Gone || !strings.Contains(one.Why, "not durable") || len(s.Letters()) != 1 {
		t.Errorf("not applied: %+v, %v", one, err)
	}
	s.update = &usersync.RefusedError{Code: "a broken trigger", Passing: true}
	if one, err := retryOne(t, s); err != nil || one.Gone || !strings.Contains(one.Why, "a broken trigger") || one.Letter.Reason != "refused" {
		t.Errorf("refused for now: %+v, %v", one, err)
	}
	s.update, s.held = nil, 3
	s.remove = away
	if one, err := retryOne(t, s); !errors.Is(err, away) || one.Gone || one.Outcome != usersync.OutcomeApplied || s.held != 0 || len(s.Letters()) != 1 || len(s.Rows()) != 1 {
		t.Errorf("applied and not deleted: %+v, %v", one, err)
	}
	s.remove = nil
	if one, err := retryOne(t, s); err != nil || !one.Settled() || one.Outcome != usersync.OutcomeDuplicate || len(s.Letters()) != 0 {
		t.Errorf("again: %+v, %v", one, err)
	}
}

// A row that is held for long is left for another time.
func TestARetryDoesNotWaitForever(t *testing.T) {
	t.Parallel()
	s := &stumbling{Memory: storetest.NewMemory(), held: 1 << 30}
	if one, err := retryOne(t, s); err != nil || one.Gone || !strings.Contains(one.Why, "holds the user's row") || len(s.Letters()) != 1 {
		t.Errorf("%+v, %v", one, err)
	}
}

// Letters whose reading takes long, as that of a script may, keep the others from being
// applied no longer than a part of the time that there is; nor does the daemon's end wait
// until all are read.
func TestARetryAppliesWhatItHasRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := storetest.NewMemory()
		const count = 60
		var letters []usersync.DeadLetter
		for i := range count {
			letters = append(letters, usersync.DeadLetter{Provider: "p", EventID: fmt.Sprint(i), Reason: "script_unavailable", Detail: "a sentence", Payload: fmt.Append(nil, i), ReceivedAt: storetest.Base})
		}
		if r := storetest.Engine(s).Apply(t.Context(), []*usersync.Delivery{{Letters: letters}})[0]; r.Err != nil {
			t.Fatal(r.Err)
		}
		work := usersync.LetterRetry{Letters: s, Engine: storetest.Engine(s), Reread: func(l *usersync.StoredLetter) (*usersync.Delivery, error) {
			time.Sleep(5 * time.Second)
			return delivery(int(l.ID)), nil
		}}
		try := func(ctx context.Context) []usersync.Retried {
			page, err := s.LetterPage(t.Context(), usersync.LetterScope{}, 0, count)
			if err != nil {
				t.Fatal(err)
			}
			tried, err := work.Try(ctx, page)
			if err != nil && ctx.Err() == nil {
				t.Error(err)
			}
			return tried
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if tried := try(ctx); len(tried) != 7 || len(s.Letters()) != count-len(tried) || len(s.Rows()) != len(tried) {
			t.Errorf("tried %d, %d letters, %d rows", len(tried), len(s.Letters()), len(s.Rows()))
		}
		ended, end := context.WithCancel(t.Context())
		time.AfterFunc(6*time.Second, end)
		if tried := try(ended); len(tried) != 2 {
			t.Errorf("tried %d at the end", len(tried))
		}
	})
}

// A letter that is due and no better is due again later, and ever later.
func TestARetryIsNotAtOnceDueAgain(t *testing.T) {
	t.Parallel()
	for age, want := range map[time.Duration]time.Duration{time.Second: 30 * time.Second, time.Hour: 15 * time.Minute, 24 * time.Hour: time.Hour} {
		s := storetest.NewMemory()
		now := storetest.Base + usersync.Micros(age.Microseconds())
		engine := storetest.Engine(s)
		engine.Clock = func() usersync.Micros { return now }
		l := usersync.DeadLetter{Provider: "p", Reason: "script_unavailable", Detail: "a sentence", Payload: []byte("{}"), ReceivedAt: storetest.Base, DueAt: storetest.Base + 1}
		if r := engine.Apply(t.Context(), []*usersync.Delivery{{Letters: []usersync.DeadLetter{l}}})[0]; r.Err != nil {
			t.Fatal(r.Err)
		}
		var due usersync.Micros
		engine.Due = func(at usersync.Micros) { due = at }
		work := usersync.LetterRetry{Letters: s, Engine: engine, Reread: func(*usersync.StoredLetter) (*usersync.Delivery, error) {
			return &usersync.Delivery{Letters: []usersync.DeadLetter{l}}, nil
		}}
		if err := work.All(t.Context(), usersync.LetterScope{}, func(usersync.Retried) {}); err != nil {
			t.Fatal(err)
		}
		if after := time.Duration(due-now) * time.Microsecond; after != want {
			t.Errorf("after %v it is due again in %v, want %v", age, after, want)
		}
	}
}
