package models

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"sync"

	usersync "usersync/sync"
)

// sqliteStore implements usersync.Store on one connection of its own, with
// statements that are prepared once. SQLite has one writer at a time; the
// mutex lets those of this process wait without polling.
type sqliteStore struct {
	pool  *sql.DB
	names tables

	mu       sync.Mutex
	conn     *sql.Conn
	prepared sqlitePrepared
	erasing  erasureKey // nil as long as nobody is known to be erased
	columns  []any      // of the row that is written, kept for the next

	checkpoint sqliteCheckpoint
}

// sqlitePrepared are the prepared statements of sqliteSQL.
type sqlitePrepared struct {
	begin, look, commit, rollback, move, length                                                              sqliteStatement
	insert, read, lookup, show, showKept, state, claim, bury, run, ask, post, someErased, erased, erasureKey sqliteStatement
}

// all lists the statements in the order of sqliteSQL.all.
func (p *sqlitePrepared) all() []*sqliteStatement {
	return []*sqliteStatement{&p.begin, &p.look, &p.commit, &p.rollback, &p.move, &p.length,
		&p.insert, &p.read, &p.lookup, &p.show, &p.showKept, &p.state, &p.claim, &p.bury, &p.run, &p.ask, &p.post, &p.someErased, &p.erased, &p.erasureKey}
}

func newSQLiteStore(pool *sql.DB, names tables) *sqliteStore {
	return &sqliteStore{pool: pool, names: names, checkpoint: newSQLiteCheckpoint(pool)}
}

// Close gives the connection back.
func (s *sqliteStore) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil {
		return nil
	}
	conn := s.conn
	s.conn = nil
	s.checkpoint.stop()
	// An open statement would keep the file open, and its write-ahead log
	// from being folded into it.
	var faults []error
	for _, statement := range s.prepared.all() {
		faults = append(faults, statement.Close())
	}
	return errors.Join(append(faults, conn.Close())...)
}

// connect takes a connection and prepares the statements, at the first use:
// the tables may be made after the store was.
func (s *sqliteStore) connect(ctx context.Context) error {
	if s.conn != nil {
		return nil
	}
	conn, err := s.pool.Conn(ctx)
	if err != nil {
		return err
	}
	if err := s.prepare(ctx, conn); err != nil {
		for _, prepared := range s.prepared.all() {
			err = errors.Join(err, prepared.Close())
		}
		return errors.Join(err, conn.Close())
	}
	s.conn = conn
	return nil
}

// prepare prepares the statements. The setting comes last: if anything fails the
// connection goes back to the others as it was.
func (s *sqliteStore) prepare(ctx context.Context, conn *sql.Conn) (err error) {
	texts := newSQLiteSQL(s.names).all()
	for i, statement := range s.prepared.all() {
		if *statement, err = prepareSQLite(conn, texts[i]); err != nil {
			return err
		}
	}
	_, err = conn.ExecContext(ctx, sqliteStorePragma)
	return err
}

// Update implements usersync.Store.
func (s *sqliteStore) Update(ctx context.Context, lock usersync.Lock, decide func(usersync.Known) usersync.Changes) (stood []bool, err error) {
	if lock.Turn != nil {
		if err := lock.Turn(ctx); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	err = retry(ctx, sqliteBusy, func() (err error) {
		if err = s.connect(ctx); err != nil {
			return err
		}
		stood, err = s.transact(ctx, lock, decide)
		return err
	})
	if err == nil && !lock.Look {
		s.checkpoint.after(ctx, &s.prepared)
	}
	return stood, accuseRow(sqliteRefused(err))
}

// transact begins as a writer, unless nothing will be written: a reader that
// turns into one would not wait for its turn but fail.
func (s *sqliteStore) transact(ctx context.Context, lock usersync.Lock, decide func(usersync.Known) usersync.Changes) (stood []bool, err error) {
	begin := &s.prepared.begin
	if lock.Look {
		begin = &s.prepared.look
	}
	if _, err := begin.exec(ctx); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			if _, undo := s.prepared.rollback.exec(context.WithoutCancel(ctx)); undo != nil {
				err = errors.Join(err, undo)
			}
		}
	}()
	ids := make([]string, len(lock.Users))
	for i, id := range lock.IDs {
		ids[i] = id.String()
	}
	known, err := s.known(ctx, lock, ids)
	if err != nil {
		return nil, err
	}
	write := decide(known)
	if err := s.writeRows(ctx, write, lock, ids, known); err != nil {
		return nil, err
	}
	if stood, err = s.writeClaims(ctx, write.Claims); err != nil {
		return nil, err
	}
	if err := s.writeAsks(ctx, write.Asks, lock, stood); err != nil {
		return nil, err
	}
	if err := s.writeLetters(ctx, write.Letters); err != nil {
		return nil, err
	}
	if err := s.writeMessages(ctx, write.Messages, lock.At); err != nil {
		return nil, err
	}
	if err := s.saveRun(ctx, write.Run, lock.At); err != nil {
		return nil, err
	}
	_, err = s.prepared.commit.exec(ctx)
	return stood, err
}

func (s *sqliteStore) known(ctx context.Context, lock usersync.Lock, ids []string) (usersync.Known, error) {
	known := usersync.Known{
		Users:   make([]usersync.KnownUser, len(ids)),
		Claimed: make([]bool, len(lock.Lookup)),
	}
	for i := range known.Users {
		// Who has no row is made when it is written: nobody else writes meanwhile.
		known.Users[i] = usersync.KnownUser{Locked: true, New: true}
	}
	if len(ids) > 0 {
		err := s.prepared.read.query(ctx, func(row []driver.Value) error {
			which, _ := row[0].(int64)
			found := &known.Users[which]
			var state usersync.State
			state, found.Unusable = sqliteState(row[1:])
			found.State, found.New = &state, false
			return nil
		}, listOfIDs(ids))
		if err != nil {
			return known, err
		}
	}
	for i, k := range lock.Lookup {
		var err error
		if known.Claimed[i], err = s.prepared.lookup.exists(ctx, sqliteMicros(k.OccurredAt), k.Provider, k.EventID, k.UserID); err != nil {
			return known, err
		}
	}
	return known, s.lookForErased(ctx, lock, &known)
}

func (s *sqliteStore) writeRows(ctx context.Context, write usersync.Changes, lock usersync.Lock, ids []string, known usersync.Known) error {
	at := sqliteMicros(lock.At)
	defer func() { clear(s.columns[:cap(s.columns)]) }() // what was written is not kept
	for i := range write.Rows {
		row := &write.Rows[i]
		found := &known.Users[row.User]
		var err error
		switch id := ids[row.User]; {
		case found.New:
			s.columns = appendNew(s.columns[:0], row, lock.Users[row.User], at, id)
			_, err = s.prepared.insert.exec(ctx, s.columns...)
		case row.Visible && keepsAddress(row, found):
			s.columns = appendShown(s.columns[:0], row, at, id, true)
			_, err = s.prepared.showKept.exec(ctx, s.columns...)
		case row.Visible:
			s.columns = appendShown(s.columns[:0], row, at, id, false)
			_, err = s.prepared.show.exec(ctx, s.columns...)
		default:
			_, err = s.prepared.state.exec(ctx, row.State, id)
		}
		if err != nil {
			return &rowError{row.User, err}
		}
	}
	return nil
}

func (s *sqliteStore) writeClaims(ctx context.Context, claims []usersync.Claim) (stood []bool, err error) {
	stood = make([]bool, len(claims))
	for i, c := range claims {
		made, err := s.prepared.claim.exec(ctx, sqliteMicros(c.OccurredAt), c.Provider, c.EventID, c.UserID,
			c.Kind.String(), sqliteMicros(c.ReceivedAt), c.Outcome.String(), c.Origin.String())
		if err != nil {
			return nil, err
		}
		stood[i] = made == 0
	}
	return stood, nil
}

// saveRun saves how far a run is, unless somebody else goes on with it.
func (s *sqliteStore) saveRun(ctx context.Context, run *usersync.Run, at usersync.Micros) error {
	if run == nil {
		return nil
	}
	saved, err := s.prepared.run.exec(ctx, textOrNull(run.Cursor), countsOf(run), sqliteMicros(run.Instant), sqliteMicros(at), run.ID, run.Owner)
	if err == nil && saved == 0 {
		err = usersync.ErrRunTaken
	}
	return err
}

func (s *sqliteStore) writeLetters(ctx context.Context, letters []usersync.DeadLetter) error {
	for _, l := range collapse(letters) {
		if _, err := s.prepared.bury.exec(ctx, l.fingerprint[:], l.Provider, textOrNull(l.EventID), textOrNull(l.UserID), l.Reason, l.detail(), notNil(l.Payload),
			l.headers, l.Origin.String(), sqliteMicros(l.ReceivedAt), l.seen, timeOrNull(l.DueAt), l.Kept); err != nil {
			return err
		}
	}
	return nil
}
