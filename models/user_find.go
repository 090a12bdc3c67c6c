package models

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	usersync "usersync/sync"
)

// UserFinder looks for users; it implements usersync.UserFinder.
func (db *DB) UserFinder() usersync.UserFinder { return userFinder{db} }

type userFinder struct{ db *DB }

// pgByIndex keeps the planner from reading the whole table.
const pgByIndex = `SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)`

// foundColumns are what is shown of a user in a list.
const foundColumns = "id, provider, provider_user_id, email, email_verified, name, username, avatar_url, phone, tenant_id, suspended, suspended_at, " +
	"suspended_until, suspended_reason, last_sign_in_at, deleted_at, provider_created_at, provider_updated_at, created_at, updated_at"

// FindUsers implements usersync.UserFinder: a query for each thing that the text may be,
// each by an index of its own.
func (f userFinder) FindUsers(ctx context.Context, search usersync.UserSearch, limit int) (users []usersync.FoundUser, err error) {
	if !storable(search.After.Provider) || !storable(search.After.UserID) {
		return nil, usersync.ErrNoPlace
	}
	if limit <= 0 || !storable(search.Provider) || !storable(search.Text) {
		return nil, nil
	}
	err = f.db.reading(ctx, pgByIndex, func(from querier) (err error) {
		users, err = f.find(ctx, from, search, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look for users: %w", printable(err))
	}
	return users[:min(len(users), limit)], nil
}

func (f userFinder) find(ctx context.Context, from querier, search usersync.UserSearch, limit int) (users []usersync.FoundUser, err error) {
	looks := []func(context.Context, querier, usersync.UserSearch, int) ([]User, error){f.byID, f.byEmail, f.byUserID}
	if search.Text == "" {
		looks = looks[2:]
	}
	for _, look := range looks {
		rows, err := look(ctx, from, search, limit)
		if err != nil {
			return nil, err
		}
		users = merged(users, rows)
	}
	return users, nil
}

// merged adds rows to users who are in order, each once.
func merged(users []usersync.FoundUser, rows []User) []usersync.FoundUser {
	for i := range rows {
		r := &rows[i]
		users = append(users, usersync.FoundUser{
			UserKey: usersync.UserKey{Provider: r.Provider, UserID: r.ProviderUserID}, View: r.view(),
			CreatedAt: usersync.MicrosOf(r.CreatedAt.Time), UpdatedAt: usersync.MicrosOf(r.UpdatedAt.Time),
		})
	}
	slices.SortFunc(users, func(a, b usersync.FoundUser) int { return compareKeys(a.UserKey, b.UserKey) })
	return slices.CompactFunc(users, func(a, b usersync.FoundUser) bool { return a.UserKey == b.UserKey })
}

func compareKeys(a, b usersync.UserKey) int {
	return cmp.Or(strings.Compare(a.Provider, b.Provider), strings.Compare(a.UserID, b.UserID))
}

// byID looks for a whole id of the row, in any case.
func (f userFinder) byID(ctx context.Context, from querier, search usersync.UserSearch, _ int) ([]User, error) {
	id := strings.ToLower(search.Text)
	if !isUUID(id) {
		return nil, nil
	}
	rows, err := f.read(ctx, from, "id = $1", "id", 1, id)
	return slices.DeleteFunc(rows, func(r User) bool {
		return search.Provider != "" && r.Provider != search.Provider || compareKeys(usersync.UserKey{Provider: r.Provider, UserID: r.ProviderUserID}, search.After) <= 0
	}), err
}

// isUUID reports whether a text is an id of a row as it is written.
func isUUID(text string) bool {
	digits, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	return err == nil && len(digits) == 16 && usersync.UUID(digits).String() == text
}

// byEmail looks for an address. The key is compared and ordered by in a form that no
// index has: else the planner may believe that a few of the address come soon in its order.
func (f userFinder) byEmail(ctx context.Context, from querier, search usersync.UserSearch, limit int) ([]User, error) {
	const key = "provider || '', provider_user_id || ''"
	where, arguments := "lower(email) = lower($1) AND deleted_at IS NULL AND ("+key+") > ($2, $3)", []any{search.Text, search.After.Provider, search.After.UserID}
	if search.Provider != "" {
		where, arguments = where+" AND provider || '' = $4", append(arguments, search.Provider)
	}
	return f.read(ctx, from, where, key, limit, arguments...)
}

// byUserID looks for the beginning of a provider's id; "" is of everybody.
func (f userFinder) byUserID(ctx context.Context, from querier, search usersync.UserSearch, limit int) (rows []User, err error) {
	providers := []string{search.Provider}
	if search.Provider == "" {
		if search.Text == "" {
			return f.read(ctx, from, "(provider, provider_user_id) > ($1, $2)", "provider, provider_user_id", limit, search.After.Provider, search.After.UserID)
		}
		if providers, err = distinct(ctx, from, f.db.names.Users, "provider", ""); err != nil {
			return nil, err
		}
	}
	for _, provider := range providers {
		if provider < search.After.Provider || len(rows) == limit {
			continue
		}
		where, arguments := "provider = $1 AND provider_user_id >= $2", []any{provider, search.Text}
		if end, ends := behindAll(search.Text); ends {
			where, arguments = where+" AND provider_user_id < $3", append(arguments, end)
		}
		if provider == search.After.Provider {
			where, arguments = where+" AND provider_user_id > "+placeholder(len(arguments)+1), append(arguments, search.After.UserID)
		}
		more, err := f.read(ctx, from, where, "provider_user_id", limit-len(rows), arguments...)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

// behindAll returns the least text behind all that begin with a prefix; ends is false
// if there is none.
func behindAll(prefix string) (end string, ends bool) {
	runes := []rune(prefix)
	for len(runes) > 0 {
		switch last := &runes[len(runes)-1]; *last {
		case '\U0010FFFF':
			runes = runes[:len(runes)-1]
			continue
		case '\uD7FF':
			*last = '\uE000' // between them lie no characters
		default:
			*last++
		}
		return string(runes), true
	}
	return "", false
}

// read reads rows of the users table.
func (f userFinder) read(ctx context.Context, from querier, where, order string, limit int, arguments ...any) (users []User, err error) {
	query := fmt.Sprintf("SELECT %s FROM %s WHERE %s ORDER BY %s LIMIT %d", foundColumns, f.db.names.Users, where, order, limit)
	rows, err := from.QueryContext(ctx, query, arguments...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var user User
		if err := f.db.gorm.ScanRows(rows, &user); err != nil {
			return nil, err
		}
		users = append(users, user)
	}
	return users, rows.Err()
}
