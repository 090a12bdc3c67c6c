// Package secret holds credentials so that they cannot be printed by accident.
package secret

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
)

// mask is what every printer shows.
const mask = "<secret>"

// Text is a credential. Formatting, logging and marshalling it show <secret>;
// only Reveal gives the value. The zero value is the empty credential.
//
// The value stands behind a pointer, because fmt prints the unexported fields
// of a struct without asking their methods.
type Text struct{ value *string }

// New wraps a credential.
func New(value string) Text { return Text{value: &value} }

// Reveal returns the credential itself. Call it where it is used, never to print.
func (t Text) Reveal() string {
	if t.value == nil {
		return ""
	}
	return *t.value
}

// Empty reports whether there is no credential.
func (t Text) Empty() bool { return t.Reveal() == "" }

// Is reports whether a guess is the credential; nothing but the empty guess is the empty
// one. How long it takes tells nothing about either, not even their lengths.
func (t Text) Is(guess string) bool {
	want, got := sha256.Sum256([]byte(t.Reveal())), sha256.Sum256([]byte(guess))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1
}

// Fingerprint names the credential without giving it away: the first 8 hex
// digits of its SHA-256, so that an operator can tell two of them apart.
func (t Text) Fingerprint() string {
	sum := sha256.Sum256([]byte(t.Reveal()))
	return hex.EncodeToString(sum[:4])
}

// String implements fmt.Stringer.
func (t Text) String() string {
	if t.Empty() {
		return ""
	}
	return mask
}

// GoString implements fmt.GoStringer, so that %#v hides the value too.
func (t Text) GoString() string { return "secret.Text{" + t.String() + "}" }

// MarshalText implements encoding.TextMarshaler for JSON, YAML and the like.
func (t Text) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *Text) UnmarshalText(text []byte) error {
	*t = New(string(text))
	return nil
}
