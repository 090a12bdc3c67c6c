package report

import usersync "usersync/sync"

// User is a row of the users table that was found, under the names of its columns,
// without its metadata.
type User struct {
	ID                string  `json:"id"`
	Provider          string  `json:"provider"`
	ProviderUserID    string  `json:"provider_user_id"`
	Email             any     `json:"email"`
	EmailVerified     any     `json:"email_verified"`
	Name              any     `json:"name"`
	Username          any     `json:"username"`
	AvatarURL         any     `json:"avatar_url"`
	Phone             any     `json:"phone"`
	TenantID          any     `json:"tenant_id"`
	Suspended         bool    `json:"suspended"`
	SuspendedAt       any     `json:"suspended_at"`
	SuspendedUntil    any     `json:"suspended_until"`
	SuspendedReason   any     `json:"suspended_reason"`
	LastSignInAt      any     `json:"last_sign_in_at"`
	DeletedAt         any     `json:"deleted_at"`
	ProviderCreatedAt any     `json:"provider_created_at"`
	ProviderUpdatedAt any     `json:"provider_updated_at"`
	CreatedAt         Instant `json:"created_at"`
	UpdatedAt         Instant `json:"updated_at"`
}

// UserOf shows a row.
func UserOf(f *usersync.FoundUser) User {
	column := func(field usersync.Field) any { return Plain(f.View.Columns[field]) }
	return User{
		ID: f.ID().String(), Provider: f.Provider, ProviderUserID: f.UserID,
		Email: column(usersync.FieldEmail), EmailVerified: column(usersync.FieldEmailVerified),
		Name: column(usersync.FieldName), Username: column(usersync.FieldUsername),
		AvatarURL: column(usersync.FieldAvatarURL), Phone: column(usersync.FieldPhone), TenantID: column(usersync.FieldTenantID),
		Suspended: f.View.Suspended, SuspendedAt: column(usersync.FieldSuspendedAt),
		SuspendedUntil: column(usersync.FieldSuspendedUntil), SuspendedReason: column(usersync.FieldSuspendedReason),
		LastSignInAt: column(usersync.FieldLastSignInAt), DeletedAt: Plain(f.View.DeletedAt),
		ProviderCreatedAt: column(usersync.FieldProviderCreatedAt), ProviderUpdatedAt: column(usersync.FieldProviderUpdatedAt),
		CreatedAt: Instant{f.CreatedAt.Time()}, UpdatedAt: Instant{f.UpdatedAt.Time()},
	}
}
