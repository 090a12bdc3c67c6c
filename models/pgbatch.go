package models

import (
	"context"
	"encoding/binary"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgtype"

	usersync "usersync/sync"
)

// pgBatch is one round trip: statements that are sent together. All values
// travel in binary form. What the values are made of must stay as it is until the
// batch has run.
type pgBatch struct {
	session    *pgSession
	statements []pgStatement
	values     [][]byte // of all statements
	types      []uint32
}

// pgStatement is a statement of a batch.
type pgStatement struct {
	sql      string
	from, to int // its values
	read     func(row [][]byte) error
	named    *pgNamed // nil if it has no name on this connection
	renews   bool     // it is parsed and planned although it was before, or may have been
}

// parses reports whether the statement's text is sent.
func (s *pgStatement) parses() bool { return s.named == nil || !s.named.prepared || s.renews }

// binaryFormat marks all parameters or all results of a statement as binary.
var binaryFormat = []int16{1}

// queue adds a statement with array parameters; read is called for each row.
func (b *pgBatch) queue(sql string, read func(row [][]byte) error, arrays ...pgArray) {
	b.add(sql, read, arrays, nil)
}

// queueRows is queue of a statement over the rows of its arrays, one at least.
func (b *pgBatch) queueRows(text pgText, read func(row [][]byte) error, arrays ...pgArray) {
	b.addRows(text, read, arrays, nil)
}

// queueRowsAt is queueRows with a last parameter of type timestamptz.
func (b *pgBatch) queueRowsAt(text pgText, at usersync.Micros, arrays ...pgArray) {
	b.addRows(text, nil, arrays, binary.BigEndian.AppendUint64(nil, uint64(at-postgresEpoch)))
}

// addRows adds the form of a statement that suits the rows.
func (b *pgBatch) addRows(text pgText, read func(row [][]byte) error, arrays []pgArray, at []byte) {
	if arrays[0].count != 1 {
		b.add(text.many, read, arrays, at)
		return
	}
	from := len(b.values)
	for i := range arrays {
		b.values = append(b.values, arrays[i].only())
		b.types = append(b.types, arrays[i].element)
	}
	b.end(text.one, read, from, at)
}

// queueAt is queue with a last parameter of type timestamptz.
func (b *pgBatch) queueAt(sql string, read func(row [][]byte) error, at usersync.Micros, arrays ...pgArray) {
	b.add(sql, read, arrays, binary.BigEndian.AppendUint64(nil, uint64(at-postgresEpoch)))
}

// add adds a statement; at is its last parameter, nil if it has none.
func (b *pgBatch) add(sql string, read func(row [][]byte) error, arrays []pgArray, at []byte) {
	from := len(b.values)
	for i := range arrays {
		b.values = append(b.values, arrays[i].encoded())
		b.types = append(b.types, arrayTypes[arrays[i].element])
	}
	b.end(sql, read, from, at)
}

// end adds a statement whose values begin at from, but for its last parameter.
func (b *pgBatch) end(sql string, read func(row [][]byte) error, from int, at []byte) {
	if at != nil {
		b.values = append(b.values, at)
		b.types = append(b.types, pgtype.TimestamptzOID)
	}
	named := b.session.name(sql)
	b.statements = append(b.statements, pgStatement{sql: sql, from: from, to: len(b.values), read: read, named: named, renews: named != nil && named.renews()})
}

// run sends the batch and reads its results. It returns the last statement's
// command tag.
func (b *pgBatch) run(ctx context.Context) (tag pgconn.CommandTag, err error) {
	conn := b.session.conn
	pipeline := conn.StartPipeline(ctx)
	b.send(pipeline, conn.Frontend())
	var reading error
	for i := range b.statements {
		if i == len(b.statements)-1 {
			// Only a warning about the last statement, the commit, counts.
			delete(conn.CustomData(), commitWarning)
		}
		if tag, err = b.statements[i].receive(pipeline, &reading); err != nil {
			break
		}
	}
	if closing := pipeline.Close(); err == nil {
		err = closing
	}
	switch {
	case err == nil:
		return tag, reading
	case b.session.naming:
		return tag, lostName(err)
	}
	return tag, err
}

// send writes the statements. An error comes again as the first result.
func (b *pgBatch) send(pipeline *pgconn.Pipeline, to *pgproto3.Frontend) {
	to.Send(b.session.room(b.size()))
	for i := range b.statements {
		s := &b.statements[i]
		values, types := b.values[s.from:s.to], b.types[s.from:s.to]
		var format []int16
		if len(values) > 0 {
			format = binaryFormat
		}
		if s.named == nil {
			pipeline.SendQueryParams(s.sql, values, types, format, binaryFormat)
			continue
		}
		if s.renews {
			pipeline.SendDeallocate(s.named.description.Name)
		}
		if s.parses() {
			pipeline.SendPrepare(s.named.description.Name, s.sql, types)
		}
		pipeline.SendQueryStatement(&s.named.description, values, format, binaryFormat)
	}
	_ = pipeline.Sync()
}

// besidesValues is more than what a statement takes besides its text and its values.
const besidesValues = 512

// size is at least as many bytes as are sent.
func (b *pgBatch) size() int {
	size := 0
	for i := range b.statements {
		s := &b.statements[i]
		size += besidesValues
		if s.parses() {
			size += len(s.sql)
		}
		for _, value := range b.values[s.from:s.to] {
			size += len(value) + 4 + 4
		}
	}
	return size
}

// receive reads a statement's result. What reading a row says, the first time, is no
// error of the server's.
func (s *pgStatement) receive(pipeline *pgconn.Pipeline, reading *error) (tag pgconn.CommandTag, err error) {
	if s.renews {
		if _, err := pipeline.GetResults(); err != nil {
			return tag, err
		}
		s.named.prepared = false
	}
	if s.named != nil && !s.named.prepared {
		// The text may be taken although what follows on it fails.
		s.named.doubtful = true
		if _, err := pipeline.GetResults(); err != nil {
			return tag, err
		}
		s.named.prepared, s.named.doubtful = true, false
	}
	results, err := pipeline.GetResults()
	if err != nil {
		return tag, err
	}
	rows := results.(*pgconn.ResultReader)
	for rows.NextRow() {
		if *reading == nil && s.read != nil {
			*reading = s.read(rows.Values())
		}
	}
	return rows.Close()
}
