package models

import (
	"encoding/binary"

	"github.com/jackc/pgx/v5/pgtype"

	usersync "usersync/sync"
)

// pgArray builds a one-dimensional array in Postgres' binary form: one
// parameter holds a column of any number of rows, so the statement's text
// never changes.
type pgArray struct {
	element uint32 // type of the elements
	buf     []byte
	count   uint32
	nulls   bool
}

// arrayTypes gives the array type of an element type.
var arrayTypes = map[uint32]uint32{
	pgtype.TextOID:        pgtype.TextArrayOID,
	pgtype.BoolOID:        pgtype.BoolArrayOID,
	pgtype.TimestamptzOID: pgtype.TimestamptzArrayOID,
	pgtype.UUIDOID:        pgtype.UUIDArrayOID,
	pgtype.ByteaOID:       pgtype.ByteaArrayOID,
	pgtype.Int8OID:        pgtype.Int8ArrayOID,
}

const arrayHeader = 20 // bytes: dimensions, has nulls, element type, length, lower bound

// postgresEpoch is 2000-01-01T00:00:00Z: Postgres counts microseconds from it.
const postgresEpoch = usersync.Micros(946684800_000000)

func newArray(element uint32, rows int) pgArray {
	return pgArray{element: element, buf: make([]byte, arrayHeader, arrayHeader+rows*20)}
}

// reset makes a an empty array that keeps its room.
func (a *pgArray) reset(element uint32) *pgArray {
	if a.buf == nil {
		*a = newArray(element, 0)
		return a
	}
	*a = pgArray{element: element, buf: a.buf[:arrayHeader]}
	return a
}

func (a *pgArray) length(n uint32) {
	a.buf = binary.BigEndian.AppendUint32(a.buf, n)
	a.count++
}

func (a *pgArray) null() {
	a.length(^uint32(0))
	a.nulls = true
}

func (a *pgArray) text(s string) {
	a.length(uint32(len(s)))
	a.buf = append(a.buf, s...)
}

// textOrNull holds the empty text to be NULL.
func (a *pgArray) textOrNull(s string) {
	if s == "" {
		a.null()
		return
	}
	a.text(s)
}

func (a *pgArray) bytes(b []byte) {
	a.length(uint32(len(b)))
	a.buf = append(a.buf, b...)
}

// jsonb appends a document in the binary form of jsonb: a version and the text.
func (a *pgArray) jsonb(document string) {
	a.length(uint32(1 + len(document)))
	a.buf = append(a.buf, 1)
	a.buf = append(a.buf, document...)
}

func (a *pgArray) uuid(id usersync.UUID) { a.bytes(id[:]) }

func (a *pgArray) bool(b bool) {
	a.length(1)
	if b {
		a.buf = append(a.buf, 1)
	} else {
		a.buf = append(a.buf, 0)
	}
}

func (a *pgArray) int64(n int64) {
	a.length(8)
	a.buf = binary.BigEndian.AppendUint64(a.buf, uint64(n))
}

func (a *pgArray) time(m usersync.Micros) { a.int64(int64(m - postgresEpoch)) }

// timeOrNull holds 0 to be NULL.
func (a *pgArray) timeOrNull(m usersync.Micros) {
	if m == 0 {
		a.null()
		return
	}
	a.time(m)
}

// value appends a field's value. A document without its text is NULL: the
// statement then leaves the column as it is.
func (a *pgArray) value(v usersync.Value) {
	switch v.Kind() {
	case usersync.Bool:
		a.bool(v.True())
	case usersync.Time:
		a.time(v.Micros())
	case usersync.Text:
		a.text(v.Str())
	case usersync.JSON:
		if document, whole := v.Document(); whole {
			a.text(document)
			return
		}
		a.null()
	default:
		a.null()
	}
}

// encoded returns the parameter.
func (a *pgArray) encoded() []byte {
	flag := uint32(0)
	if a.nulls {
		flag = 1
	}
	header := a.buf[:0:arrayHeader]
	if a.count == 0 {
		header = binary.BigEndian.AppendUint32(header, 0)
	} else {
		header = binary.BigEndian.AppendUint32(header, 1)
	}
	header = binary.BigEndian.AppendUint32(header, flag)
	header = binary.BigEndian.AppendUint32(header, a.element)
	if a.count == 0 {
		return a.buf[:12]
	}
	header = binary.BigEndian.AppendUint32(header, a.count)
	binary.BigEndian.AppendUint32(header, 1)
	return a.buf
}

// only returns the one element that there is as a parameter of its own; nil is NULL.
func (a *pgArray) only() []byte {
	if a.nulls {
		return nil
	}
	return a.buf[arrayHeader+4:]
}

// elementOf gives the Postgres type of a field's column; JSON travels as text
// and is cast by the statement.
func elementOf(f usersync.Field) uint32 {
	switch f.Kind() {
	case usersync.Bool:
		return pgtype.BoolOID
	case usersync.Time:
		return pgtype.TimestamptzOID
	default:
		return pgtype.TextOID
	}
}
