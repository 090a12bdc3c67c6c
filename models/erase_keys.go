package models

import (
	"context"
	"fmt"
	"strings"

	usersync "usersync/sync"
)

// foreignKey is one of the app's that refers to users.
type foreignKey struct {
	holder   usersync.RowHolder
	changes  bool   // it changes its table if a row of users is deleted
	toUserID bool   // it refers to provider_user_id
	joins    string // when a row r of its table refers to a row u of users
}

func (e eraser) foreignKeys(ctx context.Context) ([]foreignKey, error) {
	if e.db.dialect == Postgres {
		return e.foreignKeysPostgres(ctx)
	}
	return e.foreignKeysSQLite(ctx)
}

// foreignKeysPostgres leaves out the keys of partitions, which are their table's
// too. Where row security hides rows of a table from us it counts as one that we
// may not read.
func (e eraser) foreignKeysPostgres(ctx context.Context) (keys []foreignKey, err error) {
	rows, err := e.db.pool.QueryContext(ctx, `SELECT c.conrelid::regclass::text, c.conname::text, c.confdeltype IN ('c', 'n', 'd'), k.to_user_id, k.joins,
  NOT (has_schema_privilege(t.relnamespace, 'USAGE') AND NOT row_security_active(t.oid) AND (has_table_privilege(t.oid, 'SELECT') OR k.readable))
FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid, LATERAL (
  SELECT string_agg(format('r.%I = u.%I', r.attname, u.attname), ' AND ') AS joins, bool_or(u.attname = 'provider_user_id') AS to_user_id,
    bool_and(has_column_privilege(t.oid, k.r, 'SELECT')) AS readable
  FROM unnest(c.conkey, c.confkey) AS k (r, u)
  JOIN pg_attribute r ON r.attrelid = c.conrelid AND r.attnum = k.r JOIN pg_attribute u ON u.attrelid = c.confrelid AND u.attnum = k.u) AS k
WHERE c.contype = 'f' AND c.confrelid = to_regclass($1) AND c.conparentid = 0 ORDER BY 1, 2`, e.db.names.Users)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var k foreignKey
		if err := rows.Scan(&k.holder.Table, &k.holder.Key, &k.changes, &k.toUserID, &k.joins, &k.holder.Unread); err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	return keys, rows.Err()
}

// foreignKeysSQLite calls a key after its columns: SQLite does not tell names.
func (e eraser) foreignKeysSQLite(ctx context.Context) (keys []foreignKey, err error) {
	rows, err := e.db.pool.QueryContext(ctx, `SELECT m.name, f.seq, f."from", coalesce(f."to", 'id'), f.on_delete IN ('CASCADE', 'SET NULL', 'SET DEFAULT')
FROM sqlite_master AS m JOIN pragma_foreign_key_list(m.name) AS f WHERE m.type = 'table' AND lower(f."table") = lower($1) ORDER BY m.name, f.id, f.seq`, e.db.names.plainUsers)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var table, from, to string
		var seq int
		var changes bool
		if err := rows.Scan(&table, &seq, &from, &to, &changes); err != nil {
			return nil, err
		}
		if seq == 0 {
			keys = append(keys, foreignKey{holder: usersync.RowHolder{Table: table}, changes: changes})
		}
		k := &keys[len(keys)-1]
		between, and := "", ""
		if seq > 0 {
			between, and = ", ", " AND "
		}
		k.holder.Key += between + from
		k.joins += fmt.Sprintf("%sr.%s = u.%s", and, quoteAny(from), quoteAny(to))
		k.toUserID = k.toUserID || strings.EqualFold(to, "provider_user_id")
	}
	return keys, rows.Err()
}

// quoteAny makes an identifier of any name.
func quoteAny(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// holding are the keys that hold one row.
type holding struct {
	holders  []usersync.RowHolder
	changes  bool // one of them would change its table
	toUserID bool // one of them refers to provider_user_id
}

// holding returns which keys have a row that refers to the user's, and takes it
// for so where it may not be read. The user's row is locked, so none comes to
// refer to it meanwhile.
func (e eraser) holding(ctx context.Context, tx session, key usersync.UserKey, keys []foreignKey) (h holding, err error) {
	for _, k := range keys {
		refers := k.holder.Unread
		if !refers {
			table := k.holder.Table // as the catalog writes it
			if e.db.dialect == SQLite {
				table = quoteAny(table)
			}
			query := "SELECT EXISTS (SELECT 1 FROM " + table + " AS r JOIN " + e.db.names.Users + " AS u ON " + k.joins + " WHERE u.id = $1)"
			if err := tx.QueryRowContext(ctx, query, key.ID().String()).Scan(&refers); err != nil {
				return h, err
			}
		}
		if refers {
			h.holders = append(h.holders, k.holder)
			h.changes, h.toUserID = h.changes || k.changes, h.toUserID || k.toUserID
		}
	}
	return h, nil
}
