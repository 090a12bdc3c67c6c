package providers

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	usersync "usersync/sync"
)

// WriteNames are the members of a user that somebody wants written, in JSON or
// in the columns of a file.
func WriteNames() []string {
	return []string{
		"id", externalIDName, emailName, "name", "username", "phone", "avatar_url", "email_verified", "metadata",
		suspendedName, "suspended_reason",
	}
}

// ReadUserWrite reads a JSON object with some of WriteNames. The error joins
// all faults; it quotes names, never values.
func ReadUserWrite(raw []byte) (UserWrite, error) {
	var u UserWrite
	if err := checkJSON(raw); err != nil {
		return u, err
	}
	object := gjson.ParseBytes(raw)
	if !object.IsObject() {
		return u, errors.New("it is no JSON object")
	}
	var faults []error
	object.ForEach(func(key, v gjson.Result) bool {
		faults = append(faults, u.Set(key.Str, []byte(v.Raw)))
		return true
	})
	return u, errors.Join(faults...)
}

// Set sets one of WriteNames to a JSON value. The error begins with the name.
func (u *UserWrite) Set(name string, raw []byte) (err error) {
	switch name {
	case "id":
		u.ID, err = writtenID(name, raw)
	case externalIDName:
		u.ExternalID, err = writtenID(name, raw)
	case suspendedName:
		switch string(raw) {
		case "true":
			u.Access = usersync.AccessBanned
		case "false":
			u.Access = usersync.AccessUnbanned
		default:
			err = errors.New("suspended: it is neither true nor false")
		}
	default:
		f, ok := usersync.ParseField(name)
		if !ok || !slices.Contains(WriteNames(), name) {
			return UnknownName(name)
		}
		u.Fields[f], err = JSONField(f, raw)
		if email := u.Fields[f].Str(); err == nil && f == usersync.FieldEmail && u.Fields[f].Kind() == usersync.Text && !isAddress(email) {
			u.Fields[f], err = usersync.Value{}, errors.New("email: it is no address")
		}
	}
	return err
}

// SetText sets one of WriteNames to what stands in a cell: true or false, JSON
// for metadata, or a text.
func (u *UserWrite) SetText(name, cell string) error {
	f, _ := usersync.ParseField(name)
	switch {
	case name == suspendedName, name != "id" && name != externalIDName && f.Kind() == usersync.Bool:
		if cell = strings.ToLower(cell); cell != "true" && cell != "false" {
			return fmt.Errorf("%s: it is neither true nor false", name)
		}
	case f.Kind() == usersync.JSON:
	default:
		if clean := strings.ToValidUTF8(cell, ""); clean != cell {
			return fmt.Errorf("%s: it is not UTF-8", name)
		}
		cell = string(appendString(nil, cell))
	}
	return u.Set(name, []byte(cell))
}

// writtenID reads an id, which is taken exactly or not at all.
func writtenID(name string, raw []byte) (string, error) {
	if err := checkJSON(raw); err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	id, wrong := checkID(valueOf(strings.TrimSpace(string(raw))))
	if wrong == "" && id == "" {
		wrong = "it is empty"
	}
	if wrong == "" && isDots(id) {
		wrong = "it is . or .., which cannot stand in an address"
	}
	if wrong != "" {
		return "", fmt.Errorf("%s: %s", name, wrong)
	}
	return id, nil
}

// isAddress looks for slips, such as a name in the wrong column. What an
// address is, the provider decides.
func isAddress(s string) bool {
	at := strings.LastIndexByte(s, '@')
	return at > 0 && at < len(s)-1 && !strings.ContainsFunc(s, func(r rune) bool { return r == ' ' || isControl(r) })
}

// UnknownName is the error for a name that is none of WriteNames. It shows only
// what consists of words of column names: anything else may be a value that
// slipped, such as the first line of a file without a header.
func UnknownName(name string) error {
	known := WriteNames()
	what := "a name is no column"
	if isColumnName(name) {
		what = fmt.Sprintf("there is no column %q", name)
	}
	if near := nearest(name, known); near != "" && distance(name, near) <= max(2, len(near)/3) {
		return fmt.Errorf("%s, did you mean %s?", what, near)
	}
	return fmt.Errorf("%s; the columns are %s", what, strings.Join(known, ", "))
}

// isColumnName reports whether a text is made of words that columns are named
// with.
func isColumnName(s string) bool {
	var words []string
	for _, name := range append(WriteNames(), columnNames()) {
		words = append(words, strings.FieldsFunc(name, func(r rune) bool { return !isASCIILetter(r) })...)
	}
	for word := range strings.SplitSeq(s, "_") {
		if !slices.Contains(words, word) {
			return false
		}
	}
	return true
}
