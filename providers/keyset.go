package providers

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
	"github.com/tidwall/gjson"
)

// keySet are the public keys of a JWK Set (RFC 7517) that can verify.
type keySet struct{ keys []jose.JSONWebKey }

// The bounds of a set. The least size of an RSA key is that of RFC 7518, 3.3;
// the greatest keeps a verification short.
const (
	maxKeySet  = 256 << 10 // bytes
	maxKeys    = 100
	minRSABits = 2048
	maxRSABits = 8192
)

// parseKeySet reads a set. Keys that cannot verify are passed over, as RFC 7517
// asks: of kinds that nobody here knows, for encryption, too short, and all that
// are secret, because what is published is none.
func parseKeySet(body []byte) (*keySet, error) {
	if err := checkJSON(body); err != nil {
		return nil, fmt.Errorf("the answer is no JWK Set: %w", err)
	}
	list := gjson.GetBytes(body, "keys")
	if !list.IsArray() {
		return nil, errors.New("the answer is no JWK Set: it has no list of keys")
	}
	s := &keySet{}
	count := 0
	list.ForEach(func(_, one gjson.Result) bool {
		var k jose.JSONWebKey
		if one.IsObject() && verifies(one) && k.UnmarshalJSON([]byte(one.Raw)) == nil && sound(k.Key) {
			s.keys = append(s.keys, k)
		}
		count++
		return count <= maxKeys
	})
	switch {
	case count > maxKeys:
		return nil, fmt.Errorf("the JWK Set has more than %d keys", maxKeys)
	case len(s.keys) == 0:
		return nil, errors.New("the JWK Set has no public key that can verify a signature")
	}
	return s, nil
}

// verifies reports whether a key is meant to verify.
func verifies(k gjson.Result) bool {
	if use := k.Get("use"); use.Exists() && use.Str != "sig" {
		return false
	}
	operations := k.Get("key_ops")
	return !operations.Exists() || operations.Get(`#(=="verify")`).Exists()
}

// sound reports whether a key is a public one of a kind and size that is used.
func sound(k any) bool {
	switch k := k.(type) {
	case *rsa.PublicKey:
		return k.N.BitLen() >= minRSABits && k.N.BitLen() <= maxRSABits
	case *ecdsa.PublicKey, ed25519.PublicKey:
		return true
	default:
		return false
	}
}

// suitable returns the keys that a token may be signed with: all of its kid, or
// all if it names none.
func (s *keySet) suitable(kid string, algorithm jose.SignatureAlgorithm) (suitable []jose.JSONWebKey) {
	for _, k := range s.keys {
		if (kid == "" || k.KeyID == kid) && fitsAlgorithm(k, algorithm) {
			suitable = append(suitable, k)
		}
	}
	return suitable
}

// fitsAlgorithm reports whether a key is of an algorithm's kind, and not kept
// for another one.
func fitsAlgorithm(k jose.JSONWebKey, algorithm jose.SignatureAlgorithm) bool {
	own := jose.SignatureAlgorithm(k.Algorithm)
	if own == "Ed25519" { // its name since RFC 9864
		own = jose.EdDSA
	}
	if own != "" && own != algorithm {
		return false
	}
	switch key := k.Key.(type) {
	case *rsa.PublicKey:
		return algorithm[0] == 'R' || algorithm[0] == 'P'
	case *ecdsa.PublicKey:
		curves := map[jose.SignatureAlgorithm]int{jose.ES256: 256, jose.ES384: 384, jose.ES512: 521}
		return curves[algorithm] == key.Curve.Params().BitSize
	default:
		return algorithm == jose.EdDSA
	}
}
