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
	"usersync/internal/spool"
	"usersync/models"
)

// clockTolerance is how far our clock and the database's may lie apart: times
// of both are compared when a suspension ends.
const clockTolerance = 5 * time.Second

// checkDatabase asks the database everything that the daemon relies on, and
// changes nothing.
func (p *program) checkDatabase(ctx context.Context, c *config.Config) []finding {
	var findings []finding
	if c.Database.SQLite() {
		// Opening the file would make it.
		if f, missing := missingFile(c.Database); missing {
			return []finding{f}
		}
		findings = append(findings, checkFile(c.Database)...)
	}
	db, err := openDatabase(c)
	if err != nil {
		return append(findings, failed("database", err.Error(), ""))
	}
	defer db.Close() //nolint:errcheck // nothing was written
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(p.answerWait, answerWait))
	defer cancel()
	if err := db.Ping(ctx); err != nil {
		return append(findings, failed("database", err.Error(), adviceFor(c.Database, err)))
	}
	findings = append(findings, fine("database", string(db.Dialect())+" answers"), checkClock(ctx, db))
	if db.Dialect() == models.Postgres {
		findings = append(findings, checkServer(ctx, c, db)...)
		findings = append(findings, checkPooler(ctx, db))
	}
	return append(findings, checkSchema(ctx, c, db)...)
}

// fileOf is the file of an SQLite URL.
func fileOf(d config.Database) string {
	file := strings.TrimPrefix(strings.TrimPrefix(d.URL.Reveal(), "sqlite:"), "//")
	file, _, _ = strings.Cut(file, "?")
	return file
}

// missingFile is what to say of an SQLite file that is not there.
func missingFile(d config.Database) (f finding, missing bool) {
	file := fileOf(d)
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		return finding{}, false
	}
	switch _, err := os.Stat(filepath.Dir(file)); {
	case err != nil:
		return failed("database", fmt.Sprintf("the directory of %s cannot be used: %v", file, err), "make it, or correct database.url"), true
	case !d.Migrate:
		return failed("database", file+" does not exist yet", "run `usersync migrate up`"), true
	default:
		return fine("database", file+" does not exist yet: serve will make it"), true
	}
}

// checkFile says why an SQLite file lies in a bad place.
func checkFile(d config.Database) []finding {
	file := fileOf(d)
	const remedy = "move it to a disk of this machine, and name that in database.url; or use Postgres"
	switch spool.FileSystemOf(filepath.Dir(file)) {
	case spool.InMemory:
		return []finding{warned("database", file+" is kept in memory: all of it is lost when the machine stops", remedy)}
	case spool.InContainer:
		return []finding{warned("database", file+" is part of the container: all of it is lost with it", "mount a volume, and name a file on it in database.url")}
	case spool.OnNetwork:
		return []finding{warned("database", file+" is on a network file system, whose locks SQLite cannot rely on: the file may be damaged", remedy)}
	}
	return nil
}

func checkClock(ctx context.Context, db *models.DB) finding {
	now, err := db.Clock(ctx)
	apart := time.Since(now).Abs()
	switch {
	case err != nil:
		return failed("clock", err.Error(), "")
	case apart > clockTolerance:
		return failed("clock", fmt.Sprintf("%s away from the database's", apart.Round(time.Second)), "run a time service on both machines")
	default:
		return fine("clock", "within "+clockTolerance.String()+" of the database's")
	}
}

// checkServer looks at how a Postgres server is set up.
func checkServer(ctx context.Context, c *config.Config, db *models.DB) []finding {
	s, _, err := db.Server(ctx)
	if err != nil {
		return []finding{failed("server", err.Error(), adviceFor(c.Database, err))}
	}
	says := fmt.Sprintf("Postgres %d.%d, %s, as %s; %d of %d connections in use", s.Version/10000, s.Version%10000, s.Encoding, s.Role, s.InUse, s.Connections)
	return append([]finding{fine("server", says)}, symptomatic(s.Symptoms(c.Database.MaxConnections))...)
}

// symptomatic makes findings of symptoms.
func symptomatic(found []models.Symptom) (findings []finding) {
	for _, s := range found {
		if s.Broken {
			findings = append(findings, failed(s.Part, s.Text, s.Remedy))
		} else {
			findings = append(findings, warned(s.Part, s.Text, s.Remedy))
		}
	}
	return findings
}

// checkPooler says what stands between us and the server.
func checkPooler(ctx context.Context, db *models.DB) finding {
	seen, err := db.Pooler(ctx)
	if err != nil {
		return warned("pooler", err.Error(), "")
	}
	switch mode := seen.Mode(); {
	case mode == models.PoolerStatement:
		return failed("pooler", "a pooler in statement mode: it knows no transactions, and every delivery is one", "pool_mode = transaction, or let database.url name the server itself")
	case seen.Alone && mode != models.PoolerNone:
		return warned("pooler", "a pooler with one connection to the server: everything waits for everything", "default_pool_size = 20, or at least database.max_connections")
	case mode == models.PoolerTransaction:
		return fine("pooler", "a pooler in transaction mode: nothing usersync does needs more")
	case mode == models.PoolerSession:
		return fine("pooler", "a pooler in session mode, or one that is hardly used")
	default:
		return fine("pooler", "none")
	}
}
