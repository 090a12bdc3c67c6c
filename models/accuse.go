package models

import (
	"bytes"
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	usersync "usersync/sync"
)

// rowError is an error of the statement that wrote one user's row.
type rowError struct {
	user int // index in Lock.Users
	error
}

// Unwrap gives the error itself.
func (r *rowError) Unwrap() error { return r.error }

// accuseRow has a refusal name the user whose row was being written.
func accuseRow(err error) error {
	var refused *usersync.RefusedError
	var row *rowError
	if errors.As(err, &refused) && errors.As(err, &row) {
		refused.Suspects = []int{row.user}
	}
	return err
}

// noting has rows tell what decide was for writing last.
func noting(decide func(usersync.Known) usersync.Changes, rows *[]usersync.RowChange) func(usersync.Known) usersync.Changes {
	return func(known usersync.Known) usersync.Changes {
		changes := decide(known)
		*rows = changes.Rows
		return changes
	}
}

// accuseQuoted has a refusal of Postgres name the users whom it quotes: by the id of the
// failing row, or by the values of the key that is there already. In which language it is
// does not matter. Nothing of what it quotes is kept but the users' indices.
func accuseQuoted(err error, lock usersync.Lock, rows []usersync.RowChange) error {
	var refused *usersync.RefusedError
	var server *pgconn.PgError
	if !errors.As(err, &refused) || !errors.As(err, &server) {
		return err
	}
	for _, text := range []string{server.Detail, server.Message, server.Where} {
		refused.Suspects = appendQuoted(refused.Suspects, text, lock.IDs)
	}
	if len(refused.Suspects) == 0 {
		refused.Suspects = holders(quotedKeys(server.Detail), lock, rows)
	}
	return err
}

// appendQuoted appends the users whose ids stand in text. ids is sorted.
func appendQuoted(users []int, text string, ids []usersync.UUID) []int {
	const size, firstDash = 36, 8
	for from := 0; from+size <= len(text); {
		dash := strings.IndexByte(text[from+firstDash:], '-')
		if dash < 0 {
			break
		}
		from += dash
		if id, ok := parseUUID(text[from:min(from+size, len(text))]); ok {
			user, ours := slices.BinarySearchFunc(ids, id, func(a, b usersync.UUID) int { return bytes.Compare(a[:], b[:]) })
			if ours && !slices.Contains(users, user) {
				users = append(users, user)
			}
		}
		from++
	}
	return users
}

// parseUUID reads an id as Postgres writes it.
func parseUUID(text string) (id usersync.UUID, ok bool) {
	parts := strings.Split(text, "-")
	if len(parts) != 5 || len(parts[0]) != 8 || len(parts[1]) != 4 || len(parts[2]) != 4 || len(parts[3]) != 4 || len(parts[4]) != 12 {
		return id, false
	}
	_, err := hex.Decode(id[:], []byte(strings.Join(parts, "")))
	return id, err == nil
}

// quotedKeys reads the values of the keys in a text like "Key (lower(email))=(a@example.com)
// already exists.", in lower case. The values of a key with several columns are not told
// apart: each has a comma and a space before and behind it.
func quotedKeys(detail string) (keys []string) {
	for _, quoted := range strings.Split(detail, ")=(")[1:] {
		if end := strings.LastIndexByte(quoted, ')'); end > 0 {
			keys = append(keys, strings.ToLower(", "+quoted[:end]+", "))
		}
	}
	return keys
}

// holders lists the users in whose rows one of a key's values stands, in whatever case.
func holders(keys []string, lock usersync.Lock, rows []usersync.RowChange) (users []int) {
	if len(keys) == 0 {
		return nil
	}
	quoted := func(text string) bool {
		return text != "" && slices.ContainsFunc(keys, func(key string) bool {
			return len(text) < len(key) && strings.Contains(key, ", "+strings.ToLower(text)+", ")
		})
	}
	for i := range rows {
		row := &rows[i]
		held := quoted(lock.Users[row.User].UserID)
		for f := range row.View.Columns {
			held = held || row.View.Columns[f].Kind() == usersync.Text && quoted(row.View.Columns[f].Str())
		}
		if held {
			users = append(users, row.User)
		}
	}
	return users
}
