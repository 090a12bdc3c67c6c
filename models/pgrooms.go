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
	claims      [8]pgArray
}

// claimRows are the parameters of the claim statement.
func (r *pgRooms) claimRows(claims []usersync.Claim) []pgArray {
	columns := r.claims[:]
	for i, element := range [...]uint32{
		pgtype.TimestamptzOID, pgtype.TextOID, pgtype.TextOID, pgtype.TextOID,
		pgtype.TextOID, pgtype.TimestamptzOID, pgtype.TextOID, pgtype.TextOID,
	} {
		columns[i].reset(element)
	}
	for i := range claims {
		c := &claims[i]
		addKey(columns, &c.ClaimKey)
		columns[4].text(c.Kind.String())
		columns[5].time(c.ReceivedAt)
		columns[6].text(c.Outcome.String())
		columns[7].text(c.Origin.String())
	}
	return columns
}

// size is how many bytes it takes.
func (r *pgRooms) size() (bytes int) {
	bytes = cap(r.texts) + cap(r.keys.buf) + cap(r.hidden.ids.buf) + cap(r.hidden.states.buf)
	for _, columns := range [][]pgArray{r.made.columns, r.shown.columns, r.claims[:]} {
		for i := range columns {
			bytes += cap(columns[i].buf)
		}
	}
	return bytes
}
