package providers

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/url"
	"slices"
)

// sourceOf names a list: of another address, variant, page size or filter the
// same cursor means another page. It is a hash, so that it tells nothing of an
// address or a param.
func (p *Provider) sourceOf(api APISettings, params map[string]string, size int) string {
	hash := sha256.New()
	address := cmp.Or(api.URL, p.def.api.url)
	if u, err := url.Parse(address); err == nil {
		address = u.Scheme + "://" + u.Host + u.Path // a password may change
	}
	fmt.Fprintf(hash, "%q %q %q %d %d", p.typ, api.Variant, address, size, api.Since)
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if name == urlPlaceholder {
			continue // the address stands there already
		}
		fmt.Fprintf(hash, " %q=%q", name, params[name])
	}
	return hex.EncodeToString(hash.Sum(nil)[:16])
}

// Source names the list: cursors of one mean nothing in another.
func (l *Lister) Source() string { return l.source }
