package models

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// errStatementMode is why no transaction begins behind a pooler that knows none.
var errStatementMode = errors.New("a pooler in statement mode stands before the database, and it knows no transactions: set pool_mode = transaction there, or let database.url name the server itself")

// inStatementMode reports whether it was such a pooler that refused. Poolers have one code
// for whatever they refuse, and their words are the same in every locale.
func inStatementMode(server *pgconn.PgError) bool {
	return server.Code == "08P01" && strings.Contains(server.Message, "statement pooling mode")
}

// takesTransactions fails where none can begin. The migration library would not say why: it
// tries again on the connection that the pooler has closed, and tells of that only.
func (db *DB) takesTransactions(ctx context.Context) error {
	tx, err := db.pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	return tx.Rollback()
}
