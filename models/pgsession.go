package models

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
)

// sessionKey is where a connection keeps its pgSession in its custom data.
const sessionKey = "usersync.session"

// pgSession is a connection and what it keeps from one transaction to the next:
// whether its statements have names, and room to write them in.
type pgSession struct {
	conn *pgconn.PgConn

	asked  bool // whether there is a pooler in between
	direct bool // there is none
	naming bool // the statements of this transaction have names
	named  map[string]*pgNamed

	trip  pgBatch
	wire  []byte
	rooms pgRooms
}

// sessionOf finds a connection's session, or begins it.
func sessionOf(conn *pgconn.PgConn) *pgSession {
	if s, ok := conn.CustomData()[sessionKey].(*pgSession); ok {
		return s
	}
	s := &pgSession{conn: conn, named: map[string]*pgNamed{}}
	conn.CustomData()[sessionKey] = s
	return s
}

// pgNamed is a statement that has a name on a connection. It is parsed and planned once,
// and anew now and then.
type pgNamed struct {
	description pgconn.StatementDescription
	prepared    bool
	doubtful    bool // its text was sent, and whether the server took it is not known
	uses        int
}

// renewEvery is after how many uses a statement is planned anew, at the latest.
const renewEvery = 1024

// renews reports whether the next use closes the name and parses it anew. To close one
// that is not known is no error.
func (n *pgNamed) renews() bool { return n.ages() || n.doubtful }

// ages reports whether the next use is to plan anew, which is after 2, 4, 8 … and then
// each so many: a plan that was made while the table had a handful of rows may read all
// of them, and the table may grow before it is analyzed.
func (n *pgNamed) ages() bool {
	n.uses++
	return n.prepared && (n.uses&(n.uses-1) == 0 || n.uses%renewEvery == 0)
}

// undescribed stands for the columns of a result: nobody looks at their types, so the
// server need not tell them each time.
var undescribed = []pgconn.FieldDescription{{}}

// name finds the statement that goes by its name; nil without one.
func (s *pgSession) name(sql string) *pgNamed {
	if !s.naming {
		return nil
	}
	n := s.named[sql]
	if n == nil {
		// The name tells the text: should two clients ever share a server's session,
		// the same name means the same to both.
		sum := sha256.Sum256([]byte(sql))
		n = &pgNamed{description: pgconn.StatementDescription{Name: "usersync_" + hex.EncodeToString(sum[:12]), Fields: undescribed}}
		s.named[sql] = n
	}
	return n
}

// batch begins a round trip. The one before has ended.
func (s *pgSession) batch() *pgBatch {
	b := &s.trip
	clear(b.statements)
	clear(b.values)
	*b = pgBatch{session: s, statements: b.statements[:0], values: b.values[:0], types: b.types[:0]}
	return b
}

// Every pooler makes up the process id that it tells at the start: it stands for the
// pooler in a request to cancel, and is not the server's.
const pgServedBy = `SELECT pg_backend_pid()`

// ask finds out on the way whether the server itself is at the other end.
func (s *pgSession) ask(trip *pgBatch) {
	if s.asked {
		return
	}
	trip.queue(pgServedBy, func(row [][]byte) error {
		s.asked, s.direct = true, binary.BigEndian.Uint32(row[0]) == s.conn.PID()
		return nil
	})
}

// mostKept is how many bytes of each kind a connection keeps for its next transaction.
const mostKept = 256 << 10

// mostQueued is the same of statements and values.
const mostQueued = 1 << 10

// trim gives up what was needed for a large batch only, when the transaction has ended,
// and whatever belongs to the batch: its letters, its texts, what was known.
func (s *pgSession) trim() {
	s.batch()
	if cap(s.trip.statements) > mostQueued || cap(s.trip.values) > mostQueued {
		s.trip = pgBatch{}
	}
	if cap(s.wire) > mostKept {
		s.wire = nil
	}
	if s.rooms.size() > mostKept {
		s.rooms = pgRooms{}
	}
}

// room is a message that says nothing, but makes room for those that follow: else
// their buffer would be copied at each of them.
type room []byte

// room makes room for so many bytes.
func (s *pgSession) room(bytes int) room {
	s.wire = slices.Grow(s.wire[:0], bytes)
	return s.wire
}

// Frontend implements pgproto3.FrontendMessage.
func (room) Frontend() {}

// Decode implements pgproto3.Message.
func (room) Decode([]byte) error { return errors.ErrUnsupported }

// Encode implements pgproto3.Message.
func (r room) Encode(dst []byte) ([]byte, error) { return append(r[:0], dst...), nil }

// lostNameError ends a transaction of which a statement's name did not mean to the
// server what it should. Nothing was committed: it is repeated.
type lostNameError struct {
	error
	// shared says that somebody else has been at the server's session: there is a
	// pooler in between, after all.
	shared bool
}

// Unwrap gives the error itself.
func (l *lostNameError) Unwrap() error { return l.error }

// lostName marks an error of a batch with names if it is about one of these. What a
// trigger of the app's raises has a context.
func lostName(err error) error {
	var server *pgconn.PgError
	if !errors.As(err, &server) || server.Where != "" {
		return err
	}
	switch server.Code {
	case "26000", "42P05": // the name is not known, or known already
		return &lostNameError{err, true}
	case "0A000": // a column has another type now than when the statement was parsed
		if server.Routine == "RevalidateCachedQuery" { // many things have this code
			return &lostNameError{err, false}
		}
	}
	return err
}
