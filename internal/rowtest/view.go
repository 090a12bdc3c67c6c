// Package rowtest reads rows of the users table as the views that the merge
// projects, so that tests can hold one against the other.
package rowtest

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"usersync/models"
	usersync "usersync/sync"
)

// View returns what a row shows.
func View(t testing.TB, u models.User) usersync.View {
	t.Helper()
	view := usersync.View{Suspended: u.Suspended, DeletedAt: instant(u.DeletedAt)}
	for f, v := range map[usersync.Field]usersync.Value{
		usersync.FieldEmail:             text(u.Email),
		usersync.FieldEmailVerified:     boolean(u.EmailVerified),
		usersync.FieldName:              text(u.Name),
		usersync.FieldUsername:          text(u.Username),
		usersync.FieldAvatarURL:         text(u.AvatarURL),
		usersync.FieldPhone:             text(u.Phone),
		usersync.FieldTenantID:          text(u.TenantID),
		usersync.FieldMetadata:          document(t, u.Metadata),
		usersync.FieldLastSignInAt:      instant(u.LastSignInAt),
		usersync.FieldProviderCreatedAt: instant(u.ProviderCreatedAt),
		usersync.FieldProviderUpdatedAt: instant(u.ProviderUpdatedAt),
		usersync.FieldSuspendedAt:       instant(u.SuspendedAt),
		usersync.FieldSuspendedUntil:    instant(u.SuspendedUntil),
		usersync.FieldSuspendedReason:   text(u.SuspendedReason),
	} {
		view.Columns[f] = v
	}
	return view
}

func text(s *string) usersync.Value {
	if s == nil {
		return usersync.NullValue()
	}
	return usersync.TextValue(*s)
}

func boolean(b *bool) usersync.Value {
	if b == nil {
		return usersync.NullValue()
	}
	return usersync.BoolValue(*b)
}

func instant(t *models.Timestamp) usersync.Value {
	if t == nil {
		return usersync.NullValue()
	}
	return usersync.TimeValue(usersync.MicrosOf(t.Time))
}

// document undoes what jsonb did to a document: spaces and the order of names.
func document(t testing.TB, stored *string) usersync.Value {
	if stored == nil {
		return usersync.NullValue()
	}
	decoder := json.NewDecoder(strings.NewReader(*stored))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		t.Fatal(err)
	}
	var canonical bytes.Buffer
	encoder := json.NewEncoder(&canonical)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		t.Fatal(err)
	}
	return usersync.JSONValue(strings.TrimSuffix(canonical.String(), "\n"))
}
