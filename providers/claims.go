package providers

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// tokenIn returns the token that a body is, or that stands in it at a path.
func tokenIn(body []byte, at path) (string, *problem) {
	if at.text == "" {
		return string(bytes.TrimSpace(body)), nil
	}
	if err := checkJSON(body); err != nil {
		return "", &problem{badJSON, err.Error()}
	}
	var outer tree
	outer.reset(string(body))
	v := value{}
	if outer.isObject(root) {
		v = outer.lookup(root, at)
	}
	if v.kind != text {
		return "", &problem{badToken, "there is no token at " + at.text}
	}
	return v.text, nil
}

// claims returns those of the signed token that a body is or has: nothing
// beside it is proven. The signature was looked at when the request arrived.
func (u *unpacking) claims(body []byte) ([]byte, *problem) {
	token, wrong := tokenIn(body, u.token)
	if wrong != nil {
		return nil, wrong
	}
	segments := strings.Split(token, ".")
	if len(segments) != 3 {
		return nil, &problem{badToken, "this is no signed token in its compact form, which has three parts"}
	}
	claims, err := base64.RawURLEncoding.Strict().DecodeString(segments[1])
	if err != nil || strings.ContainsAny(segments[1], "\r\n") {
		return nil, &problem{badToken, "the claims of the token are not in base64url"}
	}
	return claims, nil
}
