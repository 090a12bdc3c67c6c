package models

import (
	"context"
	"fmt"
)

// UserIDsByEmail returns the provider's ids of the users who have an e-mail, in
// any case, and are not deleted: for providers that cannot be asked.
func (db *DB) UserIDsByEmail(ctx context.Context, provider, email string) (ids []string, err error) {
	const enough = 10
	err = db.gorm.WithContext(ctx).Table(db.names.plainUsers).
		Where("provider = ? AND lower(email) = lower(?) AND deleted_at IS NULL", provider, email).
		Order("provider_user_id").Limit(enough).Pluck("provider_user_id", &ids).Error
	if err != nil {
		return nil, fmt.Errorf("look for a user by e-mail: %w", printable(err))
	}
	return ids, nil
}
