package providers

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// maxTokenHeader bounds what is read of a token before it is proven, in bytes
// of base64.
const maxTokenHeader = 16 << 10

// signedToken is a token that is not proven yet.
type signedToken struct {
	parsed    *jose.JSONWebSignature
	algorithm jose.SignatureAlgorithm
	kid       string
}

// parseToken reads the header of a token. One that says of itself that it
// cannot be understood without more (crit), or is signed with something else
// than the allowed algorithms, is refused.
func parseToken(written string, allowed []jose.SignatureAlgorithm) (*signedToken, *Rejection) {
	segments := strings.SplitN(written, ".", 4)
	if len(segments) != 3 || len(segments[0]) > maxTokenHeader || slices.ContainsFunc(segments, func(s string) bool { return !canonical(s) }) {
		return nil, &Rejection{ReasonMalformed, "this is no signed token in its compact form: three parts in base64url"}
	}
	header, err := base64.RawURLEncoding.DecodeString(segments[0])
	if err == nil {
		err = checkJSON(header)
	}
	if err != nil {
		return nil, &Rejection{ReasonMalformed, "the header of the token is not JSON"}
	}
	parsed, err := jose.ParseSignedCompact(written, allowed)
	if err != nil {
		return nil, unreadable(header, allowed)
	}
	read := parsed.Signatures[0].Protected
	for _, name := range []jose.HeaderKey{"crit", "b64"} {
		if _, there := read.ExtraHeaders[name]; there {
			return nil, &Rejection{ReasonMalformed, "the header of the token has " + string(name) + ", which nobody here understands"}
		}
	}
	return &signedToken{parsed, jose.SignatureAlgorithm(read.Algorithm), read.KeyID}, nil
}

// unreadable says why a token was not parsed: most often it is signed with what
// is not allowed.
func unreadable(header []byte, allowed []jose.SignatureAlgorithm) *Rejection {
	var doc tree
	doc.reset(string(header))
	algorithm := value{}
	if doc.isObject(root) {
		algorithm = doc.lookup(root, newPath("alg"))
	}
	if algorithm.kind == text && !slices.Contains(allowed, jose.SignatureAlgorithm(algorithm.text)) {
		return &Rejection{ReasonMismatch, "the token is signed with another algorithm than is allowed"}
	}
	return &Rejection{ReasonMalformed, "the header of the token cannot be read"}
}

// canonical reports whether a part is base64url in its only form: another one
// would make two tokens of one.
func canonical(segment string) bool {
	_, err := base64.RawURLEncoding.Strict().DecodeString(segment)
	return err == nil && !strings.ContainsAny(segment, "\r\n")
}

// fits returns the claims if the token is signed with a key: []byte, or a public
// key. A key of another kind than the algorithm's fits nothing.
func (t *signedToken) fits(key any) (claims []byte, ok bool) {
	claims, err := t.parsed.Verify(key)
	return claims, err == nil
}
