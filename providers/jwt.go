package providers

import (
	"crypto/sha512"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// jwtScheme is a signed token, a JWT in its compact form (RFC 7519, RFC 7515).
// It is the body, stands in it, or vouches for it in a header.
type jwtScheme struct {
	place      tokenPlace
	algorithms []jose.SignatureAlgorithm // what the sender uses; a token cannot choose another one
	source     tokenSource
	key        string // how a secret is written; see encodedKey
	rules      tokenRules

	// keys are the sender's public ones, nil if only secrets verify. No secret
	// is ever among them, and no secret is used as one.
	keys *jwks
}

// tokenSource says what the operator's address and params, or his own words,
// make keys and rules of.
type tokenSource struct {
	jwks, issuer, audience template
}

// The algorithms whose key is a secret.
var hmacAlgorithms = []string{"HS256", "HS384", "HS512"}

// isHMAC reports whether the key of an algorithm is a secret.
func isHMAC(algorithm jose.SignatureAlgorithm) bool {
	return strings.HasPrefix(string(algorithm), "HS")
}

// readKey implements scheme. A secret that is shorter than the hash verifies
// nothing (RFC 7518, 3.2): whoever has a token could guess it.
func (j jwtScheme) readKey(written string) ([]key, error) {
	read, err := encodedKey(j.key)(written)
	if err == nil && j.signsWith(read) == "" {
		return nil, fmt.Errorf("is too short: the tokens need a secret of at least %d bytes", j.leastSecret())
	}
	return read, err
}

// signsWith returns the first algorithm for which a secret is long enough.
func (j jwtScheme) signsWith(keys []key) jose.SignatureAlgorithm {
	for _, algorithm := range j.algorithms {
		if len(keys) > 0 && isHMAC(algorithm) && len(keys[0].bytes.Reveal()) >= hmacSize(algorithm) {
			return algorithm
		}
	}
	return ""
}

// leastSecret is how many bytes a secret must have for one of the algorithms.
func (j jwtScheme) leastSecret() int {
	least := sha512.Size
	for _, algorithm := range j.algorithms {
		if isHMAC(algorithm) {
			least = min(least, hmacSize(algorithm))
		}
	}
	return least
}

// hmacSize is how many bytes the hash of an algorithm such as HS256 has.
func hmacSize(algorithm jose.SignatureAlgorithm) int {
	bits, _ := strconv.Atoi(string(algorithm[2:])) // it is one of hmacAlgorithms
	return bits / 8
}

// credentials implements scheme.
func (j jwtScheme) credentials() []string { return j.place.credentials() }

// verify implements scheme. Of a token that is not proven only the header is
// read, and of that only alg and kid: what it says of where its key stands (jwk,
// jku, x5c, x5u) is anybody's claim.
func (j jwtScheme) verify(r Request, keys []key) (Proof, error) {
	written, rejection := j.place.find(r)
	if rejection != nil {
		return Proof{}, rejection
	}
	token, rejection := parseToken(written, j.algorithms)
	if rejection != nil {
		return Proof{}, rejection
	}
	claims, fingerprint, err := j.prove(token, keys)
	if err != nil {
		return Proof{}, err
	}
	if rejection := j.rules.check(claims, r); rejection != nil {
		return Proof{}, rejection
	}
	// A token that does not vouch for the body proves who sent it.
	return Proof{Headers: j.place.beside() && j.rules.hash == nil, Fingerprint: fingerprint}, nil
}

// prove returns the claims of a token whose signature fits a key, and what
// names the key.
func (j jwtScheme) prove(token *signedToken, keys []key) (claims []byte, fingerprint string, err error) {
	if isHMAC(token.algorithm) {
		for _, k := range keys {
			if claims, ok := token.fits([]byte(k.bytes.Reveal())); ok {
				return claims, k.fingerprint, nil
			}
		}
		return nil, "", &Rejection{ReasonMismatch, "the signature of the token fits none of the configured secrets"}
	}
	if j.keys == nil {
		return nil, "", &Rejection{ReasonMismatch, "the token is signed with " + string(token.algorithm) + ", and only secrets are configured"}
	}
	var seen *keySet
	for range 2 {
		set, err := j.keys.find(token.kid, token.algorithm, seen)
		if err != nil {
			return nil, "", err
		}
		if set == nil {
			break
		}
		for _, public := range set.suitable(token.kid, token.algorithm) {
			if claims, ok := token.fits(public.Key); ok {
				return claims, "kid " + cut(public.KeyID), nil
			}
		}
		if token.kid != "" {
			break // the key is known, and did not sign this
		}
		seen = set // there may be a newer one that does
	}
	return nil, "", &Rejection{ReasonMismatch, "the signature of the token fits none of the provider's public keys"}
}
