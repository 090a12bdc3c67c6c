package models

import (
	"context"
	"crypto/rand"
	"fmt"

	"gorm.io/gorm"

	usersync "usersync/sync"
)

// Notices keeps which notifications were sent; it implements usersync.Notices.
func (db *DB) Notices() usersync.Notices { return notices{db} }

type notices struct{ db *DB }

// ClaimNotice implements usersync.Notices. A transaction that is repeated, because nobody
// knows what became of it, knows its own claim.
func (n notices) ClaimNotice(ctx context.Context, id string, at usersync.Micros) (mine bool, err error) {
	me := rand.Text()
	err = n.db.within(ctx, func(tx session) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO "+n.db.names.Notices+" (id, claimed_by, claimed_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING", id, me, n.db.instant(at))
		if err != nil {
			return err
		}
		var owner string
		err = tx.QueryRowContext(ctx, "SELECT claimed_by FROM "+n.db.names.Notices+" WHERE id = $1", id).Scan(&owner)
		mine = owner == me
		return err
	})
	if err != nil {
		return false, fmt.Errorf("claim a notification: %w", printable(err))
	}
	return mine, nil
}

// ReleaseNotice implements usersync.Notices.
func (n notices) ReleaseNotice(ctx context.Context, id string) error {
	err := n.db.alone(ctx, func(tx *gorm.DB) error {
		return tx.Exec("DELETE FROM "+n.db.names.Notices+" WHERE id = ?", id).Error
	})
	if err != nil {
		return fmt.Errorf("release a notification: %w", printable(err))
	}
	return nil
}

// PruneNotices forgets the notifications that were claimed before a time.
func (db *DB) PruneNotices(ctx context.Context, before usersync.Micros) error {
	err := db.alone(ctx, func(tx *gorm.DB) error {
		return tx.Exec("DELETE FROM "+db.names.Notices+" WHERE claimed_at < ?", Timestamp{before.Time()}).Error
	})
	if err != nil {
		return fmt.Errorf("prune notices: %w", printable(err))
	}
	return nil
}
