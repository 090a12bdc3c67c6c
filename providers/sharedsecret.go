package providers

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"strings"
	"time"
)

// secretForm is how a shared secret travels in a header.
type secretForm uint8

const (
	secretPlain  secretForm = iota // the header's value
	secretBearer                   // Authorization: Bearer <secret>
	secretBasic                    // Authorization: Basic base64(<secret>), the secret being user:password
)

// secretScheme is a shared secret in clear. It proves the sender, and so what
// its headers say, as far as the connection is private.
type secretScheme struct {
	header string
	form   secretForm
}

// readKey implements scheme.
func (s secretScheme) readKey(written string) ([]key, error) { return rawKey(written) }

// verify implements scheme.
func (s secretScheme) verify(r Request, keys []key) (Proof, error) {
	written, rejection := single(r.Header, s.header)
	if rejection != nil {
		return Proof{}, rejection
	}
	presented, ok := s.decode(written)
	if !ok {
		return Proof{}, &Rejection{ReasonMalformed, "header " + s.header + " has not the expected form"}
	}
	// Hashes are compared, because ConstantTimeCompare shows the length.
	sum := sha256.Sum256([]byte(presented))
	proof := Proof{Headers: true}
	for _, k := range keys {
		if subtle.ConstantTimeCompare(sum[:], []byte(k.sum.Reveal())) == 1 {
			proof.Fingerprint = k.fingerprint
		}
	}
	if proof.Fingerprint == "" {
		return Proof{}, &Rejection{ReasonMismatch, "header " + s.header + " holds none of the configured secrets"}
	}
	return proof, nil
}

// decode takes the secret out of the header's value.
func (s secretScheme) decode(written string) (presented string, ok bool) {
	if s.form == secretPlain {
		return written, written != ""
	}
	name, rest, _ := strings.Cut(written, " ")
	rest = strings.TrimLeft(rest, " ")
	if s.form == secretBearer {
		return rest, strings.EqualFold(name, "Bearer") && rest != ""
	}
	decoded, err := base64.StdEncoding.DecodeString(rest)
	return string(decoded), strings.EqualFold(name, "Basic") && err == nil
}

// sign implements scheme.
func (s secretScheme) sign(header http.Header, _ []byte, _ time.Time, keys []key) error {
	s.present(header, keys[0])
	return nil
}

// present sets the header.
func (s secretScheme) present(header http.Header, k key) {
	switch s.form {
	case secretBearer:
		header.Set(s.header, "Bearer "+k.secret.Reveal())
	case secretBasic:
		header.Set(s.header, "Basic "+base64.StdEncoding.EncodeToString([]byte(k.secret.Reveal())))
	default:
		header.Set(s.header, k.secret.Reveal())
	}
}
