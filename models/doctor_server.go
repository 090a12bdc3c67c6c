package models

import (
	"context"
	"time"
)

// Server is how a Postgres server and the role that we are there are set up.
type Server struct {
	Version     int    `json:"version"` // as 150004
	Encoding    string `json:"encoding"`
	Role        string `json:"role"`
	Database    string `json:"database"`
	Superuser   bool   `json:"superuser"`
	Standby     bool   `json:"standby"`
	ReadOnly    bool   `json:"read_only"`
	Isolation   string `json:"isolation"`
	DateStyle   string `json:"date_style"`
	Commit      string `json:"synchronous_commit"`
	Fsync       string `json:"fsync"`
	FullPages   string `json:"full_page_writes"`
	Connections int    `json:"max_connections"` // that this role may have, of all that there are
	InUse       int    `json:"in_use"`          // by others and us
	Pending     int    `json:"pending_locks"`   // waited for this moment

	// Milliseconds; 0 is no limit.
	StatementTimeout   int64 `json:"statement_timeout"`
	IdleTimeout        int64 `json:"idle_in_transaction_session_timeout"`
	TransactionTimeout int64 `json:"transaction_timeout"`

	// MayLock says that the role may take the locks that erasures and runs need.
	MayLock bool `json:"may_lock"`
	// MakesPartitions says that the role may make and drop partitions.
	MakesPartitions bool `json:"makes_partitions"`
}

// Limits of this role and of the database count as well as those of the server.
// Settings that a version does not know are null, which is no limit.
const pgServer = `SELECT json_build_object(
 'version', current_setting('server_version_num')::int,
 'encoding', (SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()),
 'role', current_user, 'database', current_database(),
 'superuser', (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
 'standby', pg_is_in_recovery(),
 'read_only', current_setting('default_transaction_read_only')::bool,
 'isolation', current_setting('default_transaction_isolation'),
 'date_style', current_setting('DateStyle'),
 'synchronous_commit', current_setting('synchronous_commit'),
 'fsync', current_setting('fsync'),
 'full_page_writes', current_setting('full_page_writes'),
 'max_connections', (SELECT min(n) FROM (VALUES
   (current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int - coalesce(nullif(current_setting('reserved_connections', true), '')::int, 0)),
   ((SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user)),
   ((SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database()))) AS l (n)),
 'in_use', (SELECT sum(numbackends) FROM pg_stat_database),
 'pending_locks', (SELECT count(*) FROM pg_locks WHERE NOT granted),
 'statement_timeout', (SELECT setting::bigint FROM pg_settings WHERE name = 'statement_timeout'),
 'idle_in_transaction_session_timeout', (SELECT setting::bigint FROM pg_settings WHERE name = 'idle_in_transaction_session_timeout'),
 'transaction_timeout', (SELECT setting::bigint FROM pg_settings WHERE name = 'transaction_timeout'),
 'may_lock', has_function_privilege('pg_catalog.pg_advisory_xact_lock(bigint)', 'EXECUTE') AND has_function_privilege('pg_catalog.pg_advisory_xact_lock_shared(bigint)', 'EXECUTE'),
 'makes_partitions', coalesce((SELECT pg_has_role(relowner, 'MEMBER') FROM pg_class WHERE oid = to_regclass('usersync.processed_events')), false)
)::text`

// Server asks how the server is set up; ok is false for SQLite, which is none.
func (db *DB) Server(ctx context.Context) (s Server, ok bool, err error) {
	if db.dialect != Postgres {
		return s, false, nil
	}
	err = db.document(ctx, "the server's settings", pgServer, &s)
	return s, err == nil, err
}

// connectionsOf is how many connections a daemon takes at most that was configured
// with so many.
func connectionsOf(configured int) int {
	if configured == 0 {
		return defaultConnections
	}
	return configured
}

func millis(n int64) time.Duration { return time.Duration(n) * time.Millisecond }
