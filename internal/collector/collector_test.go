package collector

import (
	"math"
	"testing"
)

func TestASmallHeapIsCollectedSeldomAndALargeOneAsUsual(t *testing.T) {
	t.Parallel()
	const mb = 1 << 20
	for used := uint64(0); used < 64*mb; used += mb / 4 {
		for _, roots := range []uint64{0, mb, 4 * mb} {
			percent := garbage(used, roots)
			if percent < largeGarbage || percent > mostGarbage {
				t.Fatalf("%d: %d %%", used, percent)
			}
			// As Go computes it.
			heap := used + (used+roots)*uint64(percent)/100
			if most := max(smallHeap, used+(used+roots)); heap > most {
				t.Errorf("%d in use, %d roots: the heap grows to %d, want at most %d", used, roots, heap, most)
			}
			if used >= smallHeap/2 && percent > usualGarbage {
				t.Errorf("%d in use: %d %% of garbage", used, percent)
			}
			if heap := used + used*uint64(percent)/100; used >= room && heap > max(used+room, used+used/2) {
				t.Errorf("%d in use: the heap grows to %d", used, heap)
			}
		}
	}
	for used, want := range map[uint64]int{0: mostGarbage, 4 * mb: 260, 8 * mb: 100, smallHeap / 2: usualGarbage, room: usualGarbage, 24 * mb: 66, 40 * mb: largeGarbage, math.MaxUint64: largeGarbage} {
		roots := min(used, mb)
		if got := garbage(used, roots); got != want {
			t.Errorf("%d in use: %d %%, want %d", used, got, want)
		}
	}
}
