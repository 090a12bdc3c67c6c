package models

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"

	usersync "usersync/sync"
)

// beforeCommit marks an error of the first trip: nothing can have been
// committed.
type beforeCommit struct{ error }

// Unwrap gives the error itself.
func (b *beforeCommit) Unwrap() error { return b.error }

// pgPassing reports whether repeating the transaction may help: a
// serialization failure, a deadlock, a lock that was not granted in time, or a
// connection that turned out to be dead before anything was committed.
func pgPassing(err error) bool {
	var server *pgconn.PgError
	if errors.As(err, &server) {
		switch server.Code {
		case "40001", "40P01", "55P03":
			return true
		case "57P01", "57P02": // the server ends this connection
		default:
			return false
		}
	}
	var before *beforeCommit
	return errors.As(err, &before) && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
}

// pgRefused marks an error that is the data's own fault: data exceptions (22),
// constraints (23), limits such as an index row's size (54), and what a
// trigger of the app raised (P0).
func pgRefused(err error) error {
	var server *pgconn.PgError
	if !errors.As(err, &server) {
		return err
	}
	switch server.Code[:2] {
	case "22", "23", "54", "P0":
		return &usersync.RefusedError{Code: server.Code, Err: err}
	}
	return printable(err)
}
