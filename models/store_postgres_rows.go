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

// readState decodes a row of the read statement, without its id.
func readState(row [][]byte) (*usersync.State, error) {
	var view usersync.View
	next := func() []byte {
		value := row[0]
		row = row[1:]
		return value
	}
	for f := range usersync.NumColumns {
		if f != usersync.FieldMetadata {
			view.Columns[f] = pgValue(f.Kind(), next())
		}
	}
	view.Suspended = next()[0] == 1
	view.DeletedAt = pgValue(usersync.Time, next())
	state, err := usersync.DecodeState(next(), &view)
	if err != nil {
		return nil, fmt.Errorf("the users table: %w", err)
	}
	return &state, nil
}

// pgValue decodes a column in binary form; nil is NULL.
func pgValue(kind usersync.ValueKind, raw []byte) usersync.Value {
	switch {
	case raw == nil:
		return usersync.NullValue()
	case kind == usersync.Bool:
		return usersync.BoolValue(raw[0] == 1)
	case kind == usersync.Time:
		return usersync.TimeValue(usersync.Micros(binary.BigEndian.Uint64(raw)) + postgresEpoch)
	default:
		return usersync.TextValue(string(raw))
	}
}

// viewRows are the parameters of a statement that writes whole views: the id,
// the fields, and what the statement has besides.
type viewRows struct {
	columns []pgArray
	rows    int
}

func newViews(rows int, besides ...uint32) viewRows {
	v := viewRows{columns: []pgArray{newArray(pgtype.UUIDOID, rows)}}
	for f := range usersync.NumColumns {
		v.columns = append(v.columns, newArray(elementOf(f), rows))
	}
	for _, element := range append(besides, pgtype.BoolOID, pgtype.TimestamptzOID, pgtype.ByteaOID) {
		v.columns = append(v.columns, newArray(element, rows))
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

// shownRows are the parameters of the show statement.
type shownRows struct{ viewRows }

func newShown(rows int) *shownRows { return &shownRows{newViews(rows, pgtype.BoolOID)} }

func (s *shownRows) add(id usersync.UUID, row *usersync.RowChange) {
	s.viewRows.add(id, row)[0].bool(row.Metadata)
}

// madeRows are the parameters of the insert statement.
type madeRows struct{ viewRows }

func newMade(rows int) *madeRows {
	return &madeRows{newViews(rows, pgtype.TextOID, pgtype.TextOID)}
}

func (m *madeRows) add(id usersync.UUID, user usersync.UserKey, row *usersync.RowChange) {
	key := m.viewRows.add(id, row)
	key[0].text(user.Provider)
	key[1].text(user.UserID)
}

// hiddenRows are the parameters of the state statement.
type hiddenRows struct {
	ids, states pgArray
	rows        int
}

func newHidden(rows int) *hiddenRows {
	return &hiddenRows{ids: newArray(pgtype.UUIDOID, rows), states: newArray(pgtype.ByteaOID, rows)}
}

func (h *hiddenRows) add(id usersync.UUID, row *usersync.RowChange) {
	h.rows++
	h.ids.uuid(id)
	h.states.bytes(row.State)
}

// claimKeys are the parameters of the lookup statement.
func claimKeys(keys []usersync.ClaimKey) []pgArray {
	at := newArray(pgtype.TimestamptzOID, len(keys))
	provider := newArray(pgtype.TextOID, len(keys))
	event := newArray(pgtype.TextOID, len(keys))
	user := newArray(pgtype.TextOID, len(keys))
	for _, k := range keys {
		at.time(k.OccurredAt)
		provider.text(k.Provider)
		event.text(k.EventID)
		user.text(k.UserID)
	}
	return []pgArray{at, provider, event, user}
}

// claimRows are the parameters of the claim statement.
func claimRows(claims []usersync.Claim) []pgArray {
	keys := make([]usersync.ClaimKey, len(claims))
	kind := newArray(pgtype.TextOID, len(claims))
	received := newArray(pgtype.TimestamptzOID, len(claims))
	outcome := newArray(pgtype.TextOID, len(claims))
	origin := newArray(pgtype.TextOID, len(claims))
	for i, c := range claims {
		keys[i] = c.ClaimKey
		kind.text(c.Kind.String())
		received.time(c.ReceivedAt)
		outcome.text(c.Outcome.String())
		origin.text(c.Origin.String())
	}
	return append(claimKeys(keys), kind, received, outcome, origin)
}
