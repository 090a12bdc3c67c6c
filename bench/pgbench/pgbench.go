// Package pgbench measures what Postgres gives to a program that takes one transaction
// for each event, with no HTTP, no JSON and no program in between: a rival of the
// benchmark that is all database.
package pgbench

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"usersync/internal/pgtest"
)

//go:embed tables.sql
var tables string

//go:embed event.sql
var event string

// Result is what came of a run. The times are those of whole transactions, in µs.
type Result struct {
	EventsPerSecond float64 `json:"events_per_s"`
	P50             int64   `json:"p50_us"`
	P99             int64   `json:"p99_us"`
}

// Run makes tables of its own in the database, with as many users as it is told, and
// has so many clients send events about them for a while, one transaction each: the
// statement that drops what came twice and the upsert that a newer row refuses. What is
// sent during the warm-up does not count. Both times are in whole seconds.
func Run(ctx context.Context, databaseURL string, users, clients int, warmup, d time.Duration) (Result, error) {
	program, err := find()
	if err != nil {
		return Result{}, err
	}
	if err := fill(ctx, databaseURL, users); err != nil {
		return Result{}, fmt.Errorf("filling the tables for pgbench: %w", err)
	}
	dir, err := os.MkdirTemp("", "usersync-pgbench-")
	if err != nil {
		return Result{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.WriteFile(filepath.Join(dir, "event.sql"), []byte(event), 0o600); err != nil {
		return Result{}, err
	}
	cmd := exec.CommandContext(ctx, program, "--no-vacuum", "--protocol=prepared", "--file=event.sql", "--log",
		"--define=users="+strconv.Itoa(users), "--client="+strconv.Itoa(clients), "--jobs="+strconv.Itoa(min(clients, 2)),
		"--time="+strconv.Itoa(max(1, int((warmup+d).Seconds()))), databaseURL)
	cmd.Dir = dir
	began := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		return Result{}, fmt.Errorf("pgbench after %v: %w\n%s", time.Since(began).Round(time.Millisecond), err, out)
	}
	return read(os.DirFS(dir), warmup)
}

// find returns pgbench of the server that the tests use. Some packagers put it into a
// package of its own.
func find() (string, error) {
	server, err := pgtest.FindBinaries()
	if err != nil {
		return "", err
	}
	program := filepath.Join(server, "pgbench")
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	if program, err = exec.LookPath("pgbench"); err == nil {
		return program, nil
	}
	return "", fmt.Errorf("no pgbench in %s or PATH: install the package that has it (Debian: postgresql, Fedora: postgresql-contrib)", server)
}

func fill(ctx context.Context, databaseURL string, users int) error {
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, tables); err != nil {
		return err
	}
	if _, err = conn.Exec(ctx, `INSERT INTO pgbench_users
		SELECT 'usr_' || lpad(to_hex(n), 12, '0'), 'proj_abc123', 'usr_' || lpad(to_hex(n), 12, '0') || '@example.com', 'Jane Roe',
			'https://cdn.example.com/a.png', NULL, true, false, false, NULL, NULL, 0, '2026-01-15T10:00:00Z', '2026-01-15T10:00:00Z'
		FROM generate_series(0, $1::int - 1) n`, users); err != nil {
		return err
	}
	for _, statement := range []string{"VACUUM ANALYZE pgbench_users", "CHECKPOINT"} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
