package models

import (
	"fmt"
	"strings"

	"usersync/internal/tablename"
)

// Dialect names a kind of database.
type Dialect string

// The supported databases.
const (
	Postgres Dialect = "postgres"
	SQLite   Dialect = "sqlite"
)

// DefaultUsersTable is the app's table unless the configuration names another.
const DefaultUsersTable = "users"

// tables are the names of all tables, quoted where they are the operator's.
type tables struct {
	Users, Active, EmailIndex string

	plainUsers string // as configured: GORM quotes by itself

	Processed, Letters, Hydrations, Runs, Erased, ErasureKey, Outbox, Activity, Notices, Versions string
}

// namesOf checks the configured name of the users table, which may be
// qualified by a schema on Postgres, and derives the others.
func namesOf(dialect Dialect, users string) (tables, error) {
	if users == "" {
		users = DefaultUsersTable
	}
	schema, name, qualified := strings.Cut(users, ".")
	if !qualified {
		schema, name = "", users
	}
	switch {
	case !tablename.Valid(users):
		return tables{}, fmt.Errorf("database.users_table: %q is no table name: use letters, digits and underscores, optionally schema.table", users)
	case qualified && dialect == SQLite:
		return tables{}, fmt.Errorf("database.users_table: SQLite has no schemas: name the table without %q", schema+".")
	}
	prefix, quotedSchema := "usersync_", ""
	if dialect == Postgres {
		prefix = "usersync."
	}
	if qualified {
		quotedSchema = quote(schema) + "."
	}
	return tables{
		Users:      quotedSchema + quote(name),
		Active:     quotedSchema + quote("active_"+name),
		EmailIndex: quote(name + "_email"),
		plainUsers: users,
		Processed:  prefix + "processed_events",
		Letters:    prefix + "dead_letters",
		Hydrations: prefix + "hydrations",
		Runs:       prefix + "sync_runs",
		Erased:     prefix + "erased",
		ErasureKey: prefix + "erasure_key",
		Outbox:     prefix + "outbox",
		Activity:   prefix + "activity",
		Notices:    prefix + "notices",
		Versions:   prefix + "schema_migrations",
	}, nil
}

// in places an unqualified users table in a schema.
func (t tables) in(schema string) tables {
	if !strings.Contains(t.plainUsers, ".") {
		// A schema's own name may hold anything.
		prefix := `"` + strings.ReplaceAll(schema, `"`, `""`) + `".`
		t.Users, t.Active = prefix+t.Users, prefix+t.Active
	}
	return t
}

// quote makes an identifier of a name that tablename.Valid has checked.
func quote(name string) string { return `"` + name + `"` }

// schemaOf is the schema that a configured name says, "" if it says none.
func schemaOf(users string) string {
	schema, _, qualified := strings.Cut(users, ".")
	if !qualified {
		return ""
	}
	return schema
}
