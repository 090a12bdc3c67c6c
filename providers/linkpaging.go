package providers

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// linkPaging follows the Link header with rel=next (RFC 8288). The credential
// goes along, so a link is followed only to the host and scheme configured.
// The cursor is the link without them.
type linkPaging struct{}

func (linkPaging) place(a *asking, cursor string) error {
	if cursor == "" {
		return nil
	}
	next, err := url.Parse(cursor)
	if err != nil || next.Scheme != "" || next.Host != "" || next.User != nil || !strings.HasPrefix(cursor, "/") {
		return errForeignCursor
	}
	next.Scheme, next.Host = a.url.Scheme, a.url.Host
	a.url, a.query = next, nil // the link has its query
	return nil
}

func (linkPaging) names() []string { return nil }

func (linkPaging) after(string, int) (string, bool) { return "", false }

func (linkPaging) next(a pageAnswer) (string, error) {
	target, ok := nextLink(a.header)
	if !ok {
		return "", nil
	}
	link, err := url.Parse(target)
	if err != nil {
		return "", errors.New("the link to the next page is no address")
	}
	link = a.url.ResolveReference(link)
	if link.Scheme != a.url.Scheme || !strings.EqualFold(link.Host, a.url.Host) || link.User != nil {
		return "", errors.New("the link to the next page leads to another host, " +
			"to which the key is not sent: set api.url to the address that the provider uses in its links")
	}
	if cursor := link.RequestURI(); len(cursor) <= maxCursor {
		return cursor, nil
	}
	return "", errLongCursor
}

// nextLink finds the target of the first link with rel=next.
func nextLink(header http.Header) (target string, ok bool) {
	rest := strings.Join(header.Values("Link"), ",")
	for {
		_, after, found := strings.Cut(rest, "<")
		if !found {
			return "", false
		}
		if target, rest, found = strings.Cut(after, ">"); !found {
			return "", false
		}
		var params []string
		params, rest = linkParams(rest)
		for _, param := range params {
			name, value, _ := strings.Cut(param, "=")
			if !strings.EqualFold(strings.TrimSpace(name), "rel") {
				continue
			}
			for _, relation := range strings.Fields(strings.Trim(strings.TrimSpace(value), `"`)) {
				if strings.EqualFold(relation, "next") {
					return strings.TrimSpace(target), true
				}
			}
		}
	}
}

// linkParams cuts the parameters of one link at semicolons, up to the comma
// before the next link; both may stand in quotes.
func linkParams(s string) (params []string, rest string) {
	quoted, from := false, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == ';':
			params = append(params, s[from:i])
			from = i + 1
		case c == ',':
			return append(params, s[from:i]), s[i+1:]
		}
	}
	return append(params, s[from:]), ""
}
