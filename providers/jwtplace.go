package providers

import (
	"net/http"
)

// tokenPlace is where a token stands: exactly one of these.
type tokenPlace struct {
	body    bool     // it is the body
	field   path     // it is a text in a JSON body
	headers []string // it is the value of one of these
	bearer  bool     // it stands in Authorization, behind Bearer
}

// beside reports whether the token stands beside the body.
func (t tokenPlace) beside() bool { return !t.body && t.field.text == "" }

// find returns the token.
func (t tokenPlace) find(r Request) (string, *Rejection) {
	if !t.beside() {
		token, wrong := tokenIn(r.Body, t.field)
		switch {
		case wrong != nil:
			return "", &Rejection{ReasonMalformed, wrong.detail}
		case token == "":
			return "", &Rejection{ReasonMissing, "there is no token"}
		}
		return token, nil
	}
	if !t.bearer {
		return single(r.Header, t.headers...)
	}
	written, rejection := single(r.Header, authorizationHeader)
	if rejection != nil {
		return "", rejection
	}
	token, ok := secretScheme{header: authorizationHeader, form: secretBearer}.decode(written)
	if !ok {
		return "", &Rejection{ReasonMalformed, "header " + authorizationHeader + " has not the expected form"}
	}
	return token, nil
}

const authorizationHeader = "Authorization"

// put sets the header of a token beside the body.
func (t tokenPlace) put(header http.Header, token string) {
	if t.bearer {
		header.Set(authorizationHeader, "Bearer "+token)
	} else {
		header.Set(t.headers[0], token)
	}
}

// credentials names the headers that a token stands in.
func (t tokenPlace) credentials() []string {
	if t.bearer {
		return []string{authorizationHeader}
	}
	return t.headers
}
