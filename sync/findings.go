package usersync

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

// samplesKept is how many users of each kind of drift are shown.
const samplesKept = 10

// Findings are what a reconcile found, to be shown: counts, a few samples of
// each kind, and a digest of everything. It is for one goroutine.
type Findings struct {
	Counts  map[DriftKind]int64         `json:"counts"`
	Samples map[DriftKind][]DriftSample `json:"samples"`
	sum     [4]uint64

	// Whom the last pages named: a list that moves while it is read may name a
	// user twice.
	recent, older map[UUID]bool
}

// remembered is how many users of the last ones are told apart.
const remembered = 4096

// DriftSample is one user who differs.
type DriftSample struct {
	UserID  string   `json:"user_id"`
	Email   string   `json:"email,omitempty"`   // masked
	Columns []string `json:"columns,omitempty"` // that differ
}

// NewFindings has found nothing yet.
func NewFindings() *Findings {
	return &Findings{Counts: map[DriftKind]int64{}, Samples: map[DriftKind][]DriftSample{}, recent: map[UUID]bool{}}
}

// repeats reports whether somebody was found a moment ago, and notes who it is.
func (f *Findings) repeats(id UUID) bool {
	if f.recent[id] || f.older[id] {
		return true
	}
	if len(f.recent) == remembered {
		f.recent, f.older = make(map[UUID]bool, remembered), f.recent
	}
	f.recent[id] = true
	return false
}

// Add notes one user, if not just found.
func (f *Findings) Add(d Drift) {
	if f.repeats(d.ID()) {
		return
	}
	f.Counts[d.Kind]++
	if len(f.Samples[d.Kind]) < samplesKept {
		sample := DriftSample{UserID: d.UserID, Email: maskEmail(d.email())}
		if d.Kind == DriftChanged || d.Kind == DriftSuspension {
			sample.Columns = d.Columns()
		}
		f.Samples[d.Kind] = append(f.Samples[d.Kind], sample)
	}
	// A sum does not depend on the order in which a list names its users.
	hash := d.hash()
	for i := range f.sum {
		f.sum[i] += binary.BigEndian.Uint64(hash[8*i:])
	}
}

// Total is how many users differ.
func (f *Findings) Total() (total int64) {
	for _, n := range f.Counts {
		total += n
	}
	return total
}

// counts are the counts, to be saved with a run.
func (f *Findings) counts() DriftCounts {
	return DriftCounts{Missing: f.Counts[DriftMissing], Changed: f.Counts[DriftChanged], Suspension: f.Counts[DriftSuspension], Gone: f.Counts[DriftGone]}
}

// Digest tells two sets of findings apart: it is of who differs, and what they
// would become.
func (f *Findings) Digest() string {
	var text [32]byte
	for i, n := range f.sum {
		binary.BigEndian.PutUint64(text[8*i:], n)
	}
	return hex.EncodeToString(text[:])
}

// hash is of the user and what they would become. When somebody was deleted is
// left out: for one who is inferred to be gone it is the time of the listing.
func (d *Drift) hash() [sha256.Size]byte {
	h := sha256.New()
	field := func(v Value) {
		var number [9]byte
		number[0] = byte(v.kind)
		binary.BigEndian.PutUint64(number[1:], uint64(v.num))
		h.Write(number[:])
		h.Write(binary.AppendUvarint(nil, uint64(len(v.key()))))
		h.Write([]byte(v.key()))
	}
	for _, text := range []string{string(d.Kind), d.Provider, d.UserID} {
		field(TextValue(text))
	}
	if d.Kind != DriftGone {
		for _, v := range d.After.Columns {
			field(v)
		}
		field(BoolValue(d.After.Suspended))
		field(BoolValue(d.After.DeletedAt.Kind() == Time))
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// email is the address by which a person knows the user.
func (d *Drift) email() string {
	if text := d.After.Columns[FieldEmail].Str(); text != "" {
		return text
	}
	return d.Before.Columns[FieldEmail].Str()
}

// maskEmail leaves of an address what is enough to recognize a known one.
func maskEmail(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at == 0 || address == "" {
		return ""
	}
	first, _ := utf8.DecodeRuneInString(address)
	if at < 0 {
		return string(first) + "***"
	}
	return string(first) + "***" + address[at:]
}
