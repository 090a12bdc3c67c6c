package usersync

import (
	"context"
	"slices"
	"sync/atomic"
	"time"
)

// dispatcher decides when a transaction begins, and which of the deliveries that wait go
// into it. One goroutine has it to itself.
type dispatcher struct {
	queue   <-chan *job
	closing <-chan struct{} // nil once it is known to be closed
	options BatcherOptions
	apply   func(context.Context, []*Delivery) []Result

	waiting []*job // in the order in which they came
	passed  int    // of them, how many cannot go before somebody has landed
	held    []*job // their rows are held by somebody else

	flights []*flight
	flying  map[UserKey]bool // whose rows they need
	wanted  map[UserKey]bool // whose rows those need who stayed behind last
	landed  chan *flight
	crowd   int // how many waited or were on their way at once; less with each that lands
	pace    pace
	waited  atomic.Bool // somebody on the way did, for a lock, and in vain
}

// run applies deliveries until there are no more to come.
func (d *dispatcher) run() {
	d.landed, d.flying, d.wanted = make(chan *flight), map[UserKey]bool{}, map[UserKey]bool{}
	for d.step() {
	}
}

// step begins a transaction if it is time, or waits until something happens. It reports
// whether there is anything left.
func (d *dispatcher) step() bool {
	d.fill()
	d.crowd = max(d.crowd, d.ready()+d.aboard())
	if d.due(time.Now()) {
		d.begin()
		return true
	}
	var turn <-chan time.Time
	if len(d.held) > 0 && len(d.flights) == 0 {
		turn = time.After(time.Until(earliest(d.held)))
	}
	if d.closing == nil && len(d.flights) == 0 && turn == nil { // nor does anybody wait, then
		return false
	}
	queue := d.queue
	if !d.takes() {
		queue = nil
	}
	select {
	case first := <-queue:
		d.waiting = append(d.waiting, first)
	case f := <-d.landed:
		d.land(f)
	case <-turn:
	case <-d.closing:
		d.closing = nil
	}
	return true
}

// due reports whether a transaction is to begin: at once if there is none, and another one
// when their share of all who were there lately wait. Who was answered together comes again
// together, so with fewer the last of them would find all transactions on their way.
func (d *dispatcher) due(now time.Time) bool {
	ready := d.ready()
	if len(d.flights) == 0 {
		return ready > 0 || len(d.held) > 0 && !now.Before(earliest(d.held))
	}
	return ready > 0 && len(d.flights) < d.most() && ready*d.most() >= d.crowd
}

// ready is how many wait for nobody who is on the way.
func (d *dispatcher) ready() int { return len(d.waiting) - d.passed }

// aboard is how many are on their way.
func (d *dispatcher) aboard() (deliveries int) {
	for _, f := range d.flights {
		deliveries += len(f.batch)
	}
	return deliveries
}

// most is how many transactions there may be at once.
func (d *dispatcher) most() int {
	if d.pace.several() {
		return max(d.options.Flights, 1)
	}
	return 1
}

// takes reports whether anybody is taken out of the queue: not long before there can be a
// transaction, as the queue is what bounds how many wait.
func (d *dispatcher) takes() bool {
	return len(d.flights) < d.most() && len(d.waiting) < d.options.Batch
}

// fill takes whoever is in the queue.
func (d *dispatcher) fill() {
	for d.takes() {
		select {
		case j := <-d.queue:
			d.waiting = append(d.waiting, j)
		default:
			return
		}
	}
}

// begin begins a transaction. Where there is one at a time it is done before anything else
// happens.
func (d *dispatcher) begin() {
	clear(d.wanted)
	f := &flight{batch: append(d.recall(), d.board()...)}
	if len(f.batch) == 0 {
		return
	}
	if d.options.Gathered != nil {
		d.options.Gathered(len(f.batch))
	}
	if d.most() == 1 {
		f.fly(d.apply, d.options.Deadline)
		d.land(f)
		return
	}
	f.name()
	for _, u := range f.users {
		d.flying[u] = true
	}
	d.flights = append(d.flights, f)
	for _, g := range d.flights {
		g.among = len(d.flights) > 1 || g.among
	}
	go func() {
		f.fly(d.apply, d.options.Deadline)
		d.landed <- f
	}()
}

// stays reports whether a delivery cannot go yet: one of its users is on the way, so the row
// would turn out to be held. Who comes later does not take its other users from it, or it
// would never find all of them there.
func (d *dispatcher) stays(j *job) bool {
	if !j.meets(d.flying) && !j.meets(d.wanted) {
		return false
	}
	for u := range j.users {
		d.wanted[u] = true
	}
	return true
}

// board takes whoever goes along out of those who wait.
func (d *dispatcher) board() (batch []*job) {
	size := 0
	stay := d.waiting[:0]
	d.passed = 0
	for _, j := range d.waiting {
		switch {
		case size >= d.options.Batch:
			stay = append(stay, j)
		case j.abandoned.Load():
		case d.stays(j):
			stay = append(stay, j)
			d.passed++
		default:
			batch = append(batch, j)
			size += j.size()
		}
	}
	clear(d.waiting[len(stay):])
	d.waiting = stay
	return batch
}

// recall takes whose turn it is out of those whose rows were held. However many they are,
// others go along.
func (d *dispatcher) recall() (batch []*job) {
	now, size := time.Now(), 0
	later := d.held[:0]
	for _, j := range d.held {
		switch {
		case j.abandoned.Load():
		case size < d.options.Batch && !now.Before(j.due) && !d.stays(j):
			batch = append(batch, j)
			size += j.size()
		default:
			later = append(later, j)
		}
	}
	clear(d.held[len(later):])
	d.held = later
	return batch
}

// land notes that a transaction has ended.
func (d *dispatcher) land(f *flight) {
	d.flights = slices.DeleteFunc(d.flights, func(other *flight) bool { return other == f })
	for _, u := range f.users {
		delete(d.flying, u)
	}
	d.held = append(d.held, f.held...)
	d.passed = 0
	d.crowd -= (d.crowd + 7) / 8
	if f.arrived {
		d.pace.note(f.took)
	}
	if d.waited.Swap(false) && f.among {
		d.pace.met()
	}
}

// earliest returns when the first of the held deliveries is due.
func earliest(held []*job) time.Time {
	due := held[0].due
	for _, j := range held[1:] {
		if j.due.Before(due) {
			due = j.due
		}
	}
	return due
}
