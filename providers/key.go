package providers

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"usersync/internal/secret"
)

// key is one credential, ready for use.
type key struct {
	secret      secret.Text       // as it is written
	bytes       secret.Text       // what it stands for: most are used as they are written
	macs        *macs             // to sign with it
	sum         secret.Text       // its SHA-256, for comparisons that must not show the length
	public      ed25519.PublicKey // instead of all that: it verifies, and signs nothing
	fingerprint string
}

// keyReader turns a credential as it is written into what a scheme verifies
// with: one key, or several where they are joined. The error never quotes it.
type keyReader func(written string) ([]key, error)

// newKey makes a key of a text and the bytes that it stands for.
func newKey(written string, bytes []byte) key {
	held, sum := secret.New(written), sha256.Sum256([]byte(written))
	return key{secret: held, bytes: secret.New(string(bytes)), macs: newMACs(bytes), sum: secret.New(string(sum[:])), fingerprint: held.Fingerprint()}
}

// rawKey takes a credential as it is. A public key in the place of a secret would
// be a secret that anybody may know.
func rawKey(written string) ([]key, error) {
	if strings.Contains(written, "whpk_") {
		return nil, errPublicSecret
	}
	return []key{newKey(written, []byte(written))}, nil
}

// encodedKey reads a credential that stands for other bytes.
func encodedKey(encoding string) keyReader {
	decode := decodeBase64
	switch encoding {
	case "hex":
		decode = hex.DecodeString
	case "base64":
	default:
		return rawKey
	}
	return func(written string) ([]key, error) {
		bytes, err := decode(written)
		if err != nil || len(bytes) == 0 {
			return nil, fmt.Errorf("is no %s: copy it as the provider shows it", encoding)
		}
		return []key{newKey(written, bytes)}, nil
	}
}

// keys prepares the credentials of one key of the settings. A line break at
// the end comes from a file or an echo, and is dropped.
func keys(setting string, secrets []secret.Text, read keyReader) (prepared []key, faults []error) {
	for i, s := range secrets {
		value := strings.TrimRight(s.Reveal(), "\r\n")
		if strings.TrimSpace(value) == "" {
			faults = append(faults, fmt.Errorf("%s: number %d is empty; set it, or remove the entry", setting, i+1))
			continue
		}
		several, err := read(value)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: number %d %w", setting, i+1, err))
			continue
		}
		prepared = append(prepared, several...)
	}
	return prepared, faults
}

// errPublicSecret follows "secrets: number 1".
var errPublicSecret = errors.New("is a public key, which anybody may know: set the secret that the provider shows")

// errOnlyPublic says why nothing can be signed.
var errOnlyPublic = errors.New("only the provider can sign: a public key is all that is configured here")

// signing returns the first key that can sign.
func signing(keys []key) (key, error) {
	for _, k := range keys {
		if k.public == nil {
			return k, nil
		}
	}
	return key{}, errOnlyPublic
}

// decodeBase64 reads base64 with its padding or without any.
func decodeBase64(encoded string) ([]byte, error) { return appendBase64(nil, []byte(encoded)) }

// appendBase64 appends what it reads.
func appendBase64(dst, encoded []byte) ([]byte, error) {
	if bytes.HasSuffix(encoded, []byte("=")) {
		return paddedBase64.AppendDecode(dst, encoded)
	}
	return bareBase64.AppendDecode(dst, encoded)
}

// Base64 as it must be written, with its padding and without any.
var (
	paddedBase64 = base64.StdEncoding.Strict()
	bareBase64   = base64.RawStdEncoding.Strict()
)
