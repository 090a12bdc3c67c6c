package models

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"

	gormsqlite "gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"modernc.org/sqlite" // also the driver "sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// sqlitePragmas make every commit durable (WAL with synchronous=FULL), let
// readers go on while one writer writes, and spare checkpoints.
var sqlitePragmas = []string{
	"busy_timeout(5000)",
	"journal_mode(WAL)",
	"synchronous(FULL)",
	"foreign_keys(1)",
	"secure_delete(1)", // an old address would stay in the free parts of the file, also after an erasure
	"wal_autocheckpoint(8000)",
	"cache_size(-2000)", // of each connection, in KB; it takes twice of that, as a page with its header is given 8 KB
}

// sqliteStorePragma is what is different for the store's own connection: others move its
// log (sqliteCheckpoint), unless that fails.
var sqliteStorePragma = fmt.Sprintf("PRAGMA wal_autocheckpoint(%d)", 4*checkpointPages)

func openSQLite(file string, names tables, options Options) (*DB, error) {
	file, _, _ = strings.Cut(strings.TrimPrefix(file, "//"), "?")
	if file == "" {
		return nil, errors.New("database.url: name a file, for example sqlite:usersync.db")
	}
	query := url.Values{"_pragma": sqlitePragmas, "_txlock": {"immediate"}}
	dsn := "file:" + (&url.URL{Path: file}).EscapedPath() + "?" + query.Encode()
	pool, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", file, err)
	}
	connections := options.MaxConnections
	if connections == 0 {
		connections = 4
	}
	// One connection is the store's own; it never goes back.
	pool.SetMaxOpenConns(connections + 1)
	pool.SetMaxIdleConns(connections + 1)

	orm, err := gorm.Open(gormsqlite.New(gormsqlite.Config{DriverName: "sqlite", Conn: pool}), gormConfig())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w: %s", file, err, unopened(err)), pool.Close())
	}
	return &DB{
		dialect: SQLite,
		gorm:    orm,
		pool:    pool,
		names:   names,
		store:   newSQLiteStore(pool, names),
	}, nil
}

// unopened says what to do about a file that cannot be opened.
func unopened(err error) string {
	var failed *sqlite.Error
	if errors.As(err, &failed) && failed.Code() == sqlite3.SQLITE_NOTADB {
		return "correct database.url, or move the file away if nobody needs it"
	}
	return "check that the directory exists and is writable"
}
