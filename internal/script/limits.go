package script

import "time"

// What a run may take. Those of memory are of the worker as a whole.
const (
	maxText    = 256 << 10        // bytes of a script
	maxInput   = 4 << 20          // bytes of what it is given
	maxOutput  = 1 << 20          // bytes of what it gives: result and calls together
	maxCalls   = 100              // calls of actions
	maxNesting = 64               // objects and arrays in each other, in what it gives
	maxFrames  = 2000             // calls of functions in each other
	softHeap   = 20 << 20         // bytes of the heap above which the collector works hard
	hardHeap   = 28 << 20         // bytes of the heap above which a run is stopped
	mostMemory = 40 << 20         // bytes that a worker may take beyond those that it starts with
	maxStack   = 16 << 20         // bytes of the stack of native code
	grace      = time.Second / 2  // how long after its end a run may tell where it was
	heapLook   = time.Millisecond // how often the heap is measured
)

// tooLarge says that a run gives more than maxOutput.
const tooLarge = "result and actions together have more than 1 MiB"
