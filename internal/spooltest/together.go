package spooltest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	usersync "usersync/sync"
)

func meanwhile(t *testing.T, s usersync.Spool) {
	fill(t, s, 0, 10)
	var handed []int
	for round := 0; round < 4; round++ {
		got, left := drained(t, s, func(n int) bool {
			if n < 30 {
				fill(t, s, n+10, n+11) // an append does not wait for the drain
			}
			return true
		})
		if left != 0 {
			t.Errorf("%d left, though all that was handed out is done", left)
		}
		handed = append(handed, got...)
	}
	slices.Sort(handed)
	if !slices.Equal(handed, numbers(0, 40, all)) {
		t.Error(handed)
	}
}

func twoDrains(t *testing.T, s usersync.Spool) {
	fill(t, s, 0, 200)
	var mu sync.Mutex
	var handed []int
	var drains sync.WaitGroup
	for range 4 {
		drains.Go(func() {
			if _, err := s.Drain(t.Context(), 9, func(_ context.Context, batch []usersync.Verified) ([]bool, error) {
				mu.Lock()
				defer mu.Unlock()
				for _, v := range batch {
					handed = append(handed, number(t, v))
				}
				return allDone(len(batch)), nil
			}); err != nil {
				t.Error(err)
			}
		})
	}
	drains.Wait()
	if !slices.Equal(handed, numbers(0, 200, all)) {
		t.Error(handed)
	}
}

func crowd(t *testing.T, s usersync.Spool) {
	const writers, each = 16, 40
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for i := range each {
				if err := s.Append(t.Context(), request(w*each+i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	finished := make(chan struct{})
	go func() { group.Wait(); close(finished) }()
	var handed []int
	tries := map[int]int{}
	drain := func() {
		got, _ := drained(t, s, func(n int) bool { // each third needs a second try
			tries[n]++
			return n%3 > 0 || tries[n] > 1
		})
		handed = append(handed, got...)
	}
	for more := true; more; {
		select {
		case <-finished:
			more = false
		default:
		}
		drain()
	}
	drain()
	want := append(numbers(0, writers*each, all), numbers(0, writers*each, func(n int) bool { return n%3 == 0 })...)
	slices.Sort(want)
	slices.Sort(handed)
	if !slices.Equal(handed, want) {
		t.Errorf("%d requests were handed out, want %d", len(handed), len(want))
	}
}

func full(t *testing.T, s usersync.Spool) {
	for range 3 { // what was drained makes room
		var kept []int
		for n := 0; ; n++ {
			err := s.Append(t.Context(), request(n))
			if errors.Is(err, usersync.ErrSpoolFull) {
				break
			}
			if err != nil || n > 20_000 {
				t.Fatalf("request %d: %v", n, err)
			}
			kept = append(kept, n)
		}
		if len(kept) < 10 {
			t.Fatalf("it was full after %d requests", len(kept))
		}
		if got, left := drained(t, s, all); !slices.Equal(got, kept) || left != 0 {
			t.Errorf("%d handed out, %d kept", len(got), len(kept))
		}
	}
}

func killed(t *testing.T, subject Subject) {
	s := subject.Open(t, 0)
	fill(t, s, 0, 100)
	drained(t, s, func(n int) bool { return n < 60 })
	s = subject.Reopen(t, s)
	fill(t, s, 100, 130)
	s = subject.Reopen(t, s)
	got, left := drained(t, s, all)
	if left != 0 {
		t.Errorf("%d left", left)
	}
	// What was done may come again, after what was not or before it.
	got = slices.DeleteFunc(got, func(n int) bool { return n < 60 })
	if !slices.Equal(got, numbers(60, 130, all)) {
		t.Error(got)
	}
	s = subject.Reopen(t, s)
	if got, _ := drained(t, s, all); len(got) > 0 {
		t.Error("all was done, and handed out again:", got)
	}
}
