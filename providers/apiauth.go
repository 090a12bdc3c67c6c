package providers

import (
	"encoding/base64"
	"net/http"

	"usersync/internal/secret"
)

// apiAuth says how a request to a provider's API proves itself: in which
// headers the credential travels. The credential is the operator's key, or a
// token that was had for it.
type apiAuth struct {
	headers []authHeader
	pair    bool       // the key is id:secret
	token   *tokenPart // how a token is had for the key; nil if the key goes along itself
}

// authHeader is a header with the credential.
type authHeader struct {
	name   string
	prefix string // what stands before the credential
	base64 bool
}

// sign adds the headers to a request.
func (a *apiAuth) sign(header http.Header, credential secret.Text) {
	for _, h := range a.headers {
		value := credential.Reveal()
		if h.base64 {
			value = base64.StdEncoding.EncodeToString([]byte(value))
		}
		header.Set(h.name, h.prefix+value)
	}
}
