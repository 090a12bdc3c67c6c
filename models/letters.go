package models

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"slices"

	"github.com/jackc/pgx/v5/pgtype"

	usersync "usersync/sync"
)

// buried is a dead letter as it is stored: once, however often it came.
type buried struct {
	usersync.DeadLetter
	fingerprint [16]byte
	headers     string
	seen        int64 // deliveries: none, for one that was tried again
}

// collapse gives each letter its fingerprint (the hash of provider,
// headers and payload: the time or type of an event may stand in a header) and folds those that are the same, in the order of their
// fingerprints: one statement must not write a row twice.
func collapse(letters []usersync.DeadLetter) []buried {
	all := make([]buried, 0, len(letters))
	for _, l := range letters {
		headers, err := json.Marshal(l.Headers) // names in order
		if l.Headers == nil || err != nil {     // a map of strings always marshals
			headers = []byte("{}")
		}
		told := headers
		if l.Origin.Listed() {
			told = nil // they say when the user looked like this: that is told again by every list
		}
		hash := sha256.New()
		for _, part := range [][]byte{[]byte(l.Provider), told, l.Payload} {
			hash.Write(part)
			hash.Write([]byte{'\n'})
		}
		seen := int64(1)
		if l.Retried {
			seen = 0
		}
		all = append(all, buried{l, [16]byte(hash.Sum(nil)), string(headers), seen})
	}
	slices.SortStableFunc(all, func(a, b buried) int { return bytes.Compare(a.fingerprint[:], b.fingerprint[:]) })
	folded := all[:0]
	for _, l := range all {
		if n := len(folded); n > 0 && folded[n-1].fingerprint == l.fingerprint {
			last := folded[n-1]
			l.seen += last.seen
			l.Kept = l.Kept && last.Kept
			l.ReceivedAt = max(l.ReceivedAt, last.ReceivedAt)
			folded[n-1] = l
			continue
		}
		folded = append(folded, l)
	}
	return folded
}

// detail is never empty, so that the column can be NOT NULL on all databases.
func (l *buried) detail() string { return cmp.Or(l.Detail, l.Reason) }

// letterRows are the parameters of the bury statement.
func letterRows(letters []buried) []pgArray {
	text := func(get func(*buried) string) pgArray {
		a := newArray(pgtype.TextOID, len(letters))
		for i := range letters {
			a.textOrNull(get(&letters[i]))
		}
		return a
	}
	fingerprint := newArray(pgtype.ByteaOID, len(letters))
	payload := newArray(pgtype.ByteaOID, len(letters))
	seenAt := newArray(pgtype.TimestamptzOID, len(letters))
	seen := newArray(pgtype.Int8OID, len(letters))
	due := newArray(pgtype.TimestamptzOID, len(letters))
	kept := newArray(pgtype.BoolOID, len(letters))
	for i := range letters {
		fingerprint.bytes(letters[i].fingerprint[:])
		payload.bytes(letters[i].Payload)
		seenAt.time(letters[i].ReceivedAt)
		seen.int64(letters[i].seen)
		due.timeOrNull(letters[i].DueAt)
		kept.bool(letters[i].Kept)
	}
	return []pgArray{
		fingerprint,
		text(func(l *buried) string { return l.Provider }),
		text(func(l *buried) string { return l.EventID }),
		text(func(l *buried) string { return l.UserID }),
		text(func(l *buried) string { return l.Reason }),
		text((*buried).detail),
		payload,
		text(func(l *buried) string { return l.headers }),
		text(func(l *buried) string { return l.Origin.String() }),
		seenAt, seen, due, kept,
	}
}
