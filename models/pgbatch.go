package models

import (
	"context"
	"encoding/binary"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	usersync "usersync/sync"
)

// pgBatch is one round trip: statements that are sent together. All values
// travel in binary form and no statement gets a name.
type pgBatch struct {
	batch   pgconn.Batch
	readers []func(row [][]byte) error
}

// binaryFormat marks all parameters or all results of a statement as binary.
var binaryFormat = []int16{1}

// queue adds a statement with array parameters; read is called for each row.
func (b *pgBatch) queue(sql string, read func(row [][]byte) error, arrays ...pgArray) {
	b.add(sql, read, arrays, nil)
}

// queueAt is queue with a last parameter of type timestamptz.
func (b *pgBatch) queueAt(sql string, read func(row [][]byte) error, at usersync.Micros, arrays ...pgArray) {
	b.add(sql, read, arrays, binary.BigEndian.AppendUint64(nil, uint64(at-postgresEpoch)))
}

// add adds a statement; at is its last parameter, nil if it has none.
func (b *pgBatch) add(sql string, read func(row [][]byte) error, arrays []pgArray, at []byte) {
	values := make([][]byte, 0, len(arrays)+1)
	types := make([]uint32, 0, len(arrays)+1)
	for i := range arrays {
		values = append(values, arrays[i].encoded())
		types = append(types, arrayTypes[arrays[i].element])
	}
	if at != nil {
		values = append(values, at)
		types = append(types, pgtype.TimestamptzOID)
	}
	var format []int16
	if len(values) > 0 {
		format = binaryFormat
	}
	b.batch.ExecParams(sql, values, types, format, binaryFormat)
	b.readers = append(b.readers, read)
}

// run sends the batch and reads its results. It returns the last statement's
// command tag.
func (b *pgBatch) run(ctx context.Context, conn *pgconn.PgConn) (tag pgconn.CommandTag, err error) {
	results := conn.ExecBatch(ctx, &b.batch)
	for i := 0; ; i++ {
		if i == len(b.readers)-1 {
			// Only a warning about the last statement, the commit, counts.
			delete(conn.CustomData(), commitWarning)
		}
		if !results.NextResult() {
			break
		}
		reader := results.ResultReader()
		for reader.NextRow() {
			if err == nil && b.readers[i] != nil {
				err = b.readers[i](reader.Values())
			}
		}
		tag, _ = reader.Close() // its error comes again from results.Close
	}
	if closing := results.Close(); closing != nil {
		return tag, closing
	}
	return tag, err
}
