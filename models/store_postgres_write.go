package models

import (
	"context"
	"encoding/binary"

	"github.com/jackc/pgx/v5/pgtype"

	usersync "usersync/sync"
)

// The statements of the second trip, which writes.

// split tells the rows that are to be inserted whole from those that are there.
func split(rows []usersync.RowChange, known usersync.Known, how making) (fresh, rest []*usersync.RowChange) {
	for i := range rows {
		row := &rows[i]
		if how <= insertWhole && known.Users[row.User].New {
			fresh = append(fresh, row)
		} else {
			rest = append(rest, row)
		}
	}
	return fresh, rest
}

// queueNew inserts rows whole.
func (s *postgresStore) queueNew(trip *pgBatch, rows []*usersync.RowChange, lock usersync.Lock) {
	if len(rows) == 0 {
		return
	}
	made := trip.session.rooms.made.reset(pgtype.TextOID, pgtype.TextOID)
	for _, row := range rows {
		made.addMade(lock.IDs[row.User], lock.Users[row.User], row)
	}
	trip.queueRowsAt(s.sql.insert, lock.At, made.columns...)
}

// queueOld updates rows: those whose view changed, those of which only the
// stamps did.
func (s *postgresStore) queueOld(trip *pgBatch, rows []*usersync.RowChange, lock usersync.Lock) {
	shown, hidden := trip.session.rooms.shown.reset(pgtype.BoolOID), trip.session.rooms.hidden.reset()
	for _, row := range rows {
		if row.Visible {
			shown.addShown(lock.IDs[row.User], row)
		} else {
			hidden.add(lock.IDs[row.User], row)
		}
	}
	if shown.rows > 0 {
		trip.queueRowsAt(s.sql.show, lock.At, shown.columns...)
	}
	if hidden.rows > 0 {
		trip.queueRows(s.sql.state, nil, hidden.ids, hidden.states)
	}
}

// queueUnmade takes back rows that were created for nothing.
func (s *postgresStore) queueUnmade(trip *pgBatch, users []int, lock usersync.Lock) {
	if len(users) == 0 {
		return
	}
	unmade := newArray(pgtype.UUIDOID, len(users))
	for _, i := range users {
		unmade.uuid(lock.IDs[i])
	}
	trip.queue(s.sql.drop, nil, unmade)
}

// queueClaims inserts the claims; stood is filled when the trip has run. doubtful says
// that any of them may stand.
func (s *postgresStore) queueClaims(trip *pgBatch, claims []usersync.Claim, doubtful bool) (stood []bool) {
	stood = make([]bool, len(claims))
	isNew, told := trip.session.rooms.claims.reset(), trip.session.rooms.repeated.reset()
	for i := range claims {
		if doubtful || claims[i].MayStand {
			told.add(&claims[i], i)
		} else {
			isNew.add(&claims[i], i)
		}
	}
	if len(isNew.of) > 0 {
		trip.queueRows(s.sql.claimNew, nil, isNew.columns[:]...)
	}
	if len(told.of) > 0 {
		trip.queue(s.sql.claim, func(row [][]byte) error {
			stood[told.of[binary.BigEndian.Uint64(row[0])-1]] = true
			return nil
		}, told.columns[:]...)
	}
	return stood
}

// queueLetters stores dead letters, each once however often it is delivered.
func (s *postgresStore) queueLetters(trip *pgBatch, letters []usersync.DeadLetter) {
	if len(letters) > 0 {
		trip.queue(s.sql.bury, nil, letterRows(collapse(letters))...)
	}
}

// saveRun ends the trip with how far a run is. It costs a trip of its own,
// because nothing may be committed if somebody else goes on with the run.
func (s *postgresStore) saveRun(ctx context.Context, session *pgSession, trip *pgBatch, run *usersync.Run, at usersync.Micros) error {
	id, instant := newArray(pgtype.Int8OID, 1), newArray(pgtype.TimestamptzOID, 1)
	owner, cursor, counts := newArray(pgtype.TextOID, 1), newArray(pgtype.TextOID, 1), newArray(pgtype.TextOID, 1)
	id.int64(run.ID)
	owner.text(run.Owner)
	cursor.textOrNull(run.Cursor)
	counts.text(countsOf(run))
	instant.time(run.Instant)
	saved := false
	trip.queueAt(s.sql.run, func([][]byte) error { saved = true; return nil }, at, id, owner, cursor, counts, instant)
	if _, err := trip.run(ctx); err != nil {
		return err
	}
	if !saved {
		return usersync.ErrRunTaken
	}
	return nil
}
