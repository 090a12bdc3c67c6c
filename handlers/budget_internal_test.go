package handlers

import (
	"errors"
	"testing"
)

// A body that turns out to be complete gets its room back, if need be from those
// who still arrive.
func TestFinishAfterEviction(t *testing.T) {
	t.Parallel()
	var cut string
	b := newBudget(100)
	begin := func(name string, n int64) *lease {
		l := b.lease(func() { cut += name })
		if err := l.take(n); err != nil {
			t.Fatal(err)
		}
		return l
	}
	first, second := begin("first ", 60), begin("second ", 50)
	if !first.finish() || cut != "first second " || b.free != 40 || first.wasEvicted() {
		t.Errorf("cut %q, free %d", cut, b.free)
	}
	if second.finish() || !second.wasEvicted() {
		t.Error("there is no room for both")
	}
	second.release()
	first.release()
	if b.free != 100 || b.arriving.Len() != 0 {
		t.Errorf("free %d, arriving %d", b.free, b.arriving.Len())
	}
}

// The order of eviction, step by step: what is named was cut.
func TestLeases(t *testing.T) {
	t.Parallel()
	var cut string
	b := newBudget(100)
	begin := func(name string) *lease { return b.lease(func() { cut += name }) }
	must := func(err, want error, wantCut string, free int64) {
		t.Helper()
		if !errors.Is(err, want) || cut != wantCut || b.free != free {
			t.Fatalf("error %v, cut %q, free %d; want %v, %q, %d", err, cut, b.free, want, wantCut, free)
		}
	}
	old, done, middle, young := begin("old "), begin("done "), begin("middle "), begin("young ")
	must(done.take(30), nil, "", 70)
	must(old.take(20), nil, "", 50)
	must(middle.take(50), nil, "", 0)
	if !done.finish() {
		t.Fatal("a lease of which nobody wanted anything was evicted")
	}
	must(old.take(1), errBusy, "", 0) // it is the oldest: it displaces nobody
	must(young.take(10), nil, "old ", 10)
	must(old.take(1), errEvicted, "old ", 10)
	if !old.wasEvicted() || middle.wasEvicted() {
		t.Error("the leases do not know what became of them")
	}
	old.release()
	must(nil, nil, "old ", 10)                       // it was given back before
	must(young.take(61), errBusy, "old middle ", 60) // what is complete stays
	must(young.take(60), nil, "old middle ", 0)
	middle.release()
	young.release()
	done.release()
	done.release()
	must(nil, nil, "old middle ", 100)
	last := begin("last ")
	must(last.take(101), errBusy, "old middle ", 100)
	must(last.take(100), nil, "old middle ", 0)
	last.release()
	if b.arriving.Len() != 0 {
		t.Error("released leases are kept")
	}
}
