package providers

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"golang.org/x/time/rate"

	usersync "usersync/sync"
)

// database reads from a provider's own Postgres.
type database struct {
	db       *sql.DB
	limiter  *rate.Limiter
	patience patience
	timeout  time.Duration
	lag      time.Duration
	clock    func() time.Time
}

// row is a user's key and JSON.
type row struct{ key, user string }

// openDatabase connects at the first query. The errors do not quote the
// address, which has a password.
func openDatabase(s APISettings) (*sql.DB, error) {
	config, err := pgx.ParseConfig(s.URL)
	if err != nil || !strings.HasPrefix(s.URL, "postgres://") && !strings.HasPrefix(s.URL, "postgresql://") {
		return nil, errors.New("api.url: expected the provider's database, postgres://user@host/database; its password may stand in api.key")
	}
	if !s.Key.Empty() {
		config.Password = strings.TrimRight(s.Key.Reveal(), "\r\n")
	}
	config.ConnectTimeout = s.Timeout
	config.DefaultQueryExecMode = pgx.QueryExecModeExec // poolers keep no prepared statements
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(2) // a guest in somebody else's database
	db.SetConnMaxIdleTime(time.Minute)
	return db, nil
}

// rows reads all rows of a query, again if that may help.
func (d *database) rows(ctx context.Context, b *budget, query string, args ...any) (found []row, at seen, err error) {
	err = d.patience.do(ctx, b, func(ctx context.Context) (err error) {
		if err := d.limiter.Wait(ctx); err != nil {
			return err
		}
		found, at, err = d.attempt(ctx, query, args)
		return err
	})
	if err != nil {
		return nil, seen{}, fmt.Errorf("reading the provider's database: %w", err)
	}
	return found, at, nil
}

func (d *database) attempt(ctx context.Context, query string, args []any) ([]row, seen, error) {
	limited, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	found, at, err := d.read(limited, query, args)
	switch {
	case err == nil:
		return found, at, nil
	case ctx.Err() != nil:
		return nil, seen{}, context.Cause(ctx)
	case limited.Err() != nil:
		return nil, seen{}, &transientError{err: noAnswerWithin(d.timeout)}
	}
	return nil, seen{}, explainSQL(err)
}

// read asks for the database's clock before the rows: they are at least as
// new. Nothing is written, and nothing of the session is kept.
func (d *database) read(ctx context.Context, query string, args []any) (found []row, at seen, err error) {
	tx, err := d.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, seen{}, err
	}
	defer tx.Rollback()
	var zone string
	var clock time.Time
	if err := tx.QueryRowContext(ctx, "SELECT set_config('TimeZone', 'UTC', true), clock_timestamp()").Scan(&zone, &clock); err != nil {
		return nil, seen{}, err
	}
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, seen{}, err
	}
	defer rows.Close()
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.key, &r.user); err != nil {
			return nil, seen{}, err
		}
		found = append(found, r)
	}
	return found, seenAt(floored(clock, d.lag), usersync.MicrosOf(d.clock())), rows.Err()
}

// badKeyCode is Postgres' code for a text that is no value of a type.
const badKeyCode = "22P02"

// explainSQL tells what may pass from what an operator has to mend. The
// messages of other classes than these may quote data.
func explainSQL(err error) error {
	var refused *pgconn.PgError
	if !errors.As(err, &refused) {
		return &transientError{err: oneLine{err}}
	}
	switch refused.Code[:2] {
	case "28", "3D", "3F", "42": // authorization, no such database, schema or table, no privilege
		return fmt.Errorf("Postgres refused it (%s): %s: check api.url, api.params and the grants of its user", refused.Code, refused.Message)
	case "08", "40", "53", "55", "57", "58": // connection, conflict, no resources, locked, shut down, disk
		return &transientError{err: fmt.Errorf("Postgres failed (%s)", refused.Code)}
	}
	return &codeError{refused.Code}
}

// oneLine is an error of the driver's on one line.
type oneLine struct{ error }

// Error implements error.
func (e oneLine) Error() string { return strings.Join(strings.Fields(e.error.Error()), " ") }

// Unwrap gives the error itself.
func (e oneLine) Unwrap() error { return e.error }

// codeError is an error of Postgres without its message.
type codeError struct{ code string }

func (e *codeError) Error() string { return "Postgres refused the query (" + e.code + ")" }
