package spooltest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	usersync "usersync/sync"
)

func everyValue(t *testing.T, s usersync.Spool) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	want := []usersync.Verified{
		{},
		{Provider: "Ä漢字😀", ReceivedAt: -1, Headers: map[string]string{}, Body: []byte{}},
		{Provider: "p", ReceivedAt: 1<<63 - 1, Body: make([]byte, 300)},
		{Provider: "p", ReceivedAt: -1 << 63, Body: every, Headers: map[string]string{"": "", "A": string(every), "a": "two\nlines", "X-Ä": "\x00"}},
		{Provider: strings.Repeat("p", 1000), Body: bytes.Repeat([]byte("long "), 200_000), Headers: map[string]string{"Long": strings.Repeat("v", 70_000)}},
	}
	for i := range want {
		if err := s.Append(t.Context(), &want[i]); err != nil {
			t.Fatal(err)
		}
	}
	var got []usersync.Verified
	left, err := s.Drain(t.Context(), 3, func(_ context.Context, batch []usersync.Verified) ([]bool, error) {
		got = append(got, batch...)
		return allDone(len(batch)), nil
	})
	if err != nil || left != 0 {
		t.Fatalf("%d left, %v", left, err)
	}
	if !slices.EqualFunc(got, want, same) {
		t.Errorf("what came back is not what was appended: %d of %d requests", len(got), len(want))
	}
}

func callersOwn(t *testing.T, s usersync.Spool) {
	v := request(1)
	if err := s.Append(t.Context(), v); err != nil {
		t.Fatal(err)
	}
	clear(v.Body)
	v.Headers["X-Number"] = "another"
	if got, _ := drained(t, s, all); !slices.Equal(got, []int{1}) {
		t.Error(got)
	}
}

func applysOwn(t *testing.T, s usersync.Spool) {
	fill(t, s, 0, 40)
	var kept []usersync.Verified
	if _, err := s.Drain(t.Context(), 3, func(_ context.Context, batch []usersync.Verified) ([]bool, error) {
		kept = append(kept, batch...)
		return nil, nil
	}); err != nil {
		t.Fatal(err)
	}
	for i := range kept {
		if number(t, kept[i]) != i {
			t.Fatalf("request %d has become %d", i, number(t, kept[i]))
		}
		clear(kept[i].Body) // which changes nothing in the spool
		kept[i].Headers["X-Number"] = ""
	}
	if got, _ := drained(t, s, all); !slices.Equal(got, numbers(0, 40, all)) {
		t.Error(got)
	}
}

func empty(t *testing.T, s usersync.Spool) {
	for range 2 {
		if got, left := drained(t, s, all); len(got) > 0 || left != 0 {
			t.Error(got, left)
		}
	}
}

func inBatches(t *testing.T, s usersync.Spool) {
	fill(t, s, 0, 50)
	var handed []int
	left, err := s.Drain(t.Context(), 8, func(_ context.Context, batch []usersync.Verified) ([]bool, error) {
		if len(batch) == 0 || len(batch) > 8 {
			t.Errorf("a batch of %d", len(batch))
		}
		for _, v := range batch {
			handed = append(handed, number(t, v))
		}
		return allDone(len(batch)), nil
	})
	if err != nil || left != 0 || !slices.Equal(handed, numbers(0, 50, all)) {
		t.Error(handed, left, err)
	}
}

func partly(t *testing.T, s usersync.Spool) {
	fill(t, s, 0, 60)
	stays := func(of int) func(int) bool { return func(n int) bool { return n%of == 0 } }
	for _, of := range []int{2, 3, 5} { // of which the multiples of all so far stay
		_, left := drained(t, s, func(n int) bool { return !stays(of)(n) })
		got, _ := drained(t, s, none)
		if len(got) != left {
			t.Errorf("%d left, but %d handed out", left, len(got))
		}
		for _, n := range got {
			if !stays(of)(n) {
				t.Errorf("%d was done and is handed out again", n)
			}
		}
	}
	if got, left := drained(t, s, all); !slices.Equal(got, []int{0, 30}) || left != 0 {
		t.Error(got, left)
	}
	if got, _ := drained(t, s, all); len(got) > 0 {
		t.Error("handed out again:", got)
	}
}

func fewAnswers(t *testing.T, s usersync.Spool) {
	fill(t, s, 0, 10)
	left, err := s.Drain(t.Context(), 10, func(context.Context, []usersync.Verified) ([]bool, error) {
		return []bool{true, false, true}, nil
	})
	if err != nil || left != 8 {
		t.Error(left, err)
	}
	if got, _ := drained(t, s, all); !slices.Equal(got, []int{1, 3, 4, 5, 6, 7, 8, 9}) {
		t.Error(got)
	}
}

func applyFails(t *testing.T, s usersync.Spool) {
	fill(t, s, 0, 30)
	failure := errors.New("the database is away again")
	calls := 0
	left, err := s.Drain(t.Context(), 10, func(_ context.Context, batch []usersync.Verified) ([]bool, error) {
		if calls++; calls == 2 {
			return []bool{true, true}, failure
		}
		return allDone(len(batch)), nil
	})
	if !errors.Is(err, failure) || left != 18 || calls != 2 {
		t.Errorf("%d left after %d calls, %v", left, calls, err)
	}
	if got, _ := drained(t, s, all); !slices.Equal(got, numbers(12, 30, all)) {
		t.Error(got)
	}
}

func drainCancelled(t *testing.T, s usersync.Spool) {
	fill(t, s, 0, 30)
	ctx, cancel := context.WithCancel(t.Context())
	left, err := s.Drain(ctx, 10, func(_ context.Context, batch []usersync.Verified) ([]bool, error) {
		cancel()
		return allDone(len(batch)), nil
	})
	if !errors.Is(err, context.Canceled) || left != 20 {
		t.Errorf("%d left, %v", left, err)
	}
	if got, _ := drained(t, s, all); !slices.Equal(got, numbers(10, 30, all)) {
		t.Error(got)
	}
}

func appendCancelled(t *testing.T, s usersync.Spool) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Append(ctx, request(1)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if got, _ := drained(t, s, all); len(got) > 0 {
		t.Error(got)
	}
}
