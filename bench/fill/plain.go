package fill

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"usersync/bench/gormserver"
)

// plainUsers makes the users of traffic.UserID with what traffic.Event says of them.
const plainUsers = `INSERT INTO users (provider_user_id, email, name, avatar_url, email_verified, tenant_id, suspended, provider_created_at, provider_updated_at, created_at, updated_at)
SELECT id, id || '@example.com', 'Jane Roe', 'https://cdn.example.com/a.png', true, 'proj_abc123', false, '2026-01-15 10:00:00Z', $2, now(), now()
FROM (SELECT 'usr_' || lpad(to_hex(n), 12, '0') AS id FROM generate_series(0, $1::bigint - 1) AS n) AS numbered`

// GORM makes the tables of gormserver and fills them.
func GORM(ctx context.Context, databaseURL string, users int, at time.Time) (err error) {
	db, err := gormserver.Open(databaseURL, 1)
	if err != nil {
		return err
	}
	pool, err := db.DB()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	if err := gormserver.Migrate(db); err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	_, err = conn.Exec(ctx, plainUsers, users, at)
	return err
}
