package models

import (
	"context"
	"database/sql/driver"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// generationKey is where a connection notes in its custom data of which generation it is.
const generationKey = "usersync.generation"

// generation lets a pool leave a server. Where one connection learns that its server
// takes no more writes, all that were made before are given up as they are lent next,
// so that whoever tries again dials, and finds the server that does.
type generation struct{ current atomic.Uint64 }

// over ends the generation.
func (g *generation) over() { g.current.Add(1) }

// lost ends the generation of a connection that broke, unless whoever used it gave up
// waiting: then it tells nothing of the others.
func (g *generation) lost(ctx context.Context) {
	if ctx.Err() == nil {
		g.over()
	}
}

// heed ends the generation where the server tells that another one has its place: it
// shuts down, or was demoted without dying. As by default, a connection outlives all
// errors but fatal ones.
func (g *generation) heed(_ *pgconn.PgConn, err *pgconn.PgError) (keep bool) {
	switch err.Code {
	case "25006", // read-only: a standby, or a primary that is one now
		"57P01", "57P02": // shut down, crashed
		g.over()
	}
	return err.Severity != "FATAL" && err.SeverityUnlocalized != "FATAL"
}

// options make the pool's connections know their generation.
func (g *generation) options() []stdlib.OptionOpenDB {
	return []stdlib.OptionOpenDB{
		stdlib.OptionBeforeConnect(func(ctx context.Context, config *pgx.ConnConfig) error {
			config.ConnectTimeout = hostPatience(ctx, config)
			// As it was before the dialing: what happens meanwhile counts.
			born := g.current.Load()
			config.AfterConnect = func(_ context.Context, conn *pgconn.PgConn) error {
				conn.CustomData()[generationKey] = born
				return nil
			}
			return nil
		}),
		stdlib.OptionResetSession(func(_ context.Context, conn *pgx.Conn) error {
			if conn.PgConn().CustomData()[generationKey] != g.current.Load() {
				return driver.ErrBadConn
			}
			return nil
		}),
	}
}
