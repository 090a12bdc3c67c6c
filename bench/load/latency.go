package load

import (
	"math/bits"
	"time"
)

// Latency counts durations in buckets whose width is at most 1/64 of their value.
type Latency struct {
	buckets [64 * 32]int64
	count   int64
}

// exact is how many low microseconds have a bucket of their own; above, each power
// of two has half as many.
const exact = 128

func bucketOf(micros int64) int {
	if micros < exact {
		return int(max(micros, 0))
	}
	shift := bits.Len64(uint64(micros)) - 7
	return shift*64 + int(micros>>shift)
}

func (l *Latency) add(d time.Duration) {
	l.buckets[min(bucketOf(d.Microseconds()), len(l.buckets)-1)]++
	l.count++
}

func (l *Latency) merge(other *Latency) {
	for i, n := range other.buckets {
		l.buckets[i] += n
	}
	l.count += other.count
}

// Quantile returns the duration in µs below which the share q of all lie, as the
// upper end of its bucket; 0 of nothing.
func (l *Latency) Quantile(q float64) int64 {
	if l.count == 0 {
		return 0
	}
	rest := min(int64(q*float64(l.count)), l.count-1)
	for i, n := range l.buckets {
		if rest -= n; rest < 0 {
			return upperEnd(i)
		}
	}
	return upperEnd(len(l.buckets) - 1)
}

func upperEnd(bucket int) int64 {
	if bucket < exact {
		return int64(bucket)
	}
	shift := bucket/64 - 1
	return (int64(bucket-shift*64)+1)<<shift - 1
}
