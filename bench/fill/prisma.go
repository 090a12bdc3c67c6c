package fill

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"usersync/bench/prisma"
)

// prismaUsers makes the users of traffic.UserID with what traffic.Event says of them.
const prismaUsers = `INSERT INTO users (id, project_id, email, display_name, avatar_url, email_verified, phone_verified, is_banned, sign_in_count, created_at, updated_at)
SELECT id, 'proj_abc123', id || '@example.com', 'Jane Roe', 'https://cdn.example.com/a.png', true, false, false, 0, '2026-01-15 10:00:00Z', $2
FROM (SELECT 'usr_' || lpad(to_hex(n), 12, '0') AS id FROM generate_series(0, $1::bigint - 1) AS n) AS numbered`

// Prisma starts the handler once, which makes its tables, and fills them.
func Prisma(ctx context.Context, databaseURL string, users int, at time.Time) error {
	_, _, stop, err := prisma.Start(ctx, databaseURL)
	if err != nil {
		return err
	}
	if err := stop(); err != nil {
		return err
	}
	return insert(ctx, databaseURL, prismaUsers, users, at)
}

// insert carries out a statement that makes so many users as they look at an instant.
func insert(ctx context.Context, databaseURL, statement string, users int, at time.Time) (err error) {
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	_, err = conn.Exec(ctx, statement, users, at)
	return err
}
