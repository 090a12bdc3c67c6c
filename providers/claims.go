package providers

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// claims returns those of the signed token that a body is or has: nothing
// beside it is proven. The signature was looked at when the request arrived.
func (u *unpacking) claims(body []byte) ([]byte, *problem) {
	token := string(bytes.TrimSpace(body))
	if u.token.text != "" {
		if err := checkJSON(body); err != nil {
			return nil, &problem{badJSON, err.Error()}
		}
		var outer tree
		outer.reset(string(body))
		v := value{}
		if outer.isObject(root) {
			v = outer.lookup(root, u.token)
		}
		if v.kind != text {
			return nil, &problem{badToken, "there is no token at " + u.token.text}
		}
		token = v.text
	}
	segments := strings.Split(token, ".")
	if len(segments) != 3 || strings.ContainsFunc(token, notCompact) {
		return nil, &problem{badToken, "this is no signed token in its compact form: three parts in base64url"}
	}
	claims, err := base64.RawURLEncoding.Strict().DecodeString(segments[1])
	if err != nil {
		return nil, &problem{badToken, "the claims of the token are not in base64url"}
	}
	return claims, nil
}

// sampled is the form in which samples of a definition have their body: as it is
// sent, or the claims of a token that is yet to be signed.
func (u *unpacking) sampled() keptForm {
	if u.format == unpackJWT {
		return keptClaims
	}
	return asSent
}

// notCompact is for characters that no compact token has.
func notCompact(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.'
}
