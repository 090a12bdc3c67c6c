// Package linewriter writes the lines of a busy log in groups: who has a line puts it
// into a buffer and goes on, and one goroutine writes whatever has come together. There
// is no timer: it lets those who are ready to run have their turn, then writes. While
// lines are few, each is written by who has it.
package linewriter

import (
	"errors"
	"io"
	"runtime"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// most is how many bytes may wait. Who finds no room waits until the ones before are
// written, so a reader that is slow slows the daemon, and takes no memory.
const most = 64 << 10

// few is how long after the last writing a line is written by who has it: to wake a
// goroutine for a single one costs more than it saves.
const few = 500 * time.Microsecond

// Writer takes whole lines from any goroutine and writes them in their order. A line
// of the level warn or above is written before the call returns, and so is what came before it:
// what a process says of its trouble does not die with it.
type Writer struct {
	out io.Writer

	mu      sync.Mutex
	changed sync.Cond // something was written
	waiting []byte
	spare   []byte // the buffer that is not in use
	taken   uint64 // lines
	written uint64 // lines
	busy    bool   // somebody writes
	last    time.Time
	failed  error // of writing, which nobody was told yet
	closed  bool

	wake  chan struct{}
	ended chan struct{}
}

// New starts a Writer. Close ends it and writes what is left.
func New(out io.Writer) *Writer {
	w := &Writer{out: out, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	w.changed.L = &w.mu
	go w.run()
	return w
}

// Write takes a line, without waiting for it to be written. An error is that of lines
// before, told once.
func (w *Writer) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.take(line)
}

// WriteLevel implements zerolog.LevelWriter.
func (w *Writer) WriteLevel(level zerolog.Level, line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, err := w.take(line)
	if level >= zerolog.WarnLevel && level < zerolog.NoLevel {
		err = errors.Join(err, w.flush())
	}
	return n, err
}

// Close writes what is left and returns the error of writing that nobody was told.
// Lines that come later are written at once.
func (w *Writer) Close() error {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		w.awake()
	}
	w.mu.Unlock()
	<-w.ended
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.tell()
}

// take puts a line where it waits, and wakes the goroutine if it is the first one.
func (w *Writer) take(line []byte) (int, error) {
	for !w.closed && len(w.waiting) > 0 && len(w.waiting)+len(line) > most {
		w.changed.Wait()
	}
	if w.closed {
		return w.late(line)
	}
	w.waiting = append(w.waiting, line...)
	w.taken++
	if w.taken == w.written+1 {
		if !w.busy && time.Since(w.last) > few {
			w.put()
		}
		if len(w.waiting) > 0 {
			w.awake()
		}
	}
	return len(line), w.tell()
}

// late writes a line after those that came before the end.
func (w *Writer) late(line []byte) (int, error) {
	for w.written < w.taken {
		w.changed.Wait()
	}
	return w.out.Write(line)
}

// flush waits until all that was taken by now is written.
func (w *Writer) flush() error {
	for mine := w.taken; w.written < mine; {
		w.changed.Wait()
	}
	return w.tell()
}

// tell returns what nobody was told yet.
func (w *Writer) tell() (err error) {
	err, w.failed = w.failed, nil
	return err
}

func (w *Writer) awake() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// run writes until the Writer is closed and nothing waits.
func (w *Writer) run() {
	defer close(w.ended)
	for range w.wake {
		// Whoever is ready to run may have a line as well.
		runtime.Gosched()
		if !w.drain() {
			return
		}
	}
}

// drain writes what waits and whatever comes meanwhile; false says that there will be
// no more.
func (w *Writer) drain() (open bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.busy || len(w.waiting) > 0 {
		if w.busy {
			w.changed.Wait()
			continue
		}
		w.put()
	}
	return !w.closed
}

// put writes what waits, all at once. Nobody else writes meanwhile.
func (w *Writer) put() {
	group, last := w.waiting, w.taken
	w.waiting, w.busy = w.spare[:0], true
	w.mu.Unlock()
	_, err := w.out.Write(group)
	now := time.Now()
	w.mu.Lock()
	if err != nil {
		w.failed = err
	}
	w.spare, w.written, w.last, w.busy = group, last, now, false
	w.changed.Broadcast()
}
