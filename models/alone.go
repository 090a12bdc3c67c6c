package models

import (
	"context"

	"gorm.io/gorm"
)

// alone runs a transaction of the bookkeeping, again if it lost against another.
// On SQLite it takes its turn with the store: the busy handler, which polls,
// would starve.
func (db *DB) alone(ctx context.Context, do func(tx *gorm.DB) error) error {
	passing := pgPassing
	if store, ok := db.store.(*sqliteStore); ok {
		store.mu.Lock()
		defer store.mu.Unlock()
		passing = sqliteBusy
	}
	return retry(ctx, passing, func() error {
		return db.gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
			if db.dialect == Postgres {
				if err := tx.Exec("SELECT " + pgNobodyHome).Error; err != nil {
					return err
				}
			}
			return do(tx)
		})
	})
}
