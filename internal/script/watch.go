package script

import (
	"os"
	"runtime/metrics"
	"time"

	"github.com/dop251/goja"
)

// watch stops a machine that takes too long or too much, until done is closed. Native
// code of the engine heeds no interruption: where it goes on, the process ends.
func watch(vm *goja.Runtime, limit time.Duration, done <-chan struct{}) {
	end := time.NewTimer(limit)
	defer end.Stop()
	look := time.NewTicker(heapLook)
	defer look.Stop()
	late := false
	for {
		select {
		case <-done:
			return
		case <-end.C:
			if late {
				os.Exit(exitLate)
			}
			late = true
			vm.Interrupt(stopped{ReasonTimeout, "it was not done in " + limit.String()})
			end.Reset(2 * grace)
		case <-look.C:
			switch heap := heapSize(); {
			case heap > 2*hardHeap:
				os.Exit(exitMemory)
			case heap > hardHeap:
				vm.Interrupt(stopped{ReasonLimit, "it took more memory than a script may"})
			}
		}
	}
}

// heapSize is how many bytes of the heap hold objects, garbage included; the collector
// works all the time once there are more than softHeap.
func heapSize() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
