package action

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
)

// keyPrefix begins a secret that is written in base64, as Standard Webhooks has it.
const keyPrefix = "whsec_"

// keyOf reads a secret: whsec_ and base64, or else its bytes as they stand.
func keyOf(secret string) ([]byte, error) {
	encoded, isEncoded := strings.CutPrefix(secret, keyPrefix)
	switch {
	case secret == "":
		return nil, errors.New("missing: make one with `echo whsec_$(openssl rand -base64 32)`, and give the receiver the same")
	case !isEncoded:
		return []byte(secret), nil
	}
	key, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		key, err = base64.RawStdEncoding.DecodeString(encoded)
	}
	if err != nil || len(key) == 0 {
		return nil, errors.New("what follows whsec_ must be base64")
	}
	return key, nil
}

// sign is the signature of Standard Webhooks: HMAC-SHA256 over id, seconds and body.
func sign(key []byte, id, seconds string, body []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + seconds + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
