package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	usersync "usersync/sync"
)

// Options say how to open a database.
type Options struct {
	UsersTable     string // "" is DefaultUsersTable; schema.table on Postgres
	MaxConnections int    // 0 is a default that suits the database
}

// DB is an open database.
type DB struct {
	dialect Dialect
	gorm    *gorm.DB
	pool    *sql.DB
	names   tables
	store   interface {
		usersync.Store
		Close() error
	}
}

// DialectOf tells from a database URL what kind of database it names.
func DialectOf(url string) (Dialect, error) {
	switch {
	case strings.HasPrefix(url, "postgres://"), strings.HasPrefix(url, "postgresql://"):
		return Postgres, nil
	case strings.HasPrefix(url, "sqlite:"):
		return SQLite, nil
	default:
		return "", errors.New("database.url: want sqlite:FILE or postgres://user:password@host/database")
	}
}

// Open opens the database that url names. It does not wait for a Postgres that
// is away: use Ping. Errors never contain the URL, which has a password.
func Open(url string, options Options) (*DB, error) {
	dialect, err := DialectOf(url)
	if err != nil {
		return nil, err
	}
	names, err := namesOf(dialect, options.UsersTable)
	if err != nil {
		return nil, err
	}
	if dialect == Postgres {
		return openPostgres(url, names, options)
	}
	return openSQLite(strings.TrimPrefix(url, "sqlite:"), names, options)
}

// gormConfig keeps GORM quiet: errors are returned, and its own log would
// print values.
func gormConfig() *gorm.Config {
	return &gorm.Config{
		Logger:                 logger.Discard,
		SkipDefaultTransaction: true,
		DisableAutomaticPing:   true,
		NowFunc:                func() time.Time { return time.Now().UTC() },
	}
}

// Dialect returns the kind of the database.
func (db *DB) Dialect() Dialect { return db.dialect }

// Store returns the store of users, claims, dead letters and messages.
func (db *DB) Store() usersync.Store { return db.store }

// Ping asks the database for an answer.
func (db *DB) Ping(ctx context.Context) error {
	if err := db.pool.PingContext(ctx); err != nil {
		return noAnswer(err)
	}
	return nil
}

// TakesWrites asks the database for an answer, and Postgres whether it takes writes now. Where
// it does not, its connections are given up: whoever asks again may find the server that does.
func (db *DB) TakesWrites(ctx context.Context) error {
	store, ok := db.store.(*postgresStore)
	if !ok {
		return db.Ping(ctx)
	}
	var readOnly bool
	if err := db.pool.QueryRowContext(ctx, "SELECT current_setting('transaction_read_only')::bool").Scan(&readOnly); err != nil {
		return noAnswer(err)
	}
	if readOnly {
		store.serving.over()
		return errReadOnly
	}
	return nil
}

func noAnswer(err error) error { return fmt.Errorf("the database does not answer: %w", printable(err)) }

// Stats tells how busy the connections are.
func (db *DB) Stats() sql.DBStats { return db.pool.Stats() }

// Close closes the store and all connections.
func (db *DB) Close() error {
	return errors.Join(db.store.Close(), db.pool.Close())
}

// Users returns all rows of the users table in the order of their creation.
// It is for small tables: demo and tests.
func (db *DB) Users(ctx context.Context) ([]User, error) {
	var users []User
	err := db.gorm.WithContext(ctx).Table(db.names.plainUsers).Order("created_at, provider, provider_user_id").Find(&users).Error
	return users, err
}

// ProcessedEvents returns all claims in the order of their keys. It is for
// small tables: tests.
func (db *DB) ProcessedEvents(ctx context.Context) ([]ProcessedEvent, error) {
	var events []ProcessedEvent
	err := db.gorm.WithContext(ctx).Table(db.names.Processed).Order("occurred_at, provider, event_id, provider_user_id").Find(&events).Error
	return events, err
}

// OutboxMessages returns all messages. It is for small tables: tests.
func (db *DB) OutboxMessages(ctx context.Context) ([]usersync.MessageState, error) {
	return messageStates(db.gorm.WithContext(ctx).Table(db.names.Outbox).Order("id"))
}

// DeadLetters returns the newest dead letters first, at most limit.
func (db *DB) DeadLetters(ctx context.Context, limit int) ([]DeadLetter, error) {
	var letters []DeadLetter
	err := db.gorm.WithContext(ctx).Table(db.names.Letters).Order("id DESC").Limit(limit).Find(&letters).Error
	return letters, err
}
