//go:build !race

package providers

import (
	"fmt"
	"strings"
	"testing"
)

// An object with a great many members takes a few times its size while it is sorted, not
// what a slice outgrows on its way there: a user may fill their own metadata as they like.
// The race detector's own memory would count.
func TestSortingMembersTakesAFewTimesTheirSize(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"z":0`)
	for i := 0; b.Len() < 1<<20; i++ {
		fmt.Fprintf(&b, `,"k%d":%d`, i, i%10)
	}
	b.WriteString("}")
	raw := b.String()
	took := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := canonicalJSON(raw); err != nil {
				b.Fatal(err)
			}
		}
	}).AllocedBytesPerOp()
	if most := int64(6 * len(raw)); took > most {
		t.Errorf("%d bytes for %d, want at most %d", took, len(raw), most)
	}
}
