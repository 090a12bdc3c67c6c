package spooltest

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"testing"

	usersync "usersync/sync"
)

// request returns the nth request of a test; no two are alike.
func request(n int) *usersync.Verified {
	return &usersync.Verified{
		Provider: "p", ReceivedAt: usersync.Micros(1_700_000_000_000_000 + n),
		Headers: map[string]string{"X-Event": "user.updated", "X-Number": fmt.Sprint(n)},
		Body:    fmt.Appendf(nil, `{"n":%d}`, n),
	}
}

// number returns which request it is.
func number(t *testing.T, v usersync.Verified) int {
	t.Helper()
	var n int
	if _, err := fmt.Sscanf(string(v.Body), `{"n":%d}`, &n); err != nil || !same(*request(n), v) {
		t.Fatalf("a request that nobody appended: %+v", v)
	}
	return n
}

func same(a, b usersync.Verified) bool {
	return a.Provider == b.Provider && a.ReceivedAt == b.ReceivedAt && bytes.Equal(a.Body, b.Body) && maps.Equal(a.Headers, b.Headers)
}

// fill appends requests numbered from one number up to another.
func fill(t *testing.T, s usersync.Spool, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		if err := s.Append(t.Context(), request(n)); err != nil {
			t.Fatal(err)
		}
	}
}

// drained applies everything with a rule for what is done, and returns the
// numbers in the order in which they were handed out, and how many stay.
func drained(t *testing.T, s usersync.Spool, done func(n int) bool) (handed []int, left int) {
	t.Helper()
	left, err := s.Drain(t.Context(), 7, func(_ context.Context, batch []usersync.Verified) ([]bool, error) {
		answers := make([]bool, len(batch))
		for i, v := range batch {
			n := number(t, v)
			handed = append(handed, n)
			answers[i] = done(n)
		}
		return answers, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return handed, left
}

func all(int) bool  { return true }
func none(int) bool { return false }

// numbers returns the numbers from one up to another for which keep holds.
func numbers(from, to int, keep func(n int) bool) []int {
	var list []int
	for n := from; n < to; n++ {
		if keep(n) {
			list = append(list, n)
		}
	}
	return list
}

func allDone(n int) []bool {
	done := make([]bool, n)
	for i := range done {
		done[i] = true
	}
	return done
}
