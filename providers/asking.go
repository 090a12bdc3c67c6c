package providers

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// asking is the request for a page in the making. The parameters of a GET go
// into its query, those of a POST into its body.
type asking struct {
	url    *url.URL
	query  url.Values // nil if the url has it
	params map[string]string
	posts  bool
	body   bodyTemplate
	wrong  error
}

// text sets a parameter to a text.
func (a *asking) text(name, value string) {
	if a.posts {
		a.member(name, string(appendString(nil, value)))
		return
	}
	a.query.Set(name, value)
}

// number sets a parameter to a number.
func (a *asking) number(name string, n int) {
	if a.posts {
		a.member(name, strconv.Itoa(n))
		return
	}
	a.query.Set(name, strconv.Itoa(n))
}

// time sets the filter for users that changed.
func (a *asking) time(since *sinceParam, at time.Time) {
	written := since.format.write(at)
	if a.posts && since.format != formatRFC3339 {
		a.member(since.name, written)
		return
	}
	a.text(since.name, written)
}

// member sets a member of the body to a JSON value.
func (a *asking) member(name, raw string) {
	if !a.body.put(strings.Split(name, "."), bodyConst{raw: raw}) {
		a.wrong = fmt.Errorf("the member %s of the body would stand there twice", name)
	}
}

// outgoing is the request that has been made.
func (a *asking) outgoing() (outgoing, error) {
	if a.query != nil {
		a.url.RawQuery = a.query.Encode()
	}
	out := outgoing{method: http.MethodGet, url: a.url, reads: true}
	if a.posts {
		out.method, out.body = http.MethodPost, []byte(a.body.constant())
	}
	return out, a.wrong
}
