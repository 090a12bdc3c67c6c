package script

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"
)

// workerName is the name under which the program is started as a worker.
const workerName = "usersync: script worker"

// WorkHere makes this process a worker if it was started as one, and then does not
// return. It must be the first thing that a program does.
func WorkHere() {
	if len(os.Args) == 1 && os.Args[0] == workerName {
		os.Exit(work(os.Stdin, os.Stdout))
	}
}

// The exit codes of a worker, for whoever looks at processes.
const (
	exitDone   = 0
	exitBroken = 1
	exitMemory = 3
	exitLate   = 4
)

// work runs jobs until the pipe ends, which it does when the parent has gone. Signals
// are for the parent: whoever stops a service or a terminal means that one, and it
// wants its answers.
func work(in io.Reader, out io.Writer) (code int) {
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	debug.SetTraceback("none")
	debug.SetMaxStack(maxStack)
	debug.SetMemoryLimit(softHeap)
	time.Local = time.UTC //nolint:reassign // a script's times must not depend on the machine
	if err := confine(); err != nil {
		return exitBroken
	}
	jobs := make(chan job)
	go receive(in, jobs)
	recent := programs{}
	if writeFrame(out, nil) != nil {
		return exitBroken
	}
	for j := range jobs {
		if writeFrame(out, nil) != nil { // from here on, what happens is the script's doing
			return exitBroken
		}
		if writeFrame(out, recent.do(&j)) != nil {
			return exitBroken
		}
	}
	return exitDone
}

// receive reads jobs. That it goes on while one runs is how a worker whose parent was
// killed ends, whatever its script does.
func receive(in io.Reader, jobs chan<- job) {
	r := bufio.NewReader(in)
	for {
		frame, err := readFrame(r, maxJob)
		if err != nil {
			os.Exit(exitDone)
		}
		var j job
		if json.Unmarshal(frame, &j) != nil {
			os.Exit(exitBroken)
		}
		jobs <- j
	}
}
