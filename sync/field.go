package usersync

// Field names one register of a user's state.
type Field uint8

// The registers: the profile, the details of a suspension, and the two
// assertions. The numbers are stored in users.sync_state: append, never reorder.
const (
	FieldEmail Field = iota
	FieldEmailVerified
	FieldName
	FieldUsername
	FieldAvatarURL
	FieldPhone
	FieldTenantID
	FieldMetadata
	FieldLastSignInAt
	FieldProviderCreatedAt
	FieldProviderUpdatedAt
	FieldSuspendedAt
	FieldSuspendedUntil
	FieldSuspendedReason
	FieldAccess
	FieldLife

	NumFields
)

// NumColumns counts the fields that are columns of the users table under their
// own name: all but access and life, which show as suspended and deleted_at.
const NumColumns = FieldAccess

var fields = [NumFields]struct {
	name     string
	kind     ValueKind
	personal bool
}{
	FieldEmail:             {"email", Text, true},
	FieldEmailVerified:     {"email_verified", Bool, true},
	FieldName:              {"name", Text, true},
	FieldUsername:          {"username", Text, true},
	FieldAvatarURL:         {"avatar_url", Text, true},
	FieldPhone:             {"phone", Text, true},
	FieldTenantID:          {"tenant_id", Text, true},
	FieldMetadata:          {"metadata", JSON, true},
	FieldLastSignInAt:      {"last_sign_in_at", Time, true},
	FieldProviderCreatedAt: {"provider_created_at", Time, true},
	FieldProviderUpdatedAt: {"provider_updated_at", Time, true},
	FieldSuspendedAt:       {"suspended_at", Time, false},
	FieldSuspendedUntil:    {"suspended_until", Time, false},
	FieldSuspendedReason:   {"suspended_reason", Text, true},
	FieldAccess:            {"access", Bool, false},
	FieldLife:              {"life", Bool, false},
}

// String returns the column's name.
func (f Field) String() string {
	if f < NumFields {
		return fields[f].name
	}
	return ""
}

// Kind returns the kind of value that the field holds.
func (f Field) Kind() ValueKind { return fields[f].kind }

// personal reports whether a redaction drops the field.
func (f Field) personal() bool { return fields[f].personal }

// ParseField finds the column with the given name; access and life have none.
func ParseField(name string) (field Field, ok bool) {
	for f := Field(0); f < NumColumns; f++ {
		if fields[f].name == name {
			return f, true
		}
	}
	return 0, false
}
