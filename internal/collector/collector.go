// Package collector sets the garbage collector for a daemon whose heap is small.
package collector

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

const (
	// smallHeap is how many bytes the heap of a daemon grows to before it is collected,
	// however little of that is in use: with 64 connections that is 4 MB, which Go would
	// collect with every 4 MB of garbage. From the half of this on it is collected as Go
	// does, and a large one more often, so that whoever fills the memory finds no more room
	// than without.
	smallHeap = 17 << 20

	// usualGarbage is Go's own percentage. Nor does Go collect a heap below 4 MB, or as
	// many percent of that: so much is mostGarbage at smallHeap.
	usualGarbage = 100
	mostGarbage  = usualGarbage * smallHeap / (4 << 20)

	// largeGarbage is the percentage of a large heap, as one that senders fill with bodies:
	// it may have so many percent of garbage, or room bytes if that is more.
	largeGarbage = 50
	room         = 16 << 20

	// ceiling is how many bytes Go may hold until what is in use has been counted
	// again: it may have grown to the whole heap since.
	ceiling = 64 << 20
)

// garbage is for how many percent of garbage a heap waits until it is collected.
// used are the bytes that the last collection left; roots are those of stacks and
// variables, to which the percentage applies as well.
func garbage(used, roots uint64) (percent int) {
	if used >= smallHeap/2 {
		return int(min(usualGarbage, max(largeGarbage, 100*room/used)))
	}
	return max(usualGarbage, int(min(mostGarbage, 100*(smallHeap-used)/max(used+roots, 1))))
}

// sparse has a small heap collected seldom.
type sparse struct {
	mu      sync.Mutex
	stopped bool
}

// CollectSeldom spares a daemon most of its garbage collections, unless the operator has
// set the collector. The process has one heap, and no two daemons but in tests.
func CollectSeldom() (stop func()) {
	for _, setting := range []string{"GOGC", "GOMEMLIMIT"} {
		if os.Getenv(setting) != "" {
			return func() {}
		}
	}
	s := &sparse{}
	s.adjust()
	return s.stop
}

// stop gives the collector back to Go.
func (s *sparse) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
	debug.SetGCPercent(usualGarbage)
	debug.SetMemoryLimit(math.MaxInt64)
}

// adjust runs after each collection: what it leaves behind is garbage at once, and the
// next collection finds that.
func (s *sparse) adjust() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return
	}
	use := []metrics.Sample{
		{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/stack:bytes"}, {Name: "/gc/scan/globals:bytes"},
		{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}, {Name: "/memory/classes/heap/free:bytes"},
	}
	metrics.Read(use)
	value := func(i int) uint64 { return use[i].Value.Uint64() }
	live := value(0)
	percent := garbage(live, value(1)+value(2))
	// What the runtime holds besides is none of the garbage that the ceiling is to bound: if
	// that is much, as after a peak, collecting would not help.
	besides := value(3) - value(4) - value(5) - live
	if percent <= usualGarbage || besides > ceiling/2 {
		// Not for a moment a high percentage without a ceiling.
		debug.SetGCPercent(min(percent, usualGarbage))
		debug.SetMemoryLimit(math.MaxInt64)
	} else {
		debug.SetMemoryLimit(ceiling)
		debug.SetGCPercent(percent)
	}
	runtime.AddCleanup(new(collected), (*sparse).adjust, s)
}

// collected is large enough to be an object of its own.
type collected [64]byte
