package models

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"

	usersync "usersync/sync"
)

// ErrBusyPartitions is returned where a partition could not be made or dropped
// without making events wait. Nothing is harmed: the next turn may have more luck.
var ErrBusyPartitions = errors.New("processed_events is busy, or its default partition is too large to be looked through in half a second: its partitions stay as they are until the next turn")

// What a change of partitions may cost others. Whoever inserts waits behind it, and
// gives up after twice as long.
const partitionLimits = "SELECT set_config('role', ?, true), set_config('lock_timeout', '100ms', true), set_config('statement_timeout', '500ms', true), " + pgNobodyHome

// MakePartitions makes the partitions for the events of so many weeks, the first
// being that of the instant, as far as they are missing, and returns their names.
// Only the owner of the tables may; for others, and on SQLite, nothing is done. A
// week of which the default partition has events already stays there.
func (db *DB) MakePartitions(ctx context.Context, at usersync.Micros, weeks int) (made []string, err error) {
	owner, err := db.partitionOwner(ctx)
	if err != nil || owner == "" {
		return nil, err
	}
	there, err := db.weeks(ctx)
	if err != nil {
		return nil, err
	}
	for _, w := range weeksFrom(at, weeks) {
		if w.isIn(there) {
			continue
		}
		done, began := false, time.Now()
		err := db.gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
			var begun bool
			if err := tx.Exec(partitionLimits, owner).Error; err != nil {
				return err
			}
			err := tx.Raw("SELECT EXISTS (SELECT FROM "+restOf+" WHERE occurred_at >= ? AND occurred_at < ?)", w.from, w.to()).Scan(&begun).Error
			if err != nil || begun {
				return err
			}
			for _, statement := range w.makeSQL() {
				if err := tx.Exec(statement).Error; err != nil {
					return err
				}
			}
			done = true
			return nil
		})
		switch {
		case isDuplicate(err), overlaps(err): // another replica was faster
		case err != nil:
			return made, busyPartitions("make", w, err)
		case done:
			made = append(made, w.table())
			if err := breathe(ctx, time.Since(began)); err != nil {
				return made, err
			}
		}
	}
	return made, nil
}

// breathe gives others their turn after something that they may have waited for.
func breathe(ctx context.Context, took time.Duration) error {
	if took < 50*time.Millisecond {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(2 * took):
		return nil
	}
}

// partitionOwner returns the role that the partitions belong to, "" if the current
// role may not act as it.
func (db *DB) partitionOwner(ctx context.Context) (string, error) {
	if db.dialect != Postgres {
		return "", nil
	}
	var owners []string
	err := db.gorm.WithContext(ctx).Raw(`SELECT pg_get_userbyid(relowner)::text FROM pg_class
WHERE oid = to_regclass('usersync.processed_events') AND pg_has_role(relowner, 'MEMBER') AND has_schema_privilege(relowner, 'usersync', 'CREATE')`).Scan(&owners).Error
	if err != nil {
		return "", fmt.Errorf("ask who owns processed_events: %w", printable(err))
	}
	if len(owners) == 0 {
		return "", nil
	}
	return owners[0], nil
}

// weeks returns the weeks that have a table, in their order.
func (db *DB) weeks(ctx context.Context) ([]week, error) {
	var rows []struct {
		Name     string
		Attached bool
	}
	err := db.gorm.WithContext(ctx).Raw(`SELECT c.relname::text AS name, i.inhrelid IS NOT NULL AS attached
FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid AND i.inhparent = to_regclass('usersync.processed_events')
WHERE c.relnamespace = 'usersync'::regnamespace AND c.relkind = 'r' AND starts_with(c.relname, ?) ORDER BY 1`, weekPrefix).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list the partitions of processed_events: %w", printable(err))
	}
	var weeks []week
	for _, row := range rows {
		if w, ours := weekNamed(row.Name); ours {
			w.attached = row.Attached
			weeks = append(weeks, w)
		}
	}
	return weeks, nil
}

// overlaps reports whether a partition for the same time is there.
func overlaps(err error) bool {
	return serverSays(err, "42P17")
}

// busyPartitions makes ErrBusyPartitions of what passes.
func busyPartitions(verb string, w week, err error) error {
	var server *pgconn.PgError
	if errors.As(err, &server) {
		switch server.Code {
		// A lock or the time for it was not granted, a deadlock, or an event of
		// that week came to the default partition this very moment.
		case "55P03", "57014", "40P01", "23514":
			return ErrBusyPartitions
		}
	}
	return fmt.Errorf("%s the partition %s: %w", verb, w.table(), printable(err))
}
