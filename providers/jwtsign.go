package providers

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// signedTokenLife is how long a token that was made here is valid.
const signedTokenLife = 5 * time.Minute

// errOnlyJWKS says why no token can be made.
var errOnlyJWKS = errors.New("only the provider can sign its tokens: they are verified with its public keys (JWKS)")

// sign implements scheme. A token in the body is made by seal.
func (j jwtScheme) sign(header http.Header, body []byte, at time.Time, keys []key) error {
	claims := map[string]any{"iat": at.Unix(), "exp": at.Add(signedTokenLife).Unix()}
	if j.rules.issuer != "" {
		claims["iss"] = j.rules.issuer
	}
	if j.rules.audience != "" {
		claims["aud"] = j.rules.audience
	}
	if j.rules.hash != nil {
		claims[j.rules.hash.claim.text] = j.rules.hash.write(body)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return err
	}
	if !j.place.beside() {
		_, err := j.token(nil, keys) // seal has put one into the body
		return err
	}
	token, err := j.token(payload, keys)
	if err == nil {
		j.place.put(header, token)
	}
	return err
}

// seal makes the body that a sample stands for: its token, or the object that
// holds it.
func (j jwtScheme) seal(body []byte, keys []key) ([]byte, error) {
	if j.place.beside() {
		return body, nil
	}
	token, err := j.token(body, keys)
	if err != nil {
		return nil, err
	}
	return inBody(token, j.place.field)
}

// inBody makes the body that is a token, or an object that has it at a path.
func inBody(token string, at path) ([]byte, error) {
	if at.text == "" {
		return []byte(token), nil
	}
	var holder any = token
	for _, name := range slices.Backward(at.names) {
		holder = map[string]any{name: holder}
	}
	return json.Marshal(holder)
}

// unsignedToken is for whoever asks for no proof at all (auth: none).
func unsignedToken(claims []byte) string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"none"}`)) + "." + encode(claims) + "."
}

// token signs claims with the first secret.
func (j jwtScheme) token(claims []byte, keys []key) (string, error) {
	algorithm := j.signsWith(keys)
	if algorithm == "" {
		return "", errOnlyJWKS
	}
	options := (&jose.SignerOptions{}).WithType("JWT")
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: []byte(keys[0].bytes.Reveal())}, options)
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(claims)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}
