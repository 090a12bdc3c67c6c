package models

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	gormpostgres "gorm.io/driver/postgres"
	"gorm.io/gorm"
)

// commitWarning is set in a connection's custom data when the server warned
// (class 01) during a commit: a wait for a synchronous standby was cancelled,
// which the server reports as success.
const commitWarning = "usersync.commit_warning"

// defaultConnections is how many connections a pool has where nobody says it.
const defaultConnections = 10

func openPostgres(url string, names tables, options Options) (*DB, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, errors.New("database.url: not a valid Postgres URL: write postgres://user:password@host:5432/database, percent-encode special characters, and look at the values behind ?")
	}
	// No named statements: a transaction-mode pooler gives each transaction
	// another server connection.
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	config.StatementCacheCapacity = 0
	config.DescriptionCacheCapacity = 0
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "usersync"
	}
	config.OnNotice = func(conn *pgconn.PgConn, notice *pgconn.Notice) {
		if notice.Code == "01000" && notice.Where == "" { // a trigger's own has a context
			conn.CustomData()[commitWarning] = true
		}
	}
	serving := &generation{}
	config.OnPgError = serving.heed
	pool := stdlib.OpenDB(*config, serving.options()...)
	connections := connectionsOf(options.MaxConnections)
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)

	orm, err := gorm.Open(gormpostgres.New(gormpostgres.Config{Conn: pool}), gormConfig())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the database: %w", printable(err)), pool.Close())
	}
	return &DB{
		dialect: Postgres,
		gorm:    orm,
		pool:    pool,
		names:   names,
		store:   newPostgresStore(pool, names, serving),
	}, nil
}

// printable reduces a driver's error to what may be shown: a server's message
// quotes rows, and a connection error quotes the URL.
func printable(err error) error {
	var server *pgconn.PgError
	if errors.As(err, &server) {
		if inStatementMode(server) {
			return errStatementMode
		}
		return fmt.Errorf("%s (SQLSTATE %s)", server.Message, server.Code)
	}
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		return fmt.Errorf("cannot connect to %s as user %s, database %s: %w", connect.Config.Host, connect.Config.User, connect.Config.Database, root(err))
	}
	return err
}

// root returns the innermost error.
func root(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			if many, ok := err.(interface{ Unwrap() []error }); ok && len(many.Unwrap()) > 0 {
				err = many.Unwrap()[0]
				continue
			}
			return err
		}
		err = inner
	}
}
