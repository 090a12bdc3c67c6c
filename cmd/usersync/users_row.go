package main

import (
	"encoding/json"

	"usersync/handlers"
	"usersync/internal/report"
	"usersync/models"
)

// rowOf shows a row to the app: all but sync_state.
func rowOf(u *models.User) handlers.UserRow {
	row := handlers.UserRow{
		ID: u.ID, Provider: u.Provider, ProviderUserID: u.ProviderUserID,
		Email: u.Email, EmailVerified: u.EmailVerified, Name: u.Name, Username: u.Username,
		AvatarURL: u.AvatarURL, Phone: u.Phone, TenantID: u.TenantID,
		Suspended: u.Suspended, SuspendedAt: instantOf(u.SuspendedAt), SuspendedUntil: instantOf(u.SuspendedUntil), SuspendedReason: u.SuspendedReason,
		LastSignInAt: instantOf(u.LastSignInAt), DeletedAt: instantOf(u.DeletedAt),
		ProviderCreatedAt: instantOf(u.ProviderCreatedAt), ProviderUpdatedAt: instantOf(u.ProviderUpdatedAt),
		CreatedAt: report.Instant{Time: u.CreatedAt.Time}, UpdatedAt: report.Instant{Time: u.UpdatedAt.Time},
	}
	if u.Metadata != nil {
		row.Metadata = json.RawMessage(*u.Metadata)
	}
	return row
}

func instantOf(t *models.Timestamp) *report.Instant {
	if t == nil {
		return nil
	}
	return &report.Instant{Time: t.Time}
}
