package providers

import (
	"fmt"
	"strings"

	usersync "usersync/sync"
)

// UserWrite is what is to be written of a user. What is absent is left as it
// is; null clears.
type UserWrite struct {
	ID         string // the provider's id, if it is known
	ExternalID string // the app's own id, where the provider keeps one
	Fields     [usersync.NumColumns]usersync.Value
	Access     usersync.Access // cleared counts as unbanned
	// IdempotencyKey names a create, where the provider takes such a key. By
	// default it is made of what is sent.
	IdempotencyKey string
}

// Empty reports whether there is nothing to write.
func (u UserWrite) Empty() bool {
	for _, v := range u.Fields {
		if v.Present() {
			return false
		}
	}
	return u.ExternalID == "" && u.Access == usersync.AccessUnsaid
}

// Changes returns what of u is not so already. The external id, which no
// provider shows, stays. Case makes no other e-mail.
func (u UserWrite) Changes(have usersync.Command) UserWrite {
	for f := range u.Fields {
		want, is := u.Fields[f], have.Fields[f]
		same := want.Equal(is) || want.Kind() == usersync.Null && !is.Present()
		if usersync.Field(f) == usersync.FieldEmail && want.Kind() == usersync.Text && is.Kind() == usersync.Text {
			same = strings.EqualFold(want.Str(), is.Str())
		}
		if same {
			u.Fields[f] = usersync.Value{}
		}
	}
	banned, wantBanned := have.Access == usersync.AccessBanned, u.Access == usersync.AccessBanned
	if u.Access != usersync.AccessUnsaid && have.Access != usersync.AccessUnsaid && banned == wantBanned {
		u.Access = usersync.AccessUnsaid
		// Why was said when the user was banned, and no provider shows it.
		u.Fields[usersync.FieldSuspendedReason] = usersync.Value{}
	}
	return u
}

// values are the parts of the user as JSON.
func (u UserWrite) values() bodyValues {
	values := bodyValues{}
	if u.ExternalID != "" {
		values[externalIDName] = string(appendString(nil, strings.ToValidUTF8(u.ExternalID, "\ufffd")))
	}
	for f, v := range u.Fields {
		name := usersync.Field(f).String()
		switch v.Kind() {
		case usersync.Null:
			values[name] = "null"
		case usersync.Bool:
			values[name] = fmt.Sprint(v.True())
		case usersync.Time:
			values[name] = `"` + formatRFC3339.write(v.Micros().Time()) + `"`
		case usersync.Text:
			values[name] = string(appendString(nil, strings.ToValidUTF8(v.Str(), "\ufffd")))
		case usersync.JSON:
			if document, ok := v.Document(); ok {
				values[name] = document
			}
		}
	}
	switch u.Access {
	case usersync.AccessBanned:
		values[accessName] = sayBanned
	case usersync.AccessUnbanned, usersync.AccessCleared:
		values[accessName] = sayUnbanned
	}
	return values
}

// JSONField reads JSON as the value of a column, as strictly as a provider's.
// The error says what is wrong and quotes nothing.
func JSONField(f usersync.Field, raw []byte) (usersync.Value, error) {
	if err := checkJSON(raw); err != nil {
		return usersync.Value{}, fmt.Errorf("%s: %w", f, err)
	}
	v, wrong := column(f, valueOf(strings.TrimSpace(string(raw))))
	if wrong != nil {
		return usersync.Value{}, wrongField(wrong.detail)
	}
	return v, nil
}

// wrongField is a sentence that begins with the column.
type wrongField string

func (e wrongField) Error() string { return string(e) }
