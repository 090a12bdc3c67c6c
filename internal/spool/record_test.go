package spool

import (
	"bytes"
	"encoding/hex"
	"maps"
	"strings"
	"testing"

	usersync "usersync/sync"
)

// goldenRecord was put together by hand, its two checks by a CRC-32C of another
// program: files of an older daemon must be readable by a newer one.
const goldenRecord = "" +
	"0102030405060708" + // marker
	"26000000" + // 38 bytes of content
	"fd524efa" +
	"01" + // version
	"40420f0000000000" + // 1 000 000 µs
	"0100" + "70" + // p
	"0100" + "0100" + "41" + "02000000" + "6231" + // A: b1
	"0b000000" + "7b226964223a2275227d0a" + // the body
	"90f784ec" +
	"a5"

func TestGoldenRecord(t *testing.T) {
	t.Parallel()
	record, err := hex.DecodeString(goldenRecord)
	if err != nil {
		t.Fatal(err)
	}
	m := marker(record[:markerSize])
	if n := recordLength(record, m); n != int64(len(record)) || !intact(record) {
		t.Fatalf("%d bytes, intact %v", n, intact(record))
	}
	v, err := decode(content(record))
	if err != nil || v.Provider != "p" || v.ReceivedAt != 1_000_000 || string(v.Body) != "{\"id\":\"u\"}\n" ||
		!maps.Equal(v.Headers, map[string]string{"A": "b1"}) {
		t.Errorf("%+v, %v", v, err)
	}
	again := appendRecord(nil, &v)
	seal(again, m)
	if !bytes.Equal(again, record) {
		t.Errorf("%x", again)
	}
}

func TestFlippedBits(t *testing.T) {
	t.Parallel()
	m := marker{1, 2, 3, 4, 5, 6, 7, 8}
	record := appendRecord(nil, requestNamed("a", 40))
	seal(record, m)
	for bit := range 8 * len(record) {
		record[bit/8] ^= 1 << (bit % 8)
		if recordLength(record, m) == int64(len(record)) && intact(record) {
			t.Errorf("bit %d may be flipped", bit)
		}
		record[bit/8] ^= 1 << (bit % 8)
	}
}

func TestSizeIsWhatIsWritten(t *testing.T) {
	t.Parallel()
	for _, v := range []*usersync.Verified{{}, requestNamed("a", 40), {Provider: "pp", Headers: map[string]string{"": "", "b": "cc"}}} {
		if n, ok := size(v); !ok || n != len(appendRecord(nil, v)) {
			t.Errorf("%+v: %d, %v", v, n, ok)
		}
	}
	if n, _ := size(&usersync.Verified{}); n < bitsApart {
		t.Errorf("a record of %d bytes may share its bit with another", n)
	}
	long := strings.Repeat("x", 1<<16)
	for _, v := range []*usersync.Verified{{Provider: long}, {Headers: map[string]string{long: ""}}, {Body: make([]byte, largestRecord)}} {
		if _, ok := size(v); ok {
			t.Error("the format cannot say this")
		}
	}
}

// FuzzDecode: what is understood is written the same way again, for one order
// of headers.
func FuzzDecode(f *testing.F) {
	for _, v := range []*usersync.Verified{{}, requestNamed("a", 3)} {
		record := appendRecord(nil, v)
		f.Add(content(record))
	}
	f.Add([]byte{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := decode(b)
		if err != nil || len(v.Headers) > 1 {
			return
		}
		again := content(appendRecord(nil, &v))
		if len(again) <= len(b) && len(v.Headers) == int(b[11+len(v.Provider)]) && !bytes.Equal(again, b) {
			t.Errorf("%x was read as %+v, which is %x", b, v, again)
		}
	})
}

// FuzzScan: a scan of anything ends, and every byte is a record's, lost or torn.
func FuzzScan(f *testing.F) {
	m := marker{1, 2, 3, 4, 5, 6, 7, 8}
	file := appendRecord(appendRecord(nil, requestNamed("a", 3)), requestNamed("b", 30))
	seal(seal(file, m), m)
	f.Add(file, true)
	f.Add(file[:len(file)-7], true)
	f.Add(append(bytes.Clone(file), make([]byte, 50)...), true)
	f.Add(append([]byte("xx"), file...), false)
	f.Fuzz(func(t *testing.T, b []byte, torn bool) {
		sc := scanner{file: bytes.NewReader(b), size: int64(len(b)), mark: m, mayEndTorn: torn}
		sum := int64(0)
		for {
			record, _ := sc.next()
			if record == nil {
				break
			}
			sum += int64(len(record))
		}
		for _, part := range sc.lost {
			sum += part.to - part.from
		}
		if sum+sc.torn != int64(len(b)) || sc.torn > 0 && !torn {
			t.Errorf("%d bytes of %d, torn %d", sum, len(b), sc.torn)
		}
	})
}
