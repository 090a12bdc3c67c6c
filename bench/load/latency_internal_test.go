package load

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// A quantile is never less than that of the values themselves, and at most 1/64 more.
func TestQuantiles(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	var both, one, other Latency
	var values []int64
	for i := range 20_000 {
		micros := int64(math.Exp(random.Float64() * 17)) // up to 24 s
		values = append(values, micros)
		part := &one
		if i%3 == 0 {
			part = &other
		}
		part.add(time.Duration(micros)*time.Microsecond + 999)
	}
	both.merge(&one)
	both.merge(&other)
	slices.Sort(values)
	for _, q := range []float64{0, 0.001, 0.5, 0.9, 0.99, 0.999, 1} {
		want := values[min(int(q*float64(len(values))), len(values)-1)]
		if got := both.Quantile(q); got < want || float64(got) > float64(want)*65/64+1 {
			t.Errorf("%v: %d, want %d", q, got, want)
		}
	}
}

func TestBucketsFollowEachOther(t *testing.T) {
	t.Parallel()
	last := -1
	for micros := range int64(1 << 20) {
		b := bucketOf(micros)
		if b != last && b != last+1 || upperEnd(b) < micros {
			t.Fatalf("%d µs are in bucket %d, which ends at %d, after bucket %d", micros, b, upperEnd(b), last)
		}
		last = b
	}
	var l Latency
	l.add(-time.Second)
	l.add(math.MaxInt64)
	if l.Quantile(0) != 0 || l.Quantile(1) < int64(time.Hour/time.Microsecond) {
		t.Errorf("%d to %d", l.Quantile(0), l.Quantile(1))
	}
}

func TestNothingHasNoLatency(t *testing.T) {
	t.Parallel()
	var l Latency
	if got := l.Quantile(0.5); got != 0 {
		t.Error(got)
	}
}
