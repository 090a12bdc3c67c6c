package models

import (
	"testing"

	"github.com/jackc/pgx/v5/pgtype"
)

// A connection that idles keeps nothing of the batch that it wrote last, and little room.
func TestIdleConnectionKeepsNoBatch(t *testing.T) {
	t.Parallel()
	for _, statements := range []int{3, 2 * mostQueued} {
		s := &pgSession{named: map[string]*pgNamed{}}
		trip := s.batch()
		for range statements {
			values := newArray(pgtype.TextOID, 1)
			values.text("a letter")
			trip.queue("SELECT $1", func([][]byte) error { return nil }, values)
		}
		s.trim()
		for i, left := range s.trip.statements[:cap(s.trip.statements)] {
			if left.read != nil || left.sql != "" {
				t.Fatalf("of %d statements, number %d is kept", statements, i)
			}
		}
		for i, left := range s.trip.values[:cap(s.trip.values)] {
			if left != nil {
				t.Fatalf("of %d statements, value %d is kept", statements, i)
			}
		}
		if room := cap(s.trip.statements); room > mostQueued || (room == 0) != (statements > mostQueued) {
			t.Errorf("room for %d statements is kept after %d", room, statements)
		}
	}
}
