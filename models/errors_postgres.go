package models

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	usersync "usersync/sync"
)

// deadConnection marks an error of a connection that broke before anything was
// committed: the transaction can be repeated on another one.
type deadConnection struct{ error }

// Unwrap gives the error itself.
func (d *deadConnection) Unwrap() error { return d.error }

// lostRace marks a transaction that inserted a row which somebody else inserted
// first, or which an index of the app's forbids: the next attempt tells which.
type lostRace struct{ error }

// Unwrap gives the error itself.
func (l *lostRace) Unwrap() error { return l.error }

// beforeCommit marks an error of the first round trip if it is the connection's.
func beforeCommit(conn *pgconn.PgConn, err error) error {
	if conn.IsClosed() {
		return &deadConnection{err}
	}
	return err
}

// pgPassing reports whether repeating the transaction may help: a
// serialization failure, a deadlock, a lock that was not granted in time, a server
// that turned read-only, a partition that was made meanwhile, a statement's name that
// was lost, or a connection that turned out to be dead before anything was committed.
func pgPassing(err error) bool {
	var early *tooEarly
	if undecided(err) || errors.As(err, &early) {
		return true
	}
	var server *pgconn.PgError
	if errors.As(err, &server) {
		switch server.Code {
		case "40001", "40P01", "55P03",
			"25006": // nothing was written; the next attempt asks for a server that takes writes
			return true
		case "23514":
			// Who waits for the default partition while a week is made is refused by its
			// bounds, which have no name (nor has a table before Postgres 13). A trigger
			// of the app's has a context.
			return server.ConstraintName == "" && server.Where == ""
		case "57P01", "57P02": // the server ends this connection
		default:
			return false
		}
	}
	var dead *deadConnection
	return errors.As(err, &dead) && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
}

// errNotMade is why a row is neither there nor could be made.
var errNotMade = errors.New("the row could not be made: look for a unique index or a trigger of the app's on the users table, then retry the event")

// isDuplicate reports whether something that is to be made is there already: a
// key, schema, table, column or another object.
func isDuplicate(err error) bool {
	var server *pgconn.PgError
	if !errors.As(err, &server) {
		return false
	}
	switch server.Code {
	case "23505", "42P06", "42P07", "42701", "42710":
		return true
	}
	return false
}

// claimStands reports whether a claim is there already, in whichever of its partitions.
func claimStands(err error) bool {
	var server *pgconn.PgError
	return errors.As(err, &server) && server.Code == "23505" &&
		server.SchemaName == "usersync" && strings.HasPrefix(server.TableName, "processed_events")
}

// undecided reports whether only the next attempt would have told what becomes of the
// transaction: whatever the server's code, it is nobody's data that was refused.
func undecided(err error) bool {
	var race *lostRace
	var refused *copyRefused
	var name *lostNameError
	return errors.As(err, &race) || errors.As(err, &refused) || errors.As(err, &name)
}

// errReadOnly is why nothing is written.
var errReadOnly = errors.New("the database takes no writes: it is a standby, or set to read-only (SQLSTATE 25006)")

// takesNoWrites reports whether the server is read-only, as it says itself.
func takesNoWrites(err error) bool { return serverSays(err, "25006") }

// serverSays reports whether the server answered with that SQLSTATE.
func serverSays(err error, code string) bool {
	var server *pgconn.PgError
	return errors.As(err, &server) && server.Code == code
}

func lockTimeout(err error) bool { return serverSays(err, "55P03") }

func deadlock(err error) bool { return serverSays(err, "40P01") }

// pgRefused tells errors that some member's data caused from those of the
// database as a whole. The server's message is left out: it quotes data.
func pgRefused(err error) error {
	var server *pgconn.PgError
	if !errors.As(err, &server) {
		return printable(err)
	}
	if undecided(err) || claimStands(err) { // and there was no attempt left
		return passingError(server)
	}
	switch server.Code[:2] {
	case "08", "25", "26", "28", "3D", "40", "53", "55", "57", "58", "F0", "XX":
		return passingError(server)
	case "42":
		// An error in a trigger of the app's, perhaps for one row only; or a
		// missing grant or column, which is nobody's data.
		return &usersync.RefusedError{Code: server.Code, Passing: true, Err: err}
	default:
		return &usersync.RefusedError{Code: server.Code, Constraint: violated(server), Err: err}
	}
}

// passingError is nobody's fault, and the transaction is tried again later. Class 08 is about
// connections, which is how pgbouncer says that it has none to the server.
func passingError(server *pgconn.PgError) error {
	switch {
	case inStatementMode(server):
		return errStatementMode
	case takesNoWrites(server):
		return errReadOnly
	}
	who := "the database"
	if server.Code[:2] == "08" {
		who = "the database or a pooler in front of it"
	}
	return fmt.Errorf("%s answers SQLSTATE %s: see its log", who, server.Code)
}

// violated names what an error of class 23 is about, "" if the server does not
// say. The names are the schema's; the message and the detail would quote the
// row.
func violated(server *pgconn.PgError) string {
	what, name := "", server.ConstraintName
	switch server.Code {
	case "23502":
		what, name = "column", server.ColumnName
	case "23503":
		what = "foreign key"
	case "23505":
		what = "unique index"
	case "23514":
		what = "check"
	case "23P01":
		what = "exclusion constraint"
	}
	if what == "" || name == "" {
		return ""
	}
	if server.TableName != "" {
		name += " of " + server.TableName
	}
	if what == "column" {
		name += ", which must not be null"
	}
	return what + " " + name
}
