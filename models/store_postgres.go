package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgtype"

	usersync "usersync/sync"
)

// postgresStore implements usersync.Store in two round trips: lock and read,
// then write and commit.
type postgresStore struct {
	pool   *sql.DB
	sql    postgresSQL
	ask    string
	post   string
	noCopy atomic.Bool // the table takes no COPY
	pooled atomic.Bool // statements have no names, whatever a connection looks like

	serving *generation // of the pool's connections

	// erasing is nil as long as nobody is known to be erased.
	erasing atomic.Pointer[erasureKey]
}

func newPostgresStore(pool *sql.DB, names tables, serving *generation) *postgresStore {
	return &postgresStore{pool: pool, sql: newPostgresSQL(names), ask: askSQL(names), post: postSQL(names), serving: serving}
}

// Close implements io.Closer. The pool is its owner's.
func (s *postgresStore) Close() error { return nil }

// Update implements usersync.Store.
func (s *postgresStore) Update(ctx context.Context, lock usersync.Lock, decide func(usersync.Known) usersync.Changes) (stood []bool, err error) {
	making, claimed := insertWhole, false // whether any claim may stand
	var rows []usersync.RowChange         // as they were written last
	decide = noting(decide, &rows)
	var unseen usersync.Changes
	if lock.Unseen && len(lock.Lookup) == 0 {
		making = insertUnseen
		unseen = decide(allNew(len(lock.Users)))
	}
	turn := &turn{lock: lock}
	if making == insertUnseen || s.crowded() {
		if err := turn.await(ctx); err != nil {
			return nil, err
		}
	}
	err = retry(ctx, pgPassing, func() error {
		deciding := decide
		if making == insertUnseen {
			deciding = func(known usersync.Known) usersync.Changes {
				if someErased(known) {
					return decide(known)
				}
				return unseen
			}
		}
		err := s.onConnection(ctx, func(session *pgSession) (err error) {
			stood, err = s.transact(ctx, session, lock, making, claimed, deciding, turn)
			return err
		})
		if early := (*tooEarly)(nil); errors.As(err, &early) {
			if waiting := turn.await(ctx); waiting != nil {
				return waiting
			}
			return early
		}
		lost := (*lostNameError)(nil)
		switch {
		case errors.As(err, &lost) && lost.shared:
			s.pooled.Store(true)
		case lost != nil:
			s.serving.over() // new connections parse it anew
		case errors.Is(err, errErasures):
			return s.learnErasures(ctx)
		case !claimed && claimStands(err):
			claimed = true
			return &lostRace{err}
		case making <= insertWhole && (isDuplicate(err) || errors.Is(err, errFewer)):
			making++
			return &lostRace{err}
		case lockTimeout(err):
			making = makeNone
		}
		if lock.Waited != nil && (lockTimeout(err) || deadlock(err)) {
			lock.Waited()
		}
		return err
	})
	return stood, accuseQuoted(pgRefused(err), lock, rows)
}

// making says how a transaction makes the rows that are missing.
type making uint8

const (
	// insertUnseen inserts them as they end, without looking for them before. If
	// one is there, the transaction is repeated with insertWhole.
	insertUnseen making = iota
	// insertWhole inserts them as they end, in the second trip. If somebody
	// else was faster, the transaction is repeated with createFirst.
	insertWhole
	// createFirst creates them empty, so that they can be locked, in the first
	// trip: a row that is not there cannot be locked.
	createFirst
	// makeNone leaves them out: somebody is about to make one of them and does
	// not come to an end.
	makeNone
)

// allNew is what is known of users who have no row.
func allNew(users int) usersync.Known {
	known := usersync.Known{Users: make([]usersync.KnownUser, users)}
	for i := range known.Users {
		known.Users[i].New, known.Users[i].Locked = true, true
	}
	return known
}

func (s *postgresStore) transact(ctx context.Context, session *pgSession, lock usersync.Lock, how making, claimed bool, decide func(usersync.Known) usersync.Changes, turn *turn) ([]bool, error) {
	session.naming = session.direct && !s.pooled.Load()
	var known usersync.Known
	// Nothing is looked for: the transaction begins with the COPY.
	begins := how == insertUnseen && s.copies(len(lock.Users)) && s.erasing.Load() == nil
	if begins {
		known = allNew(len(lock.Users))
	} else {
		var err error
		if known, err = s.open(ctx, session, lock, how); err != nil {
			return nil, beforeCommit(session.conn, err)
		}
	}
	write := decide(known)
	if lock.Look {
		return nil, s.looked(ctx, session, turn)
	}
	if err := turn.soon(ctx); err != nil {
		return nil, err
	}
	trip := session.batch()
	fresh, rest := split(write.Rows, known, how)
	if begins || s.copies(len(fresh)) {
		if err := s.copyRows(ctx, session.conn, newCopy(lock, fresh), begins); err != nil {
			return nil, err
		}
		fresh = nil
	}
	s.queueNew(trip, fresh, lock)
	s.queueOld(trip, rest, lock)
	if how > insertWhole {
		s.queueUnmade(trip, write.Unmade, lock)
	}
	s.queueAsks(trip, write, lock) // before the claims, which tell what is new
	stood := s.queueClaims(trip, write.Claims, claimed)
	s.queueLetters(trip, write.Letters)
	s.queueMessages(trip, write.Messages, lock.At)
	if write.Run != nil {
		if err := s.saveRun(ctx, session, trip, write.Run, lock.At); err != nil {
			return nil, err
		}
		trip = session.batch()
	}
	trip.queue("COMMIT", nil)
	tag, err := trip.run(ctx)
	switch {
	case err != nil:
		return nil, err
	case tag.String() != "COMMIT":
		return nil, fmt.Errorf("the database answered %q to COMMIT", tag.String())
	case session.conn.CustomData()[commitWarning] != nil:
		return nil, errors.New("the commit was not confirmed by the synchronous standby")
	}
	return stood, nil
}

// looked ends a transaction that only looks, before it waits for its turn: it
// holds nothing that others could need.
func (s *postgresStore) looked(ctx context.Context, session *pgSession, turn *turn) error {
	trip := session.batch()
	trip.queue("COMMIT", nil)
	if _, err := trip.run(ctx); err != nil {
		return beforeCommit(session.conn, err)
	}
	return turn.await(ctx)
}

// open is the first trip: it begins, locks and reads. Of many users a second one
// asks for those that were not found.
func (s *postgresStore) open(ctx context.Context, session *pgSession, lock usersync.Lock, how making) (known usersync.Known, err error) {
	trip := session.batch()
	trip.queue(s.sql.begin, nil)
	trip.queue(s.sql.limits, nil)
	session.ask(trip)
	key, told := s.erasing.Load(), false
	if how == insertUnseen || len(lock.Users) == 0 {
		known = allNew(len(lock.Users))
	} else {
		known = usersync.Known{Users: make([]usersync.KnownUser, len(lock.Users)), Claimed: make([]bool, len(lock.Lookup))}
		told = s.queueLock(trip, lock, how, key == nil, &known)
	}
	if !told {
		s.queueErased(trip, lock, key, &known)
	}
	if _, err = trip.run(ctx); err == nil {
		err = s.askAbsent(ctx, session, lock, how, &known)
	}
	return known, err
}

// queueLock creates the missing rows if that comes first, locks all, tells held
// rows from missing ones, and looks up the claims. told says that it tells, too, whether
// somebody was erased, which it does if noneErased is taken to be so.
func (s *postgresStore) queueLock(trip *pgBatch, lock usersync.Lock, how making, noneErased bool, known *usersync.Known) (told bool) {
	keys := trip.session.rooms.keys.reset(pgtype.UUIDOID)
	for i := range lock.IDs {
		keys.uuid(lock.IDs[i])
	}
	byID := finder(lock.IDs)
	if how == createFirst {
		providers := newArray(pgtype.TextOID, len(lock.Users))
		userIDs := newArray(pgtype.TextOID, len(lock.Users))
		for _, u := range lock.Users {
			providers.text(u.Provider)
			userIDs.text(u.UserID)
		}
		trip.queueAt(s.sql.create, func(row [][]byte) error {
			known.Users[byID(row[0])].New = true
			return nil
		}, lock.At, *keys, providers, userIDs)
	}
	read := s.sql.read
	if lock.Look {
		read = s.sql.look
	}
	trip.queueRows(read, func(row [][]byte) error {
		u := &known.Users[byID(row[0])]
		u.Locked = true
		u.State, u.Unusable = trip.session.rooms.readState(row[1:])
		return nil
	}, *keys)

	if len(lock.Users) < manyUsers && how != makeNone {
		absent := s.sql.absent
		if noneErased {
			absent = s.sql.absentNoneErased
		}
		s.queueAbsent(trip, absent, *keys, byID, how, known)
		told = noneErased
	}
	if len(lock.Lookup) > 0 {
		trip.queue(s.sql.lookup, markOrdinal(known.Claimed), claimKeys(lock.Lookup)...)
	}
	return told
}

// queueAbsent tells rows that are not there from those that are held.
func (s *postgresStore) queueAbsent(trip *pgBatch, absent pgText, keys pgArray, byID func(id []byte) int, how making, known *usersync.Known) {
	trip.queueRows(absent, func(row [][]byte) error {
		if row[0] == nil {
			return errErasures
		}
		u := &known.Users[byID(row[0])]
		if how == insertWhole {
			u.New, u.Locked = true, true
		} else {
			u.Unusable = errNotMade
		}
		return nil
	}, keys)
}

// askAbsent asks for the rows that were not found, in a trip of its own: of many
// users it costs less than to ask for all.
func (s *postgresStore) askAbsent(ctx context.Context, session *pgSession, lock usersync.Lock, how making, known *usersync.Known) error {
	if len(lock.Users) < manyUsers || how == makeNone {
		return nil
	}
	keys := newArray(pgtype.UUIDOID, 0)
	for i := range known.Users {
		if u := &known.Users[i]; !u.Locked && u.Unusable == nil {
			keys.uuid(lock.IDs[i])
		}
	}
	if keys.count == 0 {
		return nil
	}
	trip := session.batch()
	s.queueAbsent(trip, s.sql.absent, keys, finder(lock.IDs), how, known)
	_, err := trip.run(ctx)
	return err
}
