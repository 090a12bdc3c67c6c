package models

import (
	"github.com/jackc/pgx/v5/pgtype"

	usersync "usersync/sync"
)

// pgRooms is what the parameters of the usual statements are written in, and what their
// rows are read in.
type pgRooms struct {
	texts       []byte
	keys        pgArray
	made, shown viewRows
	hidden      hiddenRows
	claims      claimRows // of events that were never seen
	repeated    claimRows // of those that perhaps were
}

// claimRows are the parameters of a claim statement.
type claimRows struct {
	columns [8]pgArray
	of      []int // of each row: which claim it is
}

func (r *claimRows) reset() *claimRows {
	for i, element := range [...]uint32{
		pgtype.TimestamptzOID, pgtype.TextOID, pgtype.TextOID, pgtype.TextOID,
		pgtype.TextOID, pgtype.TimestamptzOID, pgtype.TextOID, pgtype.TextOID,
	} {
		r.columns[i].reset(element)
	}
	r.of = r.of[:0]
	return r
}

// add appends a claim, of which which is the index.
func (r *claimRows) add(c *usersync.Claim, which int) {
	addKey(r.columns[:], &c.ClaimKey)
	r.columns[4].text(c.Kind.String())
	r.columns[5].time(c.ReceivedAt)
	r.columns[6].text(c.Outcome.String())
	r.columns[7].text(c.Origin.String())
	r.of = append(r.of, which)
}

// size is how many bytes it takes.
func (r *pgRooms) size() (bytes int) {
	bytes = cap(r.texts) + cap(r.keys.buf) + cap(r.hidden.ids.buf) + cap(r.hidden.states.buf)
	for _, columns := range [][]pgArray{r.made.columns, r.shown.columns, r.claims.columns[:], r.repeated.columns[:]} {
		for i := range columns {
			bytes += cap(columns[i].buf)
		}
	}
	return bytes
}
