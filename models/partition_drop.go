package models

import (
	"context"
	"errors"

	"gorm.io/gorm"

	usersync "usersync/sync"
)

// dropPartitions drops the weeks that ended before a time and of which no event was
// received since. until is up to where claims are to be deleted one by one: the week
// that the time lies in will be dropped as a whole, and so will one that could
// not be dropped now.
func (db *DB) dropPartitions(ctx context.Context, before usersync.Micros) (dropped []string, until usersync.Micros, err error) {
	until = before
	owner, err := db.partitionOwner(ctx)
	if err != nil || owner == "" {
		return nil, until, err
	}
	weeks, err := db.weeks(ctx)
	if err != nil {
		return nil, until, err
	}
	for _, w := range weeks {
		from, ended := usersync.MicrosOf(w.from), !w.to().After(before.Time())
		if !ended {
			if w.attached {
				until = min(until, from)
			}
			continue
		}
		done, dropping := db.dropPartition(ctx, w, owner, before)
		if dropping != nil {
			until = min(until, from)
			err = errors.Join(err, dropping)
		}
		if done {
			dropped = append(dropped, w.table())
		}
	}
	return dropped, until, err
}

// FinishPartitions ends what was begun and interrupted, where nothing is forgotten by now:
// the events of a week that was taken out, and is over at an instant, go back to
// the table, to the default partition, and the week is dropped. PruneEvents does that by
// itself, with those that are to be kept.
func (db *DB) FinishPartitions(ctx context.Context, at usersync.Micros) (dropped []string, err error) {
	owner, err := db.partitionOwner(ctx)
	if err != nil || owner == "" {
		return nil, err
	}
	weeks, err := db.weeks(ctx)
	if err != nil {
		return nil, err
	}
	const everything = usersync.Micros(0)
	for _, w := range weeks {
		if w.attached || w.to().After(at.Time()) {
			continue
		}
		done, dropping := db.dropPartition(ctx, w, owner, everything)
		err = errors.Join(err, dropping)
		if done {
			dropped = append(dropped, w.table())
		}
	}
	return dropped, err
}

// dropPartition takes the partition out of the table, which keeps others waiting for
// a moment, and then drops it, which keeps nobody. Whatever came in between the look
// and the taking out goes to the default partition.
func (db *DB) dropPartition(ctx context.Context, w week, owner string, before usersync.Micros) (done bool, err error) {
	tx := db.gorm.WithContext(ctx)
	if w.attached {
		late := false
		err := tx.Transaction(func(tx *gorm.DB) error {
			if err := tx.Exec("SELECT set_config('role', ?, true)", owner).Error; err != nil {
				return err
			}
			return tx.Raw("SELECT EXISTS (SELECT FROM "+w.table()+" WHERE received_at >= ?)", Timestamp{before.Time()}).Scan(&late).Error
		})
		if err != nil || late {
			return false, ofPartition(w, err)
		}
		err = tx.Transaction(func(tx *gorm.DB) error {
			if err := tx.Exec(partitionLimits, owner).Error; err != nil {
				return err
			}
			return tx.Exec("ALTER TABLE usersync.processed_events DETACH PARTITION " + w.table()).Error
		})
		if err != nil {
			return false, ofPartition(w, err)
		}
	}
	err = tx.Transaction(func(tx *gorm.DB) error {
		if err := tx.Exec("SELECT set_config('role', ?, true), set_config('lock_timeout', '100ms', true), "+pgNobodyHome, owner).Error; err != nil {
			return err
		}
		err := tx.Exec("INSERT INTO usersync.processed_events SELECT * FROM "+w.table()+" WHERE received_at >= ? ON CONFLICT DO NOTHING", Timestamp{before.Time()}).Error
		if err != nil {
			return err
		}
		return tx.Exec("DROP TABLE " + w.table()).Error
	})
	return err == nil, ofPartition(w, err)
}

func ofPartition(w week, err error) error {
	if err == nil {
		return nil
	}
	return busyPartitions("drop", w, err)
}
