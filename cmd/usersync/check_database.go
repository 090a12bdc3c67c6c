package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"usersync/internal/config"
	"usersync/models"
)

// clockTolerance is how far our clock and the database's may lie apart: times
// of both are compared when a suspension ends.
const clockTolerance = 5 * time.Second

// checkDatabase asks the database everything that the daemon relies on, and
// changes nothing.
func (p *program) checkDatabase(ctx context.Context, c *config.Config) []finding {
	if c.Database.SQLite() {
		// Opening the file would make it.
		if f, missing := missingFile(c.Database); missing {
			return []finding{f}
		}
	}
	db, err := openDatabase(c)
	if err != nil {
		return []finding{failed("database", err.Error())}
	}
	defer db.Close() //nolint:errcheck // nothing was written
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(p.answerWait, answerWait))
	defer cancel()
	if err := db.Ping(ctx); err != nil {
		return []finding{failed("database", advise(c, err).Error())}
	}
	findings := []finding{fine("database", string(db.Dialect())+" answers"), checkClock(ctx, db)}
	return append(findings, checkSchema(ctx, c, db)...)
}

// missingFile is what to say of an SQLite file that is not there.
func missingFile(d config.Database) (f finding, missing bool) {
	file := strings.TrimPrefix(strings.TrimPrefix(d.URL.Reveal(), "sqlite:"), "//")
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		return finding{}, false
	}
	switch _, err := os.Stat(filepath.Dir(file)); {
	case err != nil:
		return failed("database", fmt.Sprintf("the directory of %s cannot be used: %v: make it, or correct database.url", file, err)), true
	case !d.Migrate:
		return failed("database", file+" does not exist yet: run `usersync migrate up`"), true
	default:
		return fine("database", file+" does not exist yet: serve will make it"), true
	}
}

func checkClock(ctx context.Context, db *models.DB) finding {
	now, err := db.Clock(ctx)
	apart := time.Since(now).Abs()
	switch {
	case err != nil:
		return failed("clock", err.Error())
	case apart > clockTolerance:
		return failed("clock", fmt.Sprintf("%s away from the database's: run a time service on both machines", apart.Round(time.Second)))
	default:
		return fine("clock", "within "+clockTolerance.String()+" of the database's")
	}
}

// checkSchema looks at the migrations and, once they are applied, the grants.
func checkSchema(ctx context.Context, c *config.Config, db *models.DB) []finding {
	steps, err := db.Migrations(ctx)
	if err != nil {
		name := "migrations"
		if refusedWith(err, "42501") { // may not even use our schema
			name = "grants"
		}
		return []finding{failed(name, advise(c, err).Error())}
	}
	pending := 0
	for _, s := range steps {
		if !s.Applied {
			pending++
		}
	}
	if pending == 0 {
		return []finding{fine("migrations", "up to date"), checkGrants(ctx, db)}
	}
	var findings []finding
	if !steps[0].Applied {
		if err := db.Foreign(ctx); err != nil {
			findings = append(findings, failed("users table", err.Error()))
		}
	}
	return append(findings, checkPending(ctx, c, db, pending))
}

// checkPending tells who applies the migrations, and whether this role may.
func checkPending(ctx context.Context, c *config.Config, db *models.DB, pending int) finding {
	missing, err := db.MissingRights(ctx)
	switch {
	case err != nil:
		return failed("migrations", err.Error())
	case len(missing) > 0:
		return failed("migrations", fmt.Sprintf("%d pending, and this role may not apply them: it lacks %s: %s", pending, strings.Join(missing, ", "), migrateHint))
	case !c.Database.Migrate:
		return failed("migrations", fmt.Sprintf("%d pending: run `usersync migrate up`", pending))
	default:
		return fine("migrations", fmt.Sprintf("%d pending: serve will apply them", pending))
	}
}

func checkGrants(ctx context.Context, db *models.DB) finding {
	missing, err := db.MissingGrants(ctx)
	switch {
	case err != nil:
		return failed("grants", err.Error())
	case len(missing) > 0:
		return failed("grants", "missing "+strings.Join(missing, ", ")+": "+grantsHint)
	default:
		return fine("grants", "complete")
	}
}
