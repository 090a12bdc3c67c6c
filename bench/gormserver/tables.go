// Package gormserver is what usersync is measured against: the same webhook as a good
// team writes it with echo and GORM, one transaction for each event. It verifies, drops
// repetitions and stale events, and answers after the commit; it has no log and no
// metrics, does not wait out an outage, and knows one provider.
package gormserver

import (
	"time"

	"gorm.io/gorm"
)

// User is a row of users.
type User struct {
	ProviderUserID    string `gorm:"primaryKey"`
	Email             *string
	Name              *string
	AvatarURL         *string
	Phone             *string
	EmailVerified     *bool
	TenantID          *string
	Metadata          *string `gorm:"type:jsonb"`
	Suspended         bool    `gorm:"not null;default:false"`
	LastSignInAt      *time.Time
	ProviderCreatedAt *time.Time
	ProviderUpdatedAt time.Time `gorm:"not null"` // what a stale event is older than
	CreatedAt         time.Time `gorm:"not null"`
	UpdatedAt         time.Time `gorm:"not null"`
}

// ProcessedEvent says that an event was seen.
type ProcessedEvent struct {
	EventID    string    `gorm:"primaryKey"`
	Type       string    `gorm:"not null"`
	OccurredAt time.Time `gorm:"not null"`
	ReceivedAt time.Time `gorm:"not null"`
}

// Migrate makes the tables. The one of users has the index and the room in its pages that
// usersync's has: neither shall be the difference.
func Migrate(db *gorm.DB) error {
	if err := db.AutoMigrate(&User{}, &ProcessedEvent{}); err != nil {
		return err
	}
	for _, statement := range []string{
		"ALTER TABLE users SET (fillfactor = 85)",
		"CREATE INDEX users_email_idx ON users (lower(email))",
	} {
		if err := db.Exec(statement).Error; err != nil {
			return err
		}
	}
	return nil
}
