package models

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	usersync "usersync/sync"
)

// Whatever the last attempt ends with, no event is refused for what the next one would
// have settled.
func TestLastAttemptAccusesNobody(t *testing.T) {
	t.Parallel()
	claim := &pgconn.PgError{Code: "23505", SchemaName: "usersync", TableName: "processed_events_2026_01_05"}
	row := &pgconn.PgError{Code: "23505", SchemaName: "public", TableName: "users"}
	changed := &pgconn.PgError{Code: "0A000", Routine: "RevalidateCachedQuery"}
	for name, c := range map[string]struct {
		last    error
		refused bool
	}{
		"a column has another type":     {lostName(changed), false},
		"a name is not known":           {lostName(&pgconn.PgError{Code: "26000"}), false},
		"a name is known already":       {lostName(&pgconn.PgError{Code: "42P05"}), false},
		"a row that somebody else made": {&lostRace{row}, false},
		"a claim stands":                {claim, false},
		"a claim stands, marked":        {&lostRace{claim}, false},
		"no COPY":                       {&copyRefused{&pgconn.PgError{Code: "0A000"}}, false},
		"an index of the app's":         {row, true},
		"a trigger of the app's":        {lostName(&pgconn.PgError{Code: "0A000", Routine: "exec_stmt_raise"}), true},
		"the outbox of ours":            {&pgconn.PgError{Code: "23505", SchemaName: "usersync", TableName: "outbox"}, true},
	} {
		refused := (*usersync.RefusedError)(nil)
		if err := pgRefused(c.last); err == nil || errors.As(err, &refused) != c.refused {
			t.Errorf("%s: %#v", name, err)
		}
	}
}

// Only what the server says of a statement that it has parsed is about the statement's
// name: what it cannot do at all has the same code.
func TestLostNames(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server       pgconn.PgError
		lost, shared bool
	}{
		"not known":            {pgconn.PgError{Code: "26000"}, true, true},
		"known already":        {pgconn.PgError{Code: "42P05"}, true, true},
		"another type":         {pgconn.PgError{Code: "0A000", Routine: "RevalidateCachedQuery"}, true, false},
		"not supported":        {pgconn.PgError{Code: "0A000", Routine: "ExecInitFoo"}, false, false},
		"raised by a function": {pgconn.PgError{Code: "0A000", Routine: "RevalidateCachedQuery", Where: "PL/pgSQL function f()"}, false, false},
		"something else":       {pgconn.PgError{Code: "23514"}, false, false},
	} {
		lost := (*lostNameError)(nil)
		if errors.As(lostName(&c.server), &lost) != c.lost || lost != nil && lost.shared != c.shared {
			t.Errorf("%s: %+v", name, lost)
		}
	}
	if err := lostName(context.Canceled); err != context.Canceled { //nolint:errorlint // it is to be the same
		t.Error(err)
	}
}

// A pooler that has no connection to the server answers in the server's stead: its own log
// says why.
func TestWhoAnswersThatThereIsNoConnection(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"08P01": "the database or a pooler in front of it answers SQLSTATE 08P01: see its log",
		"53300": "the database answers SQLSTATE 53300: see its log",
	} {
		if got := pgRefused(&pgconn.PgError{Code: code, Message: "server login has been failing"}).Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
