package models

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"sync"
	"sync/atomic"
	"time"
)

// SQLite's log of committed pages (4 KB each) is moved into the file once it has
// checkpointPages: pages that change often are then moved once for many commits. What
// is left when checkpointRest are to be moved is quick, and done between two transactions,
// but only if the file was synced before.
//
// SQLite syncs the file only if nothing was committed while it moved. That never holds for
// the first round, which moves thousands of pages. The next ones have a few, and begin right
// after a commit: then they are done before the next one. checkpointSyncs is how many there
// are at least, as one may miss it, and the one after the sync has to sync what came with it.
const (
	checkpointPages  = 8000
	checkpointRest   = 200
	checkpointSyncs  = 3
	checkpointRounds = 8
	checkpointIdle   = 10 * time.Millisecond // without a commit
)

const (
	checkpointMove = "PRAGMA wal_checkpoint(PASSIVE)"
	checkpointLook = "PRAGMA wal_checkpoint(NOOP)"
)

// sqliteCheckpoint moves the log on another connection, while the store goes on writing:
// a commit that did it would wait for two syncs of the whole file. But the log begins
// anew only when all of it was moved, and with somebody always writing it never is: so
// the store moves the rest itself.
type sqliteCheckpoint struct {
	pool *sql.DB

	running   atomic.Bool
	rest      atomic.Bool   // the store's turn has come
	committed chan struct{} // without room: only who waits hears of it
	end       context.CancelFunc
	done      sync.WaitGroup
}

func newSQLiteCheckpoint(pool *sql.DB) sqliteCheckpoint {
	return sqliteCheckpoint{pool: pool, committed: make(chan struct{})}
}

// after is called after each commit, with the store's statements and its turn. That it
// fails is no harm: the log grows until the next time succeeds, or the store's
// connection does it by itself.
func (c *sqliteCheckpoint) after(ctx context.Context, prepared *sqlitePrepared) {
	if c.rest.CompareAndSwap(true, false) {
		// The transaction that ctx was for has ended; this turn comes once.
		_ = prepared.move.query(context.WithoutCancel(ctx), func([]driver.Value) error { return nil })
		return
	}
	if c.running.Load() {
		select {
		case c.committed <- struct{}{}:
		default:
		}
		return
	}
	var log, moved int64
	err := prepared.length.query(ctx, func(row []driver.Value) error {
		log, _ = row[1].(int64)
		moved, _ = row[2].(int64)
		return nil
	})
	if err != nil || log-moved < checkpointPages {
		return
	}
	background, end := context.WithCancel(context.WithoutCancel(ctx))
	c.end = end
	c.running.Store(true)
	c.done.Go(func() {
		defer c.running.Store(false)
		defer end()
		c.rest.Store(c.move(background) == nil)
	})
}

// move moves the log until hardly anything is left that came meanwhile, and the file is
// synced.
func (c *sqliteCheckpoint) move(ctx context.Context) error {
	conn, err := c.pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	for round := range checkpointRounds {
		if round > 0 {
			select {
			case <-c.committed:
			case <-time.After(checkpointIdle):
			}
		}
		var busy, log, moved int
		if err := conn.QueryRowContext(ctx, checkpointMove).Scan(&busy, &log, &moved); err != nil {
			return err
		}
		if err := conn.QueryRowContext(ctx, checkpointLook).Scan(&busy, &log, &moved); err != nil {
			return err
		}
		if round >= checkpointSyncs && log-moved < checkpointRest {
			return nil
		}
	}
	return nil
}

// stop ends what moves the log and waits for it.
func (c *sqliteCheckpoint) stop() {
	if c.end != nil {
		c.end()
	}
	c.done.Wait()
}
