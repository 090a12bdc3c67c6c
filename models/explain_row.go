package models

import usersync "usersync/sync"

// view is what the row shows. The metadata are as the database writes them, which
// is not their canonical form.
func (u *User) view() usersync.View {
	view := usersync.View{Suspended: u.Suspended, DeletedAt: timeValue(u.DeletedAt)}
	for f, text := range map[usersync.Field]*string{
		usersync.FieldEmail: u.Email, usersync.FieldName: u.Name, usersync.FieldUsername: u.Username, usersync.FieldAvatarURL: u.AvatarURL,
		usersync.FieldPhone: u.Phone, usersync.FieldTenantID: u.TenantID, usersync.FieldSuspendedReason: u.SuspendedReason,
	} {
		view.Columns[f] = usersync.NullValue()
		if text != nil {
			view.Columns[f] = usersync.TextValue(*text)
		}
	}
	for f, at := range map[usersync.Field]*Timestamp{
		usersync.FieldLastSignInAt: u.LastSignInAt, usersync.FieldProviderCreatedAt: u.ProviderCreatedAt, usersync.FieldProviderUpdatedAt: u.ProviderUpdatedAt,
		usersync.FieldSuspendedAt: u.SuspendedAt, usersync.FieldSuspendedUntil: u.SuspendedUntil,
	} {
		view.Columns[f] = timeValue(at)
	}
	view.Columns[usersync.FieldEmailVerified], view.Columns[usersync.FieldMetadata] = usersync.NullValue(), usersync.NullValue()
	if u.EmailVerified != nil {
		view.Columns[usersync.FieldEmailVerified] = usersync.BoolValue(*u.EmailVerified)
	}
	if u.Metadata != nil {
		view.Columns[usersync.FieldMetadata] = usersync.JSONValue(*u.Metadata)
	}
	return view
}

func timeValue(at *Timestamp) usersync.Value {
	if at == nil {
		return usersync.NullValue()
	}
	return usersync.TimeValue(usersync.MicrosOf(at.Time))
}

// claim is the event as the store was given it.
func (e *ProcessedEvent) claim() usersync.Claim {
	kind, _ := usersync.ParseKind(e.Kind)
	c := usersync.Claim{
		ClaimKey: usersync.ClaimKey{
			OccurredAt: usersync.MicrosOf(e.OccurredAt.Time), EventID: e.EventID,
			UserKey: usersync.UserKey{Provider: e.Provider, UserID: e.ProviderUserID},
		},
		Kind: kind, ReceivedAt: usersync.MicrosOf(e.ReceivedAt.Time),
	}
	for o := usersync.OutcomeNone; o.String() != "" || o == usersync.OutcomeNone; o++ {
		if o.String() == e.Outcome {
			c.Outcome = o
		}
	}
	for o := usersync.OriginLive; o.String() != ""; o++ {
		if o.String() == e.Origin {
			c.Origin = o
		}
	}
	return c
}
