package models

// User is a row of the app's users table, as the app sees it: what happened to
// a user, folded. Nil is NULL.
type User struct {
	ID                string  `gorm:"column:id;primaryKey"`
	Provider          string  `gorm:"column:provider"`
	ProviderUserID    string  `gorm:"column:provider_user_id"`
	Email             *string `gorm:"column:email"`
	EmailVerified     *bool   `gorm:"column:email_verified"`
	Name              *string `gorm:"column:name"`
	Username          *string `gorm:"column:username"`
	AvatarURL         *string `gorm:"column:avatar_url"`
	Phone             *string `gorm:"column:phone"`
	TenantID          *string `gorm:"column:tenant_id"`
	Metadata          *string `gorm:"column:metadata"` // a JSON document
	Suspended         bool    `gorm:"column:suspended"`
	SuspendedAt       *Timestamp
	SuspendedUntil    *Timestamp
	SuspendedReason   *string
	LastSignInAt      *Timestamp
	DeletedAt         *Timestamp
	ProviderCreatedAt *Timestamp
	ProviderUpdatedAt *Timestamp
	CreatedAt         Timestamp
	UpdatedAt         Timestamp
	SyncState         []byte `gorm:"column:sync_state"`
}
