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
}

func newPostgresStore(pool *sql.DB, names tables) *postgresStore {
	return &postgresStore{pool: pool, sql: newPostgresSQL(names)}
}

// Close implements io.Closer. The pool is its owner's.
func (s *postgresStore) Close() error { return nil }

// Update implements usersync.Store.
func (s *postgresStore) Update(ctx context.Context, lock usersync.Lock, decide func(usersync.Known) usersync.Changes) (stood []bool, err error) {
	create := true
	err = retry(ctx, pgPassing, func() error {
		err := s.onConnection(ctx, func(conn *pgconn.PgConn) (err error) {
			stood, err = s.transact(ctx, conn, lock, create, decide)
			return err
		})
		// Somebody is about to make one of the missing rows and does not come
		// to an end: the next attempt goes on without them.
		create = create && !lockTimeout(err)
		return err
	})
	return stood, pgRefused(err)
}

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

func (s *postgresStore) transact(ctx context.Context, conn *pgconn.PgConn, lock usersync.Lock, create bool, decide func(usersync.Known) usersync.Changes) ([]bool, error) {
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
		s.queueLock(trip, lock, ids, create, &known)
	}
	_, err := trip.run(ctx, conn)
	if err == nil && create {
		err = s.markAbsent(ctx, conn, ids, &known)
	}
	if err != nil {
		return nil, beforeCommit(conn, err)
	}

	write := decide(known)
	trip = &pgBatch{}
	s.queueRows(trip, write, lock.At, ids)
	stood := s.queueClaims(trip, write.Claims)
	s.queueLetters(trip, write.Letters)
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

// queueLock creates the missing rows, locks all, and looks up the claims.
func (s *postgresStore) queueLock(trip *pgBatch, lock usersync.Lock, ids []usersync.UUID, create bool, known *usersync.Known) {
	keys := newArray(pgtype.UUIDOID, len(ids))
	providers := newArray(pgtype.TextOID, len(ids))
	userIDs := newArray(pgtype.TextOID, len(ids))
	for i, u := range lock.Users {
		keys.uuid(ids[i])
		providers.text(u.Provider)
		userIDs.text(u.UserID)
	}
	byID := finder(ids)
	if create {
		trip.queueAt(s.sql.create, func(row [][]byte) error {
			known.Users[byID(row[0])].New = true
			return nil
		}, lock.At, keys, providers, userIDs)
	}
	trip.queue(s.sql.read, func(row [][]byte) error {
		u := &known.Users[byID(row[0])]
		u.Locked = true
		u.State, u.Unusable = readState(row[1:])
		return nil
	}, keys)

	if len(lock.Lookup) > 0 {
		trip.queue(s.sql.lookup, markOrdinal(known.Claimed), claimKeys(lock.Lookup)...)
	}
}

// errNotMade is why a row is neither there nor could be made.
var errNotMade = errors.New("the row could not be made: look for a unique index or a trigger of the app's on the users table, then retry the event")

// markAbsent looks at the rows that were not locked: those that are not even
// there were kept from being made, and waiting would not help. Mostly there are
// none, and it costs nothing.
func (s *postgresStore) markAbsent(ctx context.Context, conn *pgconn.PgConn, ids []usersync.UUID, known *usersync.Known) error {
	var missing []usersync.UUID
	for i, u := range known.Users {
		if !u.Locked {
			missing = append(missing, ids[i])
		}
	}
	if len(missing) == 0 {
		return nil
	}
	keys := newArray(pgtype.UUIDOID, len(missing))
	for _, id := range missing {
		keys.uuid(id)
	}
	present := map[usersync.UUID]bool{}
	trip := &pgBatch{}
	trip.queue(s.sql.present, func(row [][]byte) error {
		present[usersync.UUID(row[0])] = true
		return nil
	}, keys)
	if _, err := trip.run(ctx, conn); err != nil {
		return err
	}
	for i := range known.Users {
		if u := &known.Users[i]; !u.Locked && !present[ids[i]] {
			u.Unusable = errNotMade
		}
	}
	return nil
}

// queueRows writes the rows: those whose view changed, those of which only the
// stamps did, and takes back those that were made for nothing.
func (s *postgresStore) queueRows(trip *pgBatch, write usersync.Changes, at usersync.Micros, ids []usersync.UUID) {
	shown, hidden := newShown(len(write.Rows)), newHidden(len(write.Rows))
	for i := range write.Rows {
		row := &write.Rows[i]
		if row.Visible {
			shown.add(ids[row.User], row)
		} else {
			hidden.add(ids[row.User], row)
		}
	}
	if shown.rows > 0 {
		trip.queueAt(s.sql.show, nil, at, shown.columns...)
	}
	if hidden.rows > 0 {
		trip.queue(s.sql.state, nil, hidden.ids, hidden.states)
	}
	if len(write.Unmade) > 0 {
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
