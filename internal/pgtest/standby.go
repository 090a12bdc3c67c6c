package pgtest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// StandbyName is what a standby calls itself: `synchronous_standby_names` of a
// primary that waits for it. With that setting a primary commits nothing before
// a standby is there, also one that has just been promoted.
const StandbyName = "pgtest_standby"

// Standby starts a new server that follows this one, with its settings, on a
// port of its own. The primary must be up; it may be written to meanwhile.
func (c *Cluster) Standby() (*Cluster, error) {
	return begin("", func(standby *Cluster) error {
		if err := standby.copyOf(c); err != nil {
			return err
		}
		defaults, err := os.ReadFile(standby.configFile())
		if err != nil {
			return err
		}
		return standby.configureAndUp(func() string { return string(defaults) + standby.following(c) })
	})
}

// Follow makes a server that is down come back as a standby of another, on its
// old port. It gives up its own data: a primary that was killed may have more
// than the standby that took its place.
func (c *Cluster) Follow(primary *Cluster) error {
	if c.running != nil {
		return errors.New("the server is up: its data cannot be replaced")
	}
	if err := c.copyOf(primary); err != nil {
		return err
	}
	text, err := os.ReadFile(c.configFile())
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.configFile(), append(text, c.following(primary)...), 0o600); err != nil {
		return err
	}
	return c.Up()
}

// copyOf replaces the data folder by a copy of the primary's.
func (c *Cluster) copyOf(primary *Cluster) error {
	data := filepath.Join(c.dir, "data")
	if err := os.RemoveAll(data); err != nil {
		return err
	}
	if err := c.tool("pg_basebackup", "--pgdata="+data, "--dbname="+primary.URL(), "--checkpoint=fast", "--wal-method=stream", "--no-sync"); err != nil {
		return err
	}
	signal := filepath.Join(data, "standby.signal")
	if err := os.WriteFile(signal, nil, 0o600); err != nil {
		return err
	}
	return c.who.own(signal) // the server removes it when it is promoted
}

// following returns the lines of postgresql.conf in which a standby differs from
// the primary that it was copied from.
func (c *Cluster) following(primary *Cluster) string {
	conninfo := fmt.Sprintf("host=127.0.0.1 port=%d user=postgres application_name=%s", primary.port, StandbyName)
	return fmt.Sprintf("\nport = %d\nunix_socket_directories = %s\nprimary_conninfo = %s\n", c.port, quoteSetting(c.dir), quoteSetting(conninfo))
}

// Promote makes a standby a primary and returns once it takes writes. It asks
// again and again: what the standby still has to replay may cancel a statement that
// waits for the promotion.
func (c *Cluster) Promote() (err error) {
	const promote = `DO $$ BEGIN
		IF pg_is_in_recovery() THEN
			PERFORM pg_promote(false);
			RAISE EXCEPTION 'it is not promoted so far';
		END IF;
	END $$`
	for deadline := time.Now().Add(startTimeout); time.Now().Before(deadline); time.Sleep(pollEvery) {
		if err = execute(c.URL(), promote); err == nil {
			return nil
		}
	}
	return fmt.Errorf("promoting a standby: %w", err)
}
