package usersync

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The form of users.sync_state, version 1. Integers are varints (zigzag where
// they may be negative); a text is its length and its bytes.
//
//	version  1
//	flags    1: a floor is there; 2: email_verified has a hidden value; 4: a hash of the metadata is there
//	events   count, then for each: at, updated, sequence, event id
//	present  bit mask of the registers that know something
//	stamps   for each of them: index of its event × 4 + rank
//	floor    likewise, if flagged
//	hidden   0 null, 1 false, 2 true, if flagged
//	hash     16 bytes, if flagged
//
// Events are interned: most rows were written by one or two of them. The
// values themselves are the columns of the row.
const stateVersion = 1

const (
	flagFloor = 1 << iota
	flagHidden
	flagHash
)

// errState is returned for bytes that EncodeState did not make.
var errState = errors.New("sync_state is damaged or of a newer version: restore the row, or upgrade usersync")

// EncodeState appends the stored form of s to dst: the stamps, and those
// values that no column shows. Together with Project(s) it is all of s.
func EncodeState(dst []byte, s *State) []byte {
	var events [NumFields + 1]Stamp
	count := 0
	intern := func(stamp Stamp) uint64 {
		rank := stamp.Rank
		stamp.Rank = 0
		i := 0
		for i < count && events[i] != stamp {
			i++
		}
		if i == count {
			events[i] = stamp
			count++
		}
		return uint64(i)<<2 | uint64(rank)
	}

	var flags byte
	var present, floor uint64
	var stamps [NumFields]uint64
	for f := range s.Registers {
		if r := &s.Registers[f]; r.Value.Present() {
			present |= 1 << f
			stamps[f] = intern(r.Stamp)
		}
	}
	if s.Floor != (Stamp{}) {
		flags |= flagFloor
		floor = intern(s.Floor)
	}
	if s.hidesVerification() {
		flags |= flagHidden
	}
	metadata := s.Registers[FieldMetadata].Value
	if metadata.Kind() == JSON {
		flags |= flagHash
	}

	dst = append(dst, stateVersion, flags, byte(count))
	for _, e := range events[:count] {
		dst = binary.AppendVarint(dst, int64(e.At))
		dst = binary.AppendVarint(dst, int64(e.Updated))
		dst = binary.AppendUvarint(dst, e.Sequence)
		dst = binary.AppendUvarint(dst, uint64(len(e.Event)))
		dst = append(dst, e.Event...)
	}
	dst = binary.AppendUvarint(dst, present)
	for f := range s.Registers {
		if present&(1<<f) != 0 {
			dst = binary.AppendUvarint(dst, stamps[f])
		}
	}
	if flags&flagFloor != 0 {
		dst = binary.AppendUvarint(dst, floor)
	}
	if flags&flagHidden != 0 {
		dst = append(dst, hiddenByte(s.Registers[FieldEmailVerified].Value))
	}
	if flags&flagHash != 0 {
		dst = append(dst, metadata.Hash()...)
	}
	return dst
}

func hiddenByte(v Value) byte {
	switch {
	case v.Kind() == Null:
		return 0
	case v.True():
		return 2
	default:
		return 1
	}
}

// DecodeState is the inverse of EncodeState: it puts the stamps in blob and
// the values in v together. The metadata in v are not looked at: their register
// gets the hash alone. Empty bytes are the state that knows nothing. Of a string the
// state holds parts instead of copies.
func DecodeState[B string | []byte](blob B, v *View) (State, error) {
	var s State
	if len(blob) == 0 {
		return s, nil
	}
	d := decoder[B]{rest: blob}
	if version := d.byte(); version != stateVersion {
		return s, fmt.Errorf("%w (version %d)", errState, version)
	}
	flags := d.byte()
	var events [NumFields + 1]Stamp
	count := d.byte()
	if int(count) > len(events) {
		return s, errState
	}
	for i := range events[:count] {
		events[i] = Stamp{At: Micros(d.varint()), Updated: Micros(d.varint()), Sequence: d.uvarint(), Event: d.text()}
	}
	stamp := func() Stamp {
		packed := d.uvarint()
		if packed>>2 >= uint64(count) {
			d.bad = true
			return Stamp{}
		}
		st := events[packed>>2]
		st.Rank = Rank(packed & 3)
		return st
	}
	present := d.uvarint()
	for f := range s.Registers {
		if present&(1<<f) != 0 {
			s.Registers[f] = Register{v.register(Field(f)), stamp()}
		}
	}
	if flags&flagFloor != 0 {
		s.Floor = stamp()
	}
	if flags&flagHidden != 0 {
		s.Registers[FieldEmailVerified].Value = [...]Value{NullValue(), BoolValue(false), BoolValue(true)}[min(d.byte(), 2)]
	}
	if flags&flagHash != 0 {
		s.Registers[FieldMetadata].Value = JSONHash(string(d.take(hashSize)))
	}
	if d.bad || len(d.rest) != 0 || present>>NumFields != 0 {
		return State{}, errState
	}
	return s, nil
}

// LatestStamp returns the greatest time of all stamps in the stored form of a
// state, 0 if nothing is known or if it cannot be read.
func LatestStamp(blob []byte) (latest Micros) {
	if len(blob) == 0 {
		return 0
	}
	d := decoder[[]byte]{rest: blob}
	if d.byte() != stateVersion {
		return 0
	}
	d.byte() // the flags
	for range d.byte() {
		at := Micros(d.varint())
		d.varint()
		d.uvarint()
		d.take(d.uvarint())
		latest = max(latest, at)
	}
	if d.bad {
		return 0
	}
	return latest
}

// register returns the value that the view shows for a register.
func (v *View) register(f Field) Value {
	switch f {
	case FieldAccess:
		return BoolValue(v.Suspended)
	case FieldLife:
		return BoolValue(v.DeletedAt.Kind() == Time)
	case FieldMetadata:
		return NullValue() // unless the state has a hash
	default:
		return v.Columns[f]
	}
}

// decoder reads from the front of rest; after a fault it returns zeros and
// bad stays true.
type decoder[B string | []byte] struct {
	rest B
	bad  bool
}

const zeros = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" // hashSize of them

func (d *decoder[B]) take(n uint64) B {
	if n > uint64(len(d.rest)) {
		d.bad = true
		d.rest = d.rest[:0]
		return B(zeros[:min(n, hashSize)])
	}
	taken := d.rest[:n]
	d.rest = d.rest[n:]
	return taken
}

func (d *decoder[B]) byte() byte { return d.take(1)[0] }

func (d *decoder[B]) uvarint() (n uint64) {
	for i := range min(len(d.rest), binary.MaxVarintLen64) {
		b := d.rest[i]
		if i == binary.MaxVarintLen64-1 && b > 1 {
			break // more than 64 bits
		}
		n |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			d.rest = d.rest[i+1:]
			return n
		}
	}
	d.bad = true
	return 0
}

func (d *decoder[B]) varint() int64 {
	n := d.uvarint()
	return int64(n>>1) ^ -int64(n&1)
}

func (d *decoder[B]) text() string { return string(d.take(d.uvarint())) }
