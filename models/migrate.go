package models

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"text/template"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*/*.sql
var migrations embed.FS

// Migration is one step of the schema.
type Migration struct {
	Version int64
	Name    string
	SQL     string // with the configured names
	Applied bool
}

// Migrations returns all steps in order, and which of them are applied.
func (db *DB) Migrations(ctx context.Context) ([]Migration, error) {
	steps, err := stepsOf(db.dialect, db.names)
	if err != nil {
		return nil, err
	}
	version, err := db.version(ctx)
	for i := range steps {
		steps[i].Applied = steps[i].Version <= version
	}
	return steps, err
}

// Pending counts the steps that are not applied.
func (db *DB) Pending(ctx context.Context) (int, error) {
	steps, err := db.Migrations(ctx)
	count := 0
	for _, s := range steps {
		if !s.Applied {
			count++
		}
	}
	return count, err
}

// Migrate applies the pending steps, each in its own transaction, and returns
// them. It refuses to touch a users table that usersync did not make.
func (db *DB) Migrate(ctx context.Context) ([]Migration, error) {
	steps, err := db.Migrations(ctx)
	if err != nil {
		return nil, err
	}
	if !steps[0].Applied {
		if err := db.refuseForeign(ctx); err != nil {
			return nil, err
		}
	}
	var applied []Migration
	provider, err := db.goose(ctx, steps, func(m Migration) { applied = append(applied, m) })
	if err != nil {
		return nil, err
	}
	if _, err = provider.Up(ctx); err != nil {
		// Another replica may have been faster.
		if pending, again := db.Pending(ctx); again == nil && pending == 0 {
			return nil, nil
		}
		return applied, fmt.Errorf("migrate: %w", printable(err))
	}
	return applied, nil
}

// SchemaSQL returns the whole schema as text for someone who applies it
// themselves, with the grants that a daemon without ownership needs.
func SchemaSQL(dialect Dialect, usersTable string) (string, error) {
	names, err := namesOf(dialect, usersTable)
	if err != nil {
		return "", err
	}
	steps, err := stepsOf(dialect, names)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	if dialect == Postgres {
		out.WriteString(createSchema + ";\n\n")
	}
	for _, s := range steps {
		fmt.Fprintf(&out, "-- migration %d: %s\n\n%s\n", s.Version, s.Name, s.SQL)
	}
	if dialect == Postgres {
		out.WriteString(grants(names))
	}
	return out.String(), nil
}

const createSchema = "CREATE SCHEMA IF NOT EXISTS usersync"

// grants are what the daemon needs if it does not own the tables, and what the
// app needs to read them.
func grants(names tables) string {
	return `-- For a daemon that is not the owner (replace usersync_daemon and app by your roles):
--   GRANT USAGE ON SCHEMA usersync TO usersync_daemon;
--   GRANT SELECT, INSERT, UPDATE, DELETE ON ` + names.Users + ` TO usersync_daemon;
--   GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA usersync TO usersync_daemon;
--   GRANT SELECT ON ` + names.Users + `, ` + names.Active + ` TO app;
`
}

// stepsOf renders the embedded migrations of a dialect.
func stepsOf(dialect Dialect, names tables) ([]Migration, error) {
	folder := path.Join("migrations", string(dialect))
	files, err := fs.ReadDir(migrations, folder)
	if err != nil {
		return nil, err
	}
	steps := make([]Migration, 0, len(files))
	for _, file := range files {
		number, name, _ := strings.Cut(strings.TrimSuffix(file.Name(), ".sql"), "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("migration %s: its name must begin with a number", file.Name())
		}
		source, err := template.ParseFS(migrations, path.Join(folder, file.Name()))
		if err != nil {
			return nil, err
		}
		var text strings.Builder
		if err := source.Execute(&text, names); err != nil {
			return nil, err
		}
		steps = append(steps, Migration{Version: version, Name: name, SQL: text.String()})
	}
	return steps, nil
}

// goose hands the rendered steps to the migration library.
func (db *DB) goose(ctx context.Context, steps []Migration, done func(Migration)) (*goose.Provider, error) {
	dialect := goose.DialectSQLite3
	if db.dialect == Postgres {
		dialect = goose.DialectPostgres
		if _, err := db.pool.ExecContext(ctx, createSchema); err != nil {
			return nil, fmt.Errorf("migrate: create schema usersync: %w: run the SQL that `usersync migrate print` shows as the database's owner", printable(err))
		}
	}
	list := make([]*goose.Migration, len(steps))
	for i, step := range steps {
		list[i] = goose.NewGoMigration(step.Version, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, step.SQL)
			if err == nil {
				done(step)
			}
			return err
		}}, nil)
	}
	return goose.NewProvider(dialect, db.pool, nil,
		goose.WithTableName(db.names.Versions),
		goose.WithGoMigrations(list...),
		goose.WithDisableGlobalRegistry(true))
}

// version returns the newest applied step, 0 if there is none.
func (db *DB) version(ctx context.Context) (int64, error) {
	there, err := db.exists(ctx, db.names.Versions)
	if err != nil || !there {
		return 0, err
	}
	var version int64
	err = db.pool.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM "+db.names.Versions+" WHERE is_applied").Scan(&version)
	if err != nil {
		return 0, fmt.Errorf("read the schema's version: %w", printable(err))
	}
	return version, nil
}

// errForeign is returned for a users table that usersync did not make.
var errForeign = errors.New("not made by usersync")

// refuseForeign returns an error if the users table, or its view, is there
// already: whoever made it, its rows are not ours.
func (db *DB) refuseForeign(ctx context.Context) error {
	for _, name := range []string{db.names.Users, db.names.Active} {
		columns, err := db.columns(ctx, name)
		if err != nil {
			return err
		}
		if len(columns) > 0 {
			return fmt.Errorf("%w: %s is there already, with the columns %s. Nothing was changed. Set database.users_table to another name, for example \"auth_users\", and join the two by id",
				errForeign, name, strings.Join(columns, ", "))
		}
	}
	return nil
}
