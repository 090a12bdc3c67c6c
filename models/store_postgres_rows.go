package models

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"sort"

	"github.com/jackc/pgx/v5/pgtype"

	usersync "usersync/sync"
)

// finder returns a function that finds an id among sorted ids.
func finder(ids []usersync.UUID) func(id []byte) int {
	return func(id []byte) int {
		return sort.Search(len(ids), func(i int) bool { return bytes.Compare(ids[i][:], id) >= 0 })
	}
}

// markOrdinal reads rows of one WITH ORDINALITY number, counted from 1.
func markOrdinal(marks []bool) func(row [][]byte) error {
	return func(row [][]byte) error {
		marks[binary.BigEndian.Uint64(row[0])-1] = true
		return nil
	}
}

// readState decodes a row of the read statement, without its id. All texts of the state
// are parts of one; it is put together in the rooms.
func (r *pgRooms) readState(row [][]byte) (*usersync.State, error) {
	var view usersync.View
	r.texts = r.texts[:0]
	for _, value := range row {
		r.texts = append(r.texts, value...)
	}
	texts := string(r.texts)
	next := func() (value []byte, text string) {
		value, text = row[0], texts[:len(row[0])]
		row, texts = row[1:], texts[len(value):]
		return value, text
	}
	for f := range usersync.NumColumns {
		if f != usersync.FieldMetadata {
			value, text := next()
			view.Columns[f] = pgValue(f.Kind(), value, text)
		}
	}
	suspended, _ := next()
	view.Suspended = suspended[0] == 1
	deleted, _ := next()
	view.DeletedAt = pgValue(usersync.Time, deleted, "")
	_, stamps := next()
	state, err := usersync.DecodeState(stamps, &view)
	if err != nil {
		return nil, fmt.Errorf("the users table: %w", err)
	}
	return &state, nil
}

// pgValue decodes a column in binary form, of which text is the same; nil is NULL.
func pgValue(kind usersync.ValueKind, raw []byte, text string) usersync.Value {
	switch {
	case raw == nil:
		return usersync.NullValue()
	case kind == usersync.Bool:
		return usersync.BoolValue(raw[0] == 1)
	case kind == usersync.Time:
		return usersync.TimeValue(usersync.Micros(binary.BigEndian.Uint64(raw)) + postgresEpoch)
	default:
		return usersync.TextValue(text)
	}
}

// viewRows are the parameters of a statement that writes whole views: the id,
// the fields, and what the statement has besides.
type viewRows struct {
	columns []pgArray
	rows    int
}

// reset empties the columns; besides are the elements of those that the statement
// has besides.
func (v *viewRows) reset(besides ...uint32) *viewRows {
	v.rows = 0
	if v.columns != nil {
		for i := range v.columns {
			v.columns[i].reset(v.columns[i].element)
		}
		return v
	}
	v.columns = append(v.columns, newArray(pgtype.UUIDOID, 0))
	for f := range usersync.NumColumns {
		v.columns = append(v.columns, newArray(elementOf(f), 0))
	}
	for _, element := range append(besides, pgtype.BoolOID, pgtype.TimestamptzOID, pgtype.ByteaOID) {
		v.columns = append(v.columns, newArray(element, 0))
	}
	return v
}

// add appends a row and returns the columns besides, for the caller to fill.
func (v *viewRows) add(id usersync.UUID, row *usersync.RowChange) (besides []pgArray) {
	v.rows++
	v.columns[0].uuid(id)
	for f := range usersync.NumColumns {
		v.columns[1+f].value(row.View.Columns[f])
	}
	last := v.columns[len(v.columns)-3:]
	last[0].bool(row.View.Suspended)
	last[1].value(row.View.DeletedAt)
	last[2].bytes(row.State)
	return v.columns[1+usersync.NumColumns:]
}

// addShown appends a row of the show statement.
func (v *viewRows) addShown(id usersync.UUID, row *usersync.RowChange) {
	v.add(id, row)[0].bool(row.Metadata)
}

// addMade appends a row of the insert statement.
func (v *viewRows) addMade(id usersync.UUID, user usersync.UserKey, row *usersync.RowChange) {
	key := v.add(id, row)
	key[0].text(user.Provider)
	key[1].text(user.UserID)
}

// hiddenRows are the parameters of the state statement.
type hiddenRows struct {
	ids, states pgArray
	rows        int
}

func (h *hiddenRows) reset() *hiddenRows {
	h.rows = 0
	h.ids.reset(pgtype.UUIDOID)
	h.states.reset(pgtype.ByteaOID)
	return h
}

func (h *hiddenRows) add(id usersync.UUID, row *usersync.RowChange) {
	h.rows++
	h.ids.uuid(id)
	h.states.bytes(row.State)
}

// claimKeys are the parameters of the lookup statement.
func claimKeys(keys []usersync.ClaimKey) []pgArray {
	columns := []pgArray{newArray(pgtype.TimestamptzOID, len(keys)), newArray(pgtype.TextOID, len(keys)), newArray(pgtype.TextOID, len(keys)), newArray(pgtype.TextOID, len(keys))}
	for i := range keys {
		addKey(columns, &keys[i])
	}
	return columns
}

// addKey appends the key of a claim.
func addKey(columns []pgArray, k *usersync.ClaimKey) {
	columns[0].time(k.OccurredAt)
	columns[1].text(k.Provider)
	columns[2].text(k.EventID)
	columns[3].text(k.UserID)
}
