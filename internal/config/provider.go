package config

import (
	"net/url"
	"slices"
	"strings"

	"usersync/providers"
)

const providersKey path = "providers"

// buildProviders makes every provider, and reports what stands against it.
func (l *loader) buildProviders(c *Config) {
	switch {
	case len(c.Providers) > 0:
	case l.noFile && !l.isBlamed(providersKey):
		// The missing section is only the sign of the missing file.
		l.faultAt(origin{}, "", "no ./%s here: run `cp config.example.yaml %s`, or name a file with --config or USERSYNC_CONFIG", DefaultFile, DefaultFile)
	default:
		l.faultUnlessBlamed(providersKey, providersKey, "name at least one provider, as in config.example.yaml")
	}
	c.Built = map[string]*providers.Provider{}
	scripting := l.scripting(c)
	for _, name := range sortedKeys(c.Providers) {
		p, provider := providersKey.child(name), c.Providers[name]
		l.checkAPI(p.child("api"), provider.API)
		if provider.List.Lag < 0 {
			l.fault(p.child("list").child("lag"), "want a duration such as 60s")
		}
		if l.WithoutCredentials {
			provider.Auth = "none"
			provider.CredentialFiles = l.credentialFiles[p]
			c.Providers[name] = provider
		}
		if !l.findDefinition(p, &provider) {
			continue
		}
		c.Providers[name] = provider
		provider.Scripting = scripting
		provider.Site = providers.Site{URL: provider.API.URL, Params: provider.API.Params}
		built, err := providers.New(name, provider.Settings)
		if err != nil {
			l.providerFaults(p, err)
			continue
		}
		c.Built[name] = built
		if l.WithoutCredentials {
			continue // it is not as open as it looks
		}
		for _, warning := range built.Warnings() {
			l.warn("%s: %s", p, warning)
		}
	}
}

func (l *loader) checkAPI(p path, api API) {
	if api.PageSize < 0 || api.RateLimit < 0 || api.Timeout < 0 {
		l.fault(p, "page_size, rate_limit and timeout must not be negative")
	}
	if api.URL == "" {
		return // the definition's own
	}
	at := p.child("url")
	u, err := url.Parse(api.URL)
	if err != nil || u.Host == "" || !slices.Contains([]string{"https", "http", "postgres", "postgresql"}, u.Scheme) {
		l.fault(at, "want a URL such as https://api.example.com, or postgres://user@host/database for a provider that is read from its database")
		return
	}
	if _, password := u.User.Password(); password || u.User != nil && strings.HasPrefix(u.Scheme, "http") {
		l.fault(at, "a URL with credentials would be printed: put them into api.key")
	}
	if u.Scheme == "http" && !(address{host: u.Hostname()}).loopback() && !api.Key.Empty() {
		l.warn("%s.url is http: the key travels in clear", p)
	}
}
