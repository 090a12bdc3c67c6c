package models

import (
	"context"
	"fmt"
)

// MissingRights lists what the current role lacks to apply the pending steps, as
// "CREATE on database app", none if it lacks nothing that can be seen before.
// SQLite has no roles.
func (db *DB) MissingRights(ctx context.Context) (missing []string, err error) {
	if db.dialect != Postgres {
		return nil, nil
	}
	// A schema that is there is not made; a table that is there is altered, which
	// only its owner may. to_regclass knows no table in a schema that is closed.
	query := `SELECT right_on FROM (
  SELECT 1 AS n, 'CREATE on database ' || current_database() AS right_on
    WHERE to_regnamespace('usersync') IS NULL AND NOT has_database_privilege(current_database(), 'CREATE')
  UNION ALL SELECT 2, 'CREATE on schema ' || s.nspname
    FROM (SELECT 'usersync' AS nspname
      UNION SELECT coalesce(nullif($2, ''), (SELECT p.name FROM unnest(current_schemas(false)) AS p (name) WHERE p.name <> 'usersync' LIMIT 1))
        WHERE to_regclass($1) IS NULL) AS s
    JOIN pg_namespace n ON n.nspname = s.nspname
    WHERE NOT has_schema_privilege(n.oid, 'CREATE')
  UNION ALL SELECT 3, 'ownership of ' || t.name
    FROM unnest(ARRAY[$1, $3, $4, $5]) AS t (name) JOIN pg_class c ON c.oid = to_regclass(t.name)
    WHERE NOT pg_has_role(c.relowner, 'USAGE')
) AS r ORDER BY n, right_on`
	rows, err := db.pool.QueryContext(ctx, query, db.names.Users, schemaOf(db.names.plainUsers), db.names.Processed, db.names.Letters, db.names.Outbox)
	if err != nil {
		return nil, fmt.Errorf("ask for the rights to migrate: %w", printable(err))
	}
	defer rows.Close()
	for rows.Next() {
		var right string
		if err := rows.Scan(&right); err != nil {
			return nil, err
		}
		missing = append(missing, right)
	}
	return missing, rows.Err()
}
