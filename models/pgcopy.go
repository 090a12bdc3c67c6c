package models

import (
	"context"
	"encoding/binary"
	"errors"
	"io"

	"github.com/jackc/pgx/v5/pgconn"

	usersync "usersync/sync"
)

// manyUsers is from how many users on a trip more is worth what it saves.
const manyUsers = 200

// pgCopy writes new rows in the binary form of COPY, each when it is asked for:
// the server works on the first while the last are not written yet. It
// implements io.Reader.
type pgCopy struct {
	lock usersync.Lock
	rows []*usersync.RowChange // those still to be written

	out   pgArray // its elements have the form of COPY's fields
	sent  int     // bytes of out that were read
	ended bool
}

// copyHeader is the signature, no flags, no extension.
const copyHeader = "PGCOPY\n\xff\r\n\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00"

// copyColumns counts the columns of a row: the fields, the key of two parts and
// the id, suspended, deleted_at, sync_state and the row's own times.
const copyColumns = uint16(usersync.NumColumns) + 8

func newCopy(lock usersync.Lock, rows []*usersync.RowChange) *pgCopy {
	c := &pgCopy{lock: lock, rows: rows}
	c.out.buf = append(make([]byte, 0, 4<<10), copyHeader...)
	return c
}

// Read implements io.Reader.
func (c *pgCopy) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if c.sent == len(c.out.buf) {
			c.out.buf, c.sent = c.out.buf[:0], 0
			switch {
			case len(c.rows) > 0:
				c.row(c.rows[0])
				c.rows = c.rows[1:]
			case !c.ended:
				c.out.buf = binary.BigEndian.AppendUint16(c.out.buf, ^uint16(0))
				c.ended = true
			default:
				return n, io.EOF
			}
		}
		copied := copy(p[n:], c.out.buf[c.sent:])
		c.sent += copied
		n += copied
	}
	return n, nil
}

// row appends a row, its columns in the order of the copy statement.
func (c *pgCopy) row(row *usersync.RowChange) {
	out := &c.out
	out.buf = binary.BigEndian.AppendUint16(out.buf, copyColumns)
	out.uuid(c.lock.IDs[row.User])
	out.text(c.lock.Users[row.User].Provider)
	out.text(c.lock.Users[row.User].UserID)
	for f := range usersync.NumColumns {
		if document, whole := row.View.Columns[f].Document(); whole {
			out.jsonb(document)
		} else {
			out.value(row.View.Columns[f])
		}
	}
	out.bool(row.View.Suspended)
	out.value(row.View.DeletedAt)
	out.bytes(row.State)
	out.time(c.lock.At)
	out.time(c.lock.At)
}

// copyRefused marks a transaction that failed because the table takes no COPY,
// which has nothing to do with its rows: it is repeated with INSERT.
type copyRefused struct{ error }

// Unwrap gives the error itself.
func (c *copyRefused) Unwrap() error { return c.error }

var errFewer = errors.New("fewer rows were made than sent")

// copies reports whether so many new rows go by COPY.
func (s *postgresStore) copies(rows int) bool { return rows >= manyUsers && !s.noCopy.Load() }

// copyRows sends new rows by COPY: one trip in which the server works while the
// rows are written. The transaction may begin with it.
func (s *postgresStore) copyRows(ctx context.Context, conn *pgconn.PgConn, rows *pgCopy, begins bool) error {
	statement := s.sql.copy
	if begins {
		statement = s.sql.begin + "; " + s.sql.limits + "; " + s.sql.noneErased + "; " + statement
	}
	sent := int64(len(rows.rows))
	tag, err := conn.CopyFrom(ctx, rows, statement)
	var server *pgconn.PgError
	switch {
	case err == nil && begins && tag.RowsAffected() != sent:
		// A trigger of the app's leaves out rows that are there.
		return errFewer
	case err == nil:
		return nil
	case begins && errors.As(err, &server) && server.Code == "22012" && server.Where == "":
		return errErasures
	case errors.As(err, &server) && (server.Code == "0A000" || server.Code == "42809"):
		// Row-level security for this role, or a view.
		s.noCopy.Store(true)
		return &copyRefused{err}
	default:
		return beforeCommit(conn, err)
	}
}
