package models

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// Pooler is what two connections tell of what is between us and Postgres.
type Pooler struct {
	// Told is the backend that the connection was told of at its start, Served the
	// backends that served it in several transactions.
	Told   uint32
	Served []uint32
	// Refused says that it takes no BEGIN.
	Refused bool
	// Alone says that no second transaction could begin beside the first.
	Alone bool
}

// PoolerMode is how a pooler shares its connections.
type PoolerMode string

// The modes. Of a pooler that served all with one backend, nobody can tell whether it
// would have shared it.
const (
	PoolerNone        PoolerMode = "none"
	PoolerSession     PoolerMode = "session or hardly shared"
	PoolerTransaction PoolerMode = "transaction"
	PoolerStatement   PoolerMode = "statement"
)

// Mode judges what was seen.
func (p Pooler) Mode() PoolerMode {
	switch {
	case p.Refused:
		return PoolerStatement
	case len(p.Served) == 0:
		return PoolerNone
	}
	for _, pid := range p.Served[1:] {
		if pid != p.Served[0] {
			return PoolerTransaction
		}
	}
	if p.Told != p.Served[0] {
		return PoolerSession
	}
	return PoolerNone
}

// besides is how long a second transaction may take to begin.
const besides = 2 * time.Second

// Pooler looks for a pooler, with two connections that each ask a few times who serves
// them: in transactions that overlap, so that a pooler has to use two backends, and that
// end in both orders, so that it gives the first another one whichever it takes next.
func (db *DB) Pooler(ctx context.Context) (p Pooler, err error) {
	if db.dialect != Postgres {
		return p, nil
	}
	first, err := db.pool.Conn(ctx)
	if err != nil {
		return p, noAnswer(err)
	}
	defer first.Close()
	err = first.Raw(func(lent any) error {
		p.Told = lent.(*stdlib.Conn).Conn().PgConn().PID()
		return nil
	})
	if err != nil {
		return p, err
	}
	for _, firstEndsFirst := range []bool{true, false} {
		one, err := first.BeginTx(ctx, nil)
		if err != nil {
			return p.refused(err)
		}
		defer one.Rollback()
		var pid uint32
		if err := one.QueryRowContext(ctx, "SELECT pg_backend_pid()").Scan(&pid); err != nil {
			return p.refused(err)
		}
		p.Served = append(p.Served, pid)
		limited, cancel := context.WithTimeout(ctx, besides)
		other, err := db.pool.BeginTx(limited, nil)
		if err == nil {
			err = other.QueryRowContext(limited, "SELECT pg_backend_pid()").Scan(&pid)
		}
		end := one.Commit
		if err != nil {
			cancel()
			p.Alone = true
			return p, end()
		}
		ends := []func() error{end, other.Commit}
		if !firstEndsFirst {
			ends[0], ends[1] = ends[1], ends[0]
		}
		err = errors.Join(ends[0](), ends[1]())
		cancel()
		if err != nil {
			return p, printable(err)
		}
		if err := first.QueryRowContext(ctx, "SELECT pg_backend_pid()").Scan(&pid); err != nil {
			return p, printable(err)
		}
		p.Served = append(p.Served, pid)
	}
	return p, nil
}

// refused reads why a transaction failed to begin: 08P01 is how a pooler in statement
// mode says that it knows none.
func (p Pooler) refused(err error) (Pooler, error) {
	var server *pgconn.PgError
	if errors.As(err, &server) && server.Code == "08P01" {
		p.Refused = true
		return p, nil
	}
	return p, printable(err)
}
