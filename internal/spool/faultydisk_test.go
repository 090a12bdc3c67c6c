package spool

import (
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"slices"
	"sync"
)

// faultyDisk is a directory in memory that knows which of it a power cut would
// leave: what a file held at its last sync, and the names there were at the last
// sync of the directory.
type faultyDisk struct {
	mu      sync.Mutex
	rand    *rand.Rand
	names   map[string]*faultyFile
	durable map[string]*faultyFile
	off     bool // there is no power any more
	ops     int
	cutAt   int // the operation at which the power goes, or 0

	// fail is asked before each operation.
	fail func(op string) error
	free int64
}

type faultyFile struct {
	disk    *faultyDisk
	data    []byte
	durable []byte
}

var errPower = errors.New("no power")

func newFaultyDisk(seed uint64) *faultyDisk {
	return &faultyDisk{
		rand: rand.New(rand.NewPCG(seed, 1)), names: map[string]*faultyFile{}, durable: map[string]*faultyFile{},
		free: 1 << 40,
	}
}

// step lets an operation go ahead or not. The disk is locked.
func (d *faultyDisk) step(op string) error {
	d.ops++
	if d.cutAt > 0 && d.ops >= d.cutAt {
		d.off = true
	}
	if d.off {
		return errPower
	}
	if d.fail != nil {
		return d.fail(op)
	}
	return nil
}

func (d *faultyDisk) create(name string) (appender, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.step("create"); err != nil {
		return nil, err
	}
	if d.names[name] != nil {
		return nil, fs.ErrExist
	}
	f := &faultyFile{disk: d}
	d.names[name] = f
	return f, nil
}

func (d *faultyDisk) open(name string) (reader, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.step("open"); err != nil {
		return nil, err
	}
	f := d.names[name]
	if f == nil {
		return nil, fs.ErrNotExist
	}
	return f, nil
}

func (d *faultyDisk) remove(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.step("remove"); err != nil {
		return err
	}
	if d.names[name] == nil {
		return fs.ErrNotExist
	}
	delete(d.names, name)
	return nil
}

func (d *faultyDisk) rename(from, to string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.step("rename"); err != nil {
		return err
	}
	d.names[to] = d.names[from]
	delete(d.names, from)
	return nil
}

func (d *faultyDisk) list() ([]entry, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off {
		return nil, errPower
	}
	var files []entry
	for name, f := range d.names {
		files = append(files, entry{name: name, size: int64(len(f.data))})
	}
	return files, nil
}

func (d *faultyDisk) sync() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.step("sync directory"); err != nil {
		return err
	}
	d.durable = map[string]*faultyFile{}
	for name, f := range d.names {
		d.durable[name] = f
	}
	return nil
}

func (d *faultyDisk) room() (free, size int64, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.free, 1 << 40, nil
}

func (f *faultyFile) Write(b []byte) (int, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if err := f.disk.step("write"); err != nil {
		n := f.disk.rand.IntN(len(b)) // a part of it may have got there
		f.data = append(f.data, b[:n]...)
		return n, err
	}
	f.data = append(f.data, b...)
	return len(b), nil
}

// Sync makes durable what is there. If it fails, nothing of it is, and the next
// one will not know: that is what Linux does.
func (f *faultyFile) Sync() error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if err := f.disk.step("sync"); err != nil {
		return err
	}
	f.durable = slices.Clone(f.data)
	return nil
}

func (f *faultyFile) Truncate(size int64) error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if err := f.disk.step("truncate"); err != nil {
		return err
	}
	f.data = slices.Clone(f.data[:size])
	return nil
}

func (f *faultyFile) Close() error { return nil }

func (f *faultyFile) ReadAt(b []byte, at int64) (int, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if err := f.disk.step("read"); err != nil {
		return 0, err
	}
	if at >= int64(len(f.data)) {
		return 0, io.EOF
	}
	n := copy(b, f.data[at:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// afterCut returns the directory as it is found when the power is back: names that
// were not synced may be there or not, and so may any part of what was written
// to a file after its last sync.
func (d *faultyDisk) afterCut() *faultyDisk {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.off = true
	found := newFaultyDisk(d.rand.Uint64())
	keep := func(name string, f *faultyFile) {
		data := d.torn(f)
		g := &faultyFile{disk: found, data: data, durable: data}
		found.names[name], found.durable[name] = g, g
	}
	for _, name := range sortedNames(d.names) {
		if d.durable[name] == d.names[name] || d.rand.IntN(2) == 0 {
			keep(name, d.names[name])
		}
	}
	for _, name := range sortedNames(d.durable) { // removed, but not for good
		if d.names[name] == nil && d.rand.IntN(2) == 0 {
			keep(name, d.durable[name])
		}
	}
	return found
}

func sortedNames(files map[string]*faultyFile) []string {
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names) // so that a seed gives the same again
	return names
}

// torn returns what is left of a file.
func (d *faultyDisk) torn(f *faultyFile) []byte {
	if len(f.data) <= len(f.durable) {
		return slices.Clone(f.durable)
	}
	data := slices.Clone(f.data)
	tail := data[len(f.durable):]
	cut := d.rand.IntN(len(tail) + 1)
	switch d.rand.IntN(5) {
	case 0: // nothing
		return data[:len(f.durable)]
	case 1: // cut short
		return data[:len(f.durable)+cut]
	case 2: // as long as it was, but zeros at the end
		clear(tail[cut:])
	case 3: // a hole
		clear(tail[min(cut, len(tail)/2):][:len(tail)-max(cut, len(tail)/2)])
	case 4: // longer than it was, and zeros at the end
		clear(tail[cut:])
		return append(data, make([]byte, d.rand.IntN(9000))...)
	}
	return data
}
