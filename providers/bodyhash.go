package providers

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
)

// bodyHash is the claim that holds the SHA-256 of the body.
type bodyHash struct {
	claim    path
	encoding string // hex or base64
}

// matches compares the claim with the body.
func (b *bodyHash) matches(claim string, body []byte) bool {
	decode := decodeBase64
	if b.encoding == "hex" {
		decode = hex.DecodeString
	}
	told, err := decode(claim)
	sum := sha256.Sum256(body)
	return err == nil && subtle.ConstantTimeCompare(told, sum[:]) == 1
}

// write is the inverse of matches.
func (b *bodyHash) write(body []byte) string {
	sum := sha256.Sum256(body)
	if b.encoding == "hex" {
		return hex.EncodeToString(sum[:])
	}
	return base64.StdEncoding.EncodeToString(sum[:])
}
