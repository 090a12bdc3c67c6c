package spool

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"

	usersync "usersync/sync"
)

const (
	markerSize = 8
	headSize   = markerSize + 4 + 4
	tailSize   = 4 + 1
	// endMark has several bits set: one flipped bit does not make it zero, which
	// is what stands there if it was never written.
	endMark = 0xA5
	version = 1
	// The content of a request that says nothing.
	leastContent = 1 + 8 + 2 + 2 + 4
	leastRecord  = headSize + leastContent + tailSize
	// largestRecord is what a reader believes, whatever MaxRecord says now.
	largestRecord = 64 << 20
)

// checksum is what proves that a part of a record was written wholly. The table is made once,
// by the first who asks for it.
func checksum(data []byte) uint32 { return crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)) }

// marker begins each record of a segment.
type marker [markerSize]byte

// size returns how many bytes the record of a request takes, and false if a part
// of it is longer than the format can say.
func size(v *usersync.Verified) (int, bool) {
	ok := len(v.Provider) <= math.MaxUint16 && len(v.Headers) <= math.MaxUint16
	n := leastRecord + len(v.Provider) + len(v.Body)
	for name, value := range v.Headers {
		ok = ok && len(name) <= math.MaxUint16
		n += 2 + len(name) + 4 + len(value)
	}
	return n, ok && n <= largestRecord
}

// appendRecord appends the record of a request whose size was asked for. It is
// complete once seal has been called.
func appendRecord(b []byte, v *usersync.Verified) []byte {
	start := len(b)
	b = append(b, make([]byte, headSize)...)
	b = append(b, version)
	b = binary.LittleEndian.AppendUint64(b, uint64(v.ReceivedAt))
	b = appendShort(b, v.Provider)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(v.Headers)))
	for name, value := range v.Headers {
		b = appendShort(b, name)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(value)))
		b = append(b, value...)
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(len(v.Body)))
	b = append(b, v.Body...)
	binary.LittleEndian.PutUint32(b[start+markerSize:], uint32(len(b)-start-headSize))
	return append(b, 0, 0, 0, 0, endMark)
}

func appendShort(b []byte, s string) []byte {
	return append(binary.LittleEndian.AppendUint16(b, uint16(len(s))), s...)
}

// seal makes a record one of the segment with this marker and returns what
// follows it in b.
func seal(b []byte, m marker) []byte {
	end := headSize + int(binary.LittleEndian.Uint32(b[markerSize:])) + tailSize
	record := b[:end]
	copy(record, m[:])
	binary.LittleEndian.PutUint32(record[markerSize+4:], checksum(record[:markerSize+4]))
	check := record[:end-tailSize]
	binary.LittleEndian.PutUint32(record[end-tailSize:], checksum(check))
	return b[end:]
}

// recordLength reads the first headSize bytes of a record and returns how long it
// is as a whole, or 0 if they are not a head.
func recordLength(head []byte, m marker) int64 {
	if len(head) < headSize || marker(head[:markerSize]) != m {
		return 0
	}
	length := binary.LittleEndian.Uint32(head[markerSize:])
	if binary.LittleEndian.Uint32(head[markerSize+4:]) != checksum(head[:markerSize+4]) {
		return 0
	}
	whole := headSize + int64(length) + tailSize
	if whole < leastRecord || whole > largestRecord {
		return 0
	}
	return whole
}

// intact reports whether a record of the right length is as it was written.
func intact(record []byte) bool {
	check := len(record) - tailSize
	return record[len(record)-1] == endMark &&
		binary.LittleEndian.Uint32(record[check:]) == checksum(record[:check])
}

// content returns what stands between the head and the last check.
func content(record []byte) []byte { return record[headSize : len(record)-tailSize] }

// errContent never says what the content is.
var errContent = errors.New("the content of the record is not understood")

// fields are the parts of a content, which they point into.
type fields struct {
	receivedAt usersync.Micros
	provider   []byte
	body       []byte
}

// walk reads a content, which must be neither shorter nor longer than what it
// says of itself, and calls header, if there is one, for each header.
func walk(b []byte, header func(name, value []byte)) (fields, error) {
	r := cursor{rest: b}
	if v := r.take(1); len(v) != 1 || v[0] != version {
		return fields{}, errContent
	}
	var f fields
	f.receivedAt = usersync.Micros(r.number(8))
	f.provider = r.take(r.number(2))
	for range r.number(2) {
		name := r.take(r.number(2))
		value := r.take(r.number(4))
		if r.broken {
			return fields{}, errContent
		}
		if header != nil {
			header(name, value)
		}
	}
	f.body = r.take(r.number(4))
	if r.broken || len(r.rest) > 0 {
		return fields{}, errContent
	}
	return f, nil
}

// decode returns the request that a content stands for, with no memory in common.
func decode(b []byte) (usersync.Verified, error) {
	var headers map[string]string
	f, err := walk(b, func(name, value []byte) {
		if headers == nil {
			headers = map[string]string{}
		}
		headers[string(name)] = string(value)
	})
	if err != nil {
		return usersync.Verified{}, err
	}
	return usersync.Verified{
		Provider: string(f.provider), ReceivedAt: f.receivedAt,
		Headers: headers, Body: append([]byte(nil), f.body...),
	}, nil
}
