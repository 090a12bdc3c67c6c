package fill

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"usersync/models"
	usersync "usersync/sync"
)

// spread is the time over which the events of before are spread, so that they lie in the
// weeks behind the users' instant.
const spread = 14 * 24 * time.Hour

// events makes processed events before an instant, evenly over the spread.
const events = `INSERT INTO usersync.processed_events
SELECT $2::timestamptz - (1 + $1::bigint - n) * ($3::interval / ($1::bigint + 1)), '` + Provider + `', 'evt_before_' || lpad(to_hex(n), 12, '0'),
  'usr_' || lpad(to_hex(n), 12, '0'), 'user.updated', $2, 'applied', 'live'
FROM generate_series(1, $1::bigint) AS n`

// Grown is Usersync with as many processed events as users, in partitions as the daemon
// makes them.
func Grown(ctx context.Context, databaseURL string, users int, at time.Time) (err error) {
	if err := Usersync(ctx, databaseURL, users, at); err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	const weeks = 4 // those of the spread, and of the run
	partitions := models.PartitionsSQL(models.Postgres, usersync.MicrosOf(at.Add(-spread)), weeks)
	if _, err := conn.PgConn().Exec(ctx, partitions).ReadAll(); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, events, users, at, spread)
	return err
}
