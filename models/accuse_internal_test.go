package models

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	usersync "usersync/sync"
)

// Whom a refusal quotes is told in every language of the server, and by the values only.
func TestWhomPostgresQuotes(t *testing.T) {
	t.Parallel()
	lock := usersync.Lock{}
	var rows []usersync.RowChange
	for i := range 4 {
		key := usersync.UserKey{Provider: "p", UserID: fmt.Sprint("usr_", i)}
		lock.Users = append(lock.Users, key)
	}
	slices.SortFunc(lock.Users, func(a, b usersync.UserKey) int {
		x, y := a.ID(), b.ID()
		return slices.Compare(x[:], y[:])
	})
	for i, key := range lock.Users {
		lock.IDs = append(lock.IDs, key.ID())
		row := usersync.RowChange{User: i}
		row.View.Columns[usersync.FieldEmail] = usersync.TextValue(fmt.Sprintf("Ann%d@x", i))
		row.View.Columns[usersync.FieldUsername] = usersync.TextValue(fmt.Sprintf("ann (%d), )=(", i))
		rows = append(rows, row)
	}
	id := lock.IDs[2].String()
	for name, c := range map[string]struct {
		answer pgconn.PgError
		want   []int
	}{
		"failing row":         {pgconn.PgError{Detail: "Failing row contains (" + id + ", p, usr_9, Ann1@x)."}, []int{2}},
		"in German":           {pgconn.PgError{Detail: "Fehlgeschlagene Zeile enthält (" + id + ", p, usr_9)."}, []int{2}},
		"dashes in front":     {pgconn.PgError{Detail: "a-b-c --" + id}, []int{2}},
		"the id alone":        {pgconn.PgError{Detail: id}, []int{2}},
		"an id cut off":       {pgconn.PgError{Detail: id[:35]}, nil},
		"another's id":        {pgconn.PgError{Detail: "(00000000-0000-0000-0000-000000000000)"}, nil},
		"in the message":      {pgconn.PgError{Message: "no " + id + ", nor " + lock.IDs[0].String() + " or " + id}, []int{2, 0}},
		"key":                 {pgconn.PgError{Detail: "Key (lower(email))=(ann1@x) already exists."}, []int{1}},
		"key in German":       {pgconn.PgError{Detail: "Schlüssel »(lower(email))=(ann1@x)« existiert bereits."}, []int{1}},
		"key of two columns":  {pgconn.PgError{Detail: "Key (provider, email)=(p, Ann3@x) already exists."}, []int{3}},
		"conflicting keys":    {pgconn.PgError{Detail: "Key (email)=(ann1@x) conflicts with existing key (email)=(ann0@x)."}, []int{0, 1}},
		"part of a value":     {pgconn.PgError{Detail: "Key (lower(email))=(ann1) already exists."}, nil},
		"nothing":             {pgconn.PgError{Message: "refused by the app"}, nil},
		"an unfinished quote": {pgconn.PgError{Detail: "Key (email)=("}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.answer.Code = "23514"
			err := accuseQuoted(pgRefused(&c.answer), lock, rows)
			var refused *usersync.RefusedError
			if !errors.As(err, &refused) || !slices.Equal(refused.Suspects, c.want) {
				t.Errorf("%v, suspects %v, want %v", err, refused.Suspects, c.want)
			}
		})
	}
}
