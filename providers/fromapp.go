package providers

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// What the app says about a user is held to the rules that hold for providers:
// what passes here can stand in a row and in a provider's answer.

// ReadObject reads one strict JSON object whose members all have one of the
// names, and returns them as they were written. The error says what to correct
// and quotes no value.
func ReadObject(body []byte, names []string) (map[string]string, error) {
	if err := checkJSON(body); err != nil {
		return nil, err
	}
	object := gjson.ParseBytes(body)
	if !object.IsObject() {
		return nil, errors.New("the body is no JSON object")
	}
	members, unknown := map[string]string{}, ""
	object.ForEach(func(key, member gjson.Result) bool {
		// Unescaped by hand: gjson hides lone surrogates.
		name := valueOf(key.Raw).text
		if !slices.Contains(names, name) {
			unknown = NoSuchName(name, names)
		}
		members[name] = member.Raw
		return unknown == ""
	})
	if unknown != "" {
		return nil, errors.New(unknown)
	}
	return members, nil
}

// NoSuchName says that a name is none of those that are known, and which is meant, if
// that can be guessed. It shows only what looks like a name: anything else may be a
// value that slipped.
func NoSuchName(name string, names []string) string {
	const longest = 40
	known := strings.Join(names, ", ")
	if len(name) > longest || strings.ContainsFunc(name, func(r rune) bool { return r != '_' && !isASCIILetter(r) }) {
		return "a name is none of those known, which are " + known
	}
	if meant := nearest(name, names); meant != "" {
		return fmt.Sprintf("there is no name %q, did you mean %s? The names are %s", name, meant, known)
	}
	return fmt.Sprintf("there is no name %q, the names are %s", name, known)
}

func isASCIILetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

// CheckUserID says why a text cannot be a user's id.
func CheckUserID(id string) error {
	if id == "" || !utf8.ValidString(id) {
		return errors.New("a user id is 1 to 255 bytes of UTF-8")
	}
	if _, wrong := checkID(value{kind: text, text: id}); wrong != "" {
		return errors.New("a user id is 1 to 255 bytes of UTF-8 without control characters: " + wrong)
	}
	if isDots(id) {
		return errors.New("a user id is neither . nor ..: such an id cannot stand in an address")
	}
	return nil
}

// isDots reports whether an id would be taken for a step in a path.
func isDots(id string) bool { return id == "." || id == ".." }
