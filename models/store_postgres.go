package models

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"

	usersync "usersync/sync"
)

// postgresStore implements usersync.Store in two round trips: lock and read,
// then write and commit.
type postgresStore struct {
	pool *sql.DB
	sql  postgresSQL
	ask  string
}

func newPostgresStore(pool *sql.DB, names tables) *postgresStore {
	return &postgresStore{pool: pool, sql: newPostgresSQL(names), ask: askSQL(names)}
}

// Close implements io.Closer. The pool is its owner's.
func (s *postgresStore) Close() error { return nil }

// Update implements usersync.Store.
func (s *postgresStore) Update(ctx context.Context, lock usersync.Lock, decide func(usersync.Known) usersync.Changes) (stood []bool, err error) {
	making := insertWhole
	err = retry(ctx, pgPassing, func() error {
		err := s.onConnection(ctx, func(conn *pgconn.PgConn) (err error) {
			stood, err = s.transact(ctx, conn, lock, making, decide)
			return err
		})
		switch {
		case making == insertWhole && isDuplicate(err):
			making = createFirst
			return &lostRace{err}
		case lockTimeout(err):
			making = makeNone
		}
		return err
	})
	return stood, pgRefused(err)
}

// making says how a transaction makes the rows that are missing.
type making uint8

const (
	// insertWhole inserts them as they end, in the second trip. If somebody
	// else was faster, the transaction is repeated with createFirst.
	insertWhole making = iota
	// createFirst creates them empty, so that they can be locked, in the first
	// trip: a row that is not there cannot be locked.
	createFirst
	// makeNone leaves them out: somebody is about to make one of them and does
	// not come to an end.
	makeNone
)

// onConnection lends a connection of the pool. One that ends outside of an idle
// state is rolled back, or thrown away.
func (s *postgresStore) onConnection(ctx context.Context, do func(*pgconn.PgConn) error) error {
	conn, err := s.pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	var result error
	broken := conn.Raw(func(lent any) error {
		raw := lent.(*stdlib.Conn).Conn().PgConn()
		result = do(raw)
		if raw.IsClosed() {
			return driver.ErrBadConn
		}
		if raw.TxStatus() == 'I' {
			return nil
		}
		// ctx may be the reason why we are here.
		rollback, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if err := raw.Exec(rollback, "ROLLBACK").Close(); err != nil || raw.TxStatus() != 'I' {
			return driver.ErrBadConn
		}
		return nil
	})
	if result == nil && broken != nil && !errors.Is(broken, driver.ErrBadConn) {
		return broken
	}
	return result
}

func (s *postgresStore) transact(ctx context.Context, conn *pgconn.PgConn, lock usersync.Lock, how making, decide func(usersync.Known) usersync.Changes) ([]bool, error) {
	ids := make([]usersync.UUID, len(lock.Users))
	for i, u := range lock.Users {
		ids[i] = u.ID()
	}
	known := usersync.Known{
		Users:   make([]usersync.KnownUser, len(ids)),
		Claimed: make([]bool, len(lock.Lookup)),
	}
	trip := &pgBatch{}
	trip.queue(s.sql.begin, nil)
	trip.queue(s.sql.limits, nil)
	if len(lock.Users) > 0 {
		s.queueLock(trip, lock, ids, how, &known)
	}
	if _, err := trip.run(ctx, conn); err != nil {
		return nil, beforeCommit(conn, err)
	}

	write := decide(known)
	trip = &pgBatch{}
	s.queueRows(trip, write, lock, ids, how == insertWhole, known)
	s.queueAsks(trip, write, lock) // before the claims, which tell what is new
	stood := s.queueClaims(trip, write.Claims)
	s.queueLetters(trip, write.Letters)
	if write.Run != nil {
		if err := s.saveRun(ctx, conn, trip, write.Run, lock.At); err != nil {
			return nil, err
		}
		trip = &pgBatch{}
	}
	trip.queue("COMMIT", nil)
	tag, err := trip.run(ctx, conn)
	switch {
	case err != nil:
		return nil, err
	case tag.String() != "COMMIT":
		return nil, fmt.Errorf("the database answered %q to COMMIT", tag.String())
	case conn.CustomData()[commitWarning] != nil:
		return nil, errors.New("the commit was not confirmed by the synchronous standby")
	}
	return stood, nil
}

// queueLock creates the missing rows if that comes first, locks all, tells held
// rows from missing ones, and looks up the claims.
func (s *postgresStore) queueLock(trip *pgBatch, lock usersync.Lock, ids []usersync.UUID, how making, known *usersync.Known) {
	keys := newArray(pgtype.UUIDOID, len(ids))
	providers := newArray(pgtype.TextOID, len(ids))
	userIDs := newArray(pgtype.TextOID, len(ids))
	for i, u := range lock.Users {
		keys.uuid(ids[i])
		providers.text(u.Provider)
		userIDs.text(u.UserID)
	}
	byID := finder(ids)
	if how == createFirst {
		trip.queueAt(s.sql.create, func(row [][]byte) error {
			known.Users[byID(row[0])].New = true
			return nil
		}, lock.At, keys, providers, userIDs)
	}
	read := s.sql.read
	if lock.Look {
		read = s.sql.look
	}
	trip.queue(read, func(row [][]byte) error {
		u := &known.Users[byID(row[0])]
		u.Locked = true
		u.State, u.Unusable = readState(row[1:])
		return nil
	}, keys)

	if how != makeNone {
		trip.queue(s.sql.absent, func(row [][]byte) error {
			u := &known.Users[byID(row[0])]
			if how == insertWhole {
				u.New, u.Locked = true, true
			} else {
				u.Unusable = errNotMade
			}
			return nil
		}, keys)
	}
	if len(lock.Lookup) > 0 {
		trip.queue(s.sql.lookup, markOrdinal(known.Claimed), claimKeys(lock.Lookup)...)
	}
}

// errNotMade is why a row is neither there nor could be made.
var errNotMade = errors.New("the row could not be made: look for a unique index or a trigger of the app's on the users table, then retry the event")

// queueRows writes the rows: new ones, those whose view changed, those of which
// only the stamps did. Rows that were created for nothing are taken back.
func (s *postgresStore) queueRows(trip *pgBatch, write usersync.Changes, lock usersync.Lock, ids []usersync.UUID, whole bool, known usersync.Known) {
	made, shown, hidden := newMade(len(write.Rows)), newShown(len(write.Rows)), newHidden(len(write.Rows))
	for i := range write.Rows {
		row := &write.Rows[i]
		switch {
		case whole && known.Users[row.User].New:
			made.add(ids[row.User], lock.Users[row.User], row)
		case row.Visible:
			shown.add(ids[row.User], row)
		default:
			hidden.add(ids[row.User], row)
		}
	}
	if made.rows > 0 {
		trip.queueAt(s.sql.insert, nil, lock.At, made.columns...)
	}
	if shown.rows > 0 {
		trip.queueAt(s.sql.show, nil, lock.At, shown.columns...)
	}
	if hidden.rows > 0 {
		trip.queue(s.sql.state, nil, hidden.ids, hidden.states)
	}
	if len(write.Unmade) > 0 && !whole {
		unmade := newArray(pgtype.UUIDOID, len(write.Unmade))
		for _, i := range write.Unmade {
			unmade.uuid(ids[i])
		}
		trip.queue(s.sql.drop, nil, unmade)
	}
}

// queueClaims inserts the claims; stood is filled when the trip has run.
func (s *postgresStore) queueClaims(trip *pgBatch, claims []usersync.Claim) (stood []bool) {
	stood = make([]bool, len(claims))
	if len(claims) > 0 {
		trip.queue(s.sql.claim, markOrdinal(stood), claimRows(claims)...)
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
func (s *postgresStore) saveRun(ctx context.Context, conn *pgconn.PgConn, trip *pgBatch, run *usersync.Run, at usersync.Micros) error {
	id, instant := newArray(pgtype.Int8OID, 1), newArray(pgtype.TimestamptzOID, 1)
	owner, cursor, counts := newArray(pgtype.TextOID, 1), newArray(pgtype.TextOID, 1), newArray(pgtype.TextOID, 1)
	id.int64(run.ID)
	owner.text(run.Owner)
	cursor.textOrNull(run.Cursor)
	counts.text(countsOf(run))
	instant.time(run.Instant)
	saved := false
	trip.queueAt(s.sql.run, func([][]byte) error { saved = true; return nil }, at, id, owner, cursor, counts, instant)
	if _, err := trip.run(ctx, conn); err != nil {
		return err
	}
	if !saved {
		return usersync.ErrRunTaken
	}
	return nil
}
