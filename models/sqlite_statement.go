package models

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
)

// sqliteStatement is a prepared statement that is called without database/sql, which
// takes longer than the statement itself. The driver is never given a context that can
// end: for one that can it starts a goroutine with each statement. Whoever gives up does
// so between two statements, at the latest after the busy timeout.
type sqliteStatement struct {
	statement interface {
		driver.StmtExecContext
		driver.StmtQueryContext
		driver.Stmt
	}
	arguments []driver.NamedValue // kept for the next call
}

// prepareSQLite prepares a statement on the driver's connection.
func prepareSQLite(conn *sql.Conn, text string) (s sqliteStatement, err error) {
	err = conn.Raw(func(raw any) error {
		preparer, ok := raw.(driver.ConnPrepareContext)
		if !ok {
			return fmt.Errorf("the SQLite driver's %T prepares nothing", raw)
		}
		prepared, err := preparer.PrepareContext(context.Background(), text)
		if err != nil {
			return err
		}
		if s.statement, ok = prepared.(interface {
			driver.StmtExecContext
			driver.StmtQueryContext
			driver.Stmt
		}); !ok {
			return errors.Join(fmt.Errorf("the SQLite driver's %T takes no context", prepared), prepared.Close())
		}
		return nil
	})
	return s, err
}

// Close ends the statement, if it was prepared.
func (s *sqliteStatement) Close() error {
	if s.statement == nil {
		return nil
	}
	prepared := s.statement
	s.statement = nil
	return prepared.Close()
}

// bind numbers the arguments. Of Go's types there may be string, []byte, bool, int64
// and nil.
func (s *sqliteStatement) bind(arguments []any) []driver.NamedValue {
	s.arguments = s.arguments[:0]
	for i, value := range arguments {
		s.arguments = append(s.arguments, driver.NamedValue{Ordinal: i + 1, Value: value})
	}
	return s.arguments
}

// forget drops the arguments: what was written is not kept.
func (s *sqliteStatement) forget() { clear(s.arguments[:cap(s.arguments)]) }

// exec runs the statement, unless ctx has ended, and returns how many rows it changed.
func (s *sqliteStatement) exec(ctx context.Context, arguments ...any) (changed int64, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	defer s.forget()
	result, err := s.statement.ExecContext(context.Background(), s.bind(arguments))
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// query runs the statement, unless ctx has ended, and hands over each row. The values
// are a row's only until the next.
func (s *sqliteStatement) query(ctx context.Context, row func(values []driver.Value) error, arguments ...any) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	defer s.forget()
	rows, err := s.statement.QueryContext(context.Background(), s.bind(arguments))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	values := make([]driver.Value, len(rows.Columns()))
	for {
		switch err := rows.Next(values); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := row(values); err != nil {
			return err
		}
	}
}

// exists reports whether the query has a row.
func (s *sqliteStatement) exists(ctx context.Context, arguments ...any) (there bool, err error) {
	err = s.query(ctx, func([]driver.Value) error { there = true; return nil }, arguments...)
	return there, err
}
