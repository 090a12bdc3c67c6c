package providers

import (
	"errors"
	"net/url"
)

// baseURL reads the address that the paths of a definition are appended to.
// The error never quotes it: somebody may have put a credential into it.
func baseURL(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("expected an address such as https://api.example.com")
	case u.User != nil:
		return nil, errors.New("an address with credentials would be printed: put them into api.key")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, errors.New("it must have no ? and no #")
	}
	return u, nil
}

// below returns the address of a path, which is escaped, below a base.
func below(base *url.URL, path string) (*url.URL, error) {
	prefix := base.EscapedPath()
	for len(prefix) > 0 && prefix[len(prefix)-1] == '/' {
		prefix = prefix[:len(prefix)-1]
	}
	u, err := url.ParseRequestURI(prefix + path)
	if err != nil {
		return nil, errors.New("the path is no path of an address")
	}
	u.Scheme, u.Host = base.Scheme, base.Host
	return u, nil
}
