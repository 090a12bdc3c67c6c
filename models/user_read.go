package models

import (
	"context"
	"fmt"

	usersync "usersync/sync"
)

// User reads the row of one user; found is false if there is none.
func (db *DB) User(ctx context.Context, key usersync.UserKey) (user User, found bool, err error) {
	var rows []User
	err = db.gorm.WithContext(ctx).Table(db.names.plainUsers).
		Where("provider = ? AND provider_user_id = ?", key.Provider, key.UserID).Limit(1).Find(&rows).Error
	if err != nil {
		return User{}, false, fmt.Errorf("read a user's row: %w", printable(err))
	}
	if len(rows) == 0 {
		return User{}, false, nil
	}
	return rows[0], true, nil
}
