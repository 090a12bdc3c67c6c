package providers

import (
	usersync "usersync/sync"
)

// column converts what was found to the value of a column, or says why it
// cannot be one.
func column(f usersync.Field, v value) (usersync.Value, *problem) {
	switch v.kind {
	case absent:
		return usersync.Value{}, nil
	case null:
		return usersync.NullValue(), nil
	case invalid:
		reason := badField
		if f.Kind() == usersync.Time {
			reason = badTime
		}
		return usersync.Value{}, &problem{reason, f.String() + ": " + v.text}
	}
	switch f.Kind() {
	case usersync.Bool:
		if v.kind == boolean {
			return usersync.BoolValue(v.flag), nil
		}
		return usersync.Value{}, &problem{badField, f.String() + ": it is " + v.word() + ", not true or false"}
	case usersync.Time:
		if v = asTime(v, formatRFC3339); v.kind == instant {
			return usersync.TimeValue(v.at), nil
		}
		return usersync.Value{}, &problem{badTime, f.String() + ": " + v.text}
	case usersync.JSON:
		return documentColumn(f, v)
	default:
		s, ok := v.str()
		if !ok {
			return usersync.Value{}, &problem{badField, f.String() + ": it is " + v.word() + ", not a text"}
		}
		if s = cleanText(s); f == usersync.FieldEmail && len(s) > maxEmail {
			return usersync.Value{}, &problem{badField, f.String() + ": it is longer than 1024 bytes"}
		}
		return usersync.TextValue(s), nil
	}
}

// documentColumn converts any JSON value.
func documentColumn(f usersync.Field, v value) (usersync.Value, *problem) {
	raw := v.text
	switch v.kind {
	case boolean:
		raw = "false"
		if v.flag {
			raw = "true"
		}
	case text:
		raw = string(appendString(nil, v.text))
	case instant:
		raw = `"` + formatRFC3339.write(v.at.Time()) + `"`
	}
	canonical, err := canonicalJSON(raw)
	if err != nil {
		return usersync.Value{}, &problem{badField, f.String() + ": " + err.Error()}
	}
	return usersync.JSONValue(canonical), nil
}
