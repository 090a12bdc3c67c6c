package handlers

import (
	"context"
	"encoding/json"

	"usersync/internal/report"
	usersync "usersync/sync"
)

// Users is what the API for the app stands on. The errors are *UserErrors; any
// other counts as our own trouble.
type Users interface {
	// Has reports whether a provider of this name is configured.
	Has(provider string) bool
	// Write makes a user at the provider, or changes the one that the change
	// names, and brings the row up to what the provider answered.
	Write(ctx context.Context, change UserChange) (UserRow, error)
	// Ensure fetches a user from the provider and brings the row up to it.
	Ensure(ctx context.Context, key usersync.UserKey) (UserRow, error)
	// Row reads a row; found is false if there is none.
	Row(ctx context.Context, key usersync.UserKey) (row UserRow, found bool, err error)
}

// UserChange is what the app wants to be so at the provider. What is absent or
// unsaid is left alone; a null clears.
type UserChange struct {
	usersync.UserKey // without a user id: a new user
	ExternalID       string
	Fields           [usersync.NumColumns]usersync.Value
	Access           usersync.Access
}

// UserRow is a row of the users table under the names of its columns, all but
// sync_state. Nil is null.
type UserRow struct {
	ID                string          `json:"id"`
	Provider          string          `json:"provider"`
	ProviderUserID    string          `json:"provider_user_id"`
	Email             *string         `json:"email"`
	EmailVerified     *bool           `json:"email_verified"`
	Name              *string         `json:"name"`
	Username          *string         `json:"username"`
	AvatarURL         *string         `json:"avatar_url"`
	Phone             *string         `json:"phone"`
	TenantID          *string         `json:"tenant_id"`
	Metadata          json.RawMessage `json:"metadata"`
	Suspended         bool            `json:"suspended"`
	SuspendedAt       *report.Instant `json:"suspended_at"`
	SuspendedUntil    *report.Instant `json:"suspended_until"`
	SuspendedReason   *string         `json:"suspended_reason"`
	LastSignInAt      *report.Instant `json:"last_sign_in_at"`
	DeletedAt         *report.Instant `json:"deleted_at"`
	ProviderCreatedAt *report.Instant `json:"provider_created_at"`
	ProviderUpdatedAt *report.Instant `json:"provider_updated_at"`
	CreatedAt         report.Instant  `json:"created_at"`
	UpdatedAt         report.Instant  `json:"updated_at"`
}
