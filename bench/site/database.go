// Package site is where a benchmark takes place: databases in one Postgres cluster,
// processes of contestants, and the meters beside them. All of it is on loopback.
package site

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"

	"usersync/bench/proc"
)

// Cluster is a running Postgres on this machine.
type Cluster struct {
	server     *url.URL
	conn       *pgx.Conn // of the cluster's own database
	postmaster int
	made       []string
}

// Open connects to the cluster of a postgres:// URL, whose user must be a superuser.
func Open(ctx context.Context, server string) (*Cluster, error) {
	u, err := url.Parse(server)
	if err != nil {
		return nil, errors.New("the Postgres server must be given as an URL") // it may hold a password
	}
	if err := OnlyLoopback(u.Host); err != nil {
		return nil, err
	}
	c := &Cluster{server: u}
	if c.conn, err = pgx.Connect(ctx, server); err != nil {
		return nil, err
	}
	if c.postmaster, err = c.findPostmaster(ctx); err != nil {
		return nil, errors.Join(err, c.conn.Close(ctx))
	}
	return c, nil
}

// OnlyLoopback refuses an address that is not of this machine alone: neither load nor
// faults go anywhere else.
func OnlyLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%q is no host:port", address)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("%s is not on loopback: the benchmark measures this machine only", host)
	}
	return nil
}

// findPostmaster finds the process that all others of the cluster were started by.
func (c *Cluster) findPostmaster(ctx context.Context) (int, error) {
	var backend int
	if err := c.conn.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&backend); err != nil {
		return 0, err
	}
	postmaster, err := proc.Parent(backend)
	if err != nil {
		return 0, fmt.Errorf("the Postgres server's processes are not to be seen in /proc: %w", err)
	}
	return postmaster, nil
}

// Create makes a database and returns its URL. Close drops it.
func (c *Cluster) Create(ctx context.Context, name string) (string, error) {
	if err := c.drop(ctx, name); err != nil { // of a run that was killed
		return "", err
	}
	if _, err := c.conn.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE template0"); err != nil {
		return "", err
	}
	c.made = append(c.made, name)
	u := *c.server
	u.Path = "/" + name
	return u.String(), nil
}

func (c *Cluster) drop(ctx context.Context, name string) error {
	_, err := c.conn.Exec(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
	if err == nil {
		_, err = c.conn.Exec(ctx, "DROP DATABASE IF EXISTS "+name)
	}
	return err
}

// Settle vacuums a database and makes the planner's statistics of it.
func (c *Cluster) Settle(ctx context.Context, databaseURL string) (err error) {
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	_, err = conn.Exec(ctx, "VACUUM ANALYZE")
	return err
}

// Version is the server's.
func (c *Cluster) Version(ctx context.Context) (version string, err error) {
	err = c.conn.QueryRow(ctx, "SHOW server_version").Scan(&version)
	return version, err
}

// WAL is how many bytes of write-ahead log the cluster has written since it was made.
func (c *Cluster) WAL(ctx context.Context) (bytes int64, err error) {
	err = c.conn.QueryRow(ctx, "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint").Scan(&bytes)
	return bytes, err
}

// Close drops the databases that Create made.
func (c *Cluster) Close(ctx context.Context) error {
	var faults []error
	for _, name := range c.made {
		faults = append(faults, c.drop(ctx, name))
	}
	return errors.Join(append(faults, c.conn.Close(ctx))...)
}

// Checkpoint has the cluster write everything to disk.
func (c *Cluster) Checkpoint(ctx context.Context) error {
	_, err := c.conn.Exec(ctx, "CHECKPOINT")
	return err
}

// Vacuumed waits until the cluster vacuums nothing by itself.
func (c *Cluster) Vacuumed(ctx context.Context) error {
	for {
		workers := 0
		if err := c.conn.QueryRow(ctx, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'autovacuum worker'").Scan(&workers); err != nil {
			return err
		}
		if workers == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Compress says whether sessions that begin from now on compress the pages that they write
// whole into the write-ahead log: by lz4, which Postgres has from 15 on where it was built
// with it, else by its own method.
func (c *Cluster) Compress(ctx context.Context, databaseURL string, on bool) error {
	u, err := url.Parse(databaseURL)
	if err != nil {
		return errors.New("the database's URL cannot be read")
	}
	how := "off"
	if on {
		err := c.conn.QueryRow(ctx, "SELECT CASE WHEN 'lz4' = ANY (enumvals) THEN 'lz4' ELSE 'on' END FROM pg_settings WHERE name = 'wal_compression'").Scan(&how)
		if err != nil {
			return err
		}
	}
	name := pgx.Identifier{u.Path[1:]}.Sanitize()
	_, err = c.conn.Exec(ctx, fmt.Sprintf("ALTER DATABASE %s SET wal_compression = %s", name, how))
	return err
}
