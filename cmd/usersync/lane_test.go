package main

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"usersync/handlers/desk"
)

func present() error { return nil }

// Questions wait for each other, those that cannot wait longer are told so, and so is
// everybody while the database is away.
func TestLane(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLane(2, time.Second, present)
		var asking, most atomic.Int32
		ask := func(ctx context.Context) (int32, error) {
			n := asking.Add(1)
			defer asking.Add(-1)
			for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
			}
			time.Sleep(300 * time.Millisecond)
			return n, ctx.Err()
		}
		answered := make(chan error, 10)
		for range 10 {
			go func() {
				page, cancel := context.WithTimeout(t.Context(), time.Second) // as long as the lane's own
				defer cancel()
				_, err := through(page, l, ask)
				answered <- err
			}()
		}
		full := 0
		for range 10 {
			if err := <-answered; errors.Is(err, desk.ErrCrowded) {
				full++
			} else if err != nil {
				t.Error(err)
			}
		}
		if most.Load() != 2 || full != 6 {
			t.Errorf("%d at once, %d were turned away", most.Load(), full)
		}
		if _, err := through(t.Context(), l, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			return 0, ctx.Err()
		}); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		gone := newLane(2, time.Second, func() error { return errors.New("connection refused") })
		if _, err := through(t.Context(), gone, ask); err == nil || !strings.Contains(err.Error(), "away") || most.Load() != 2 {
			t.Error(err)
		}
	})
}
