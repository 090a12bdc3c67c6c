package config

import (
	"net/url"

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
	for _, name := range sortedKeys(c.Providers) {
		p, provider := providersKey.child(name), c.Providers[name]
		l.warnUnused(p.child("api"))
		l.checkAPI(p.child("api"), provider.API)
		built, err := providers.New(name, provider.Settings)
		if err != nil {
			l.providerFaults(p, err)
			continue
		}
		c.Built[name] = built
		for _, warning := range built.Warnings() {
			l.warn("%s: %s", p, warning)
		}
	}
}

func (l *loader) checkAPI(p path, api API) {
	if api.URL == "" {
		if !api.Key.Empty() {
			l.faultUnlessBlamed(p.child("key"), p.child("url"), "a key without api.url: say where the API is, for example https://api.example.com")
		}
		return
	}
	at := p.child("url")
	u, err := url.Parse(api.URL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		l.fault(at, "want a URL such as https://api.example.com")
		return
	}
	if u.User != nil {
		l.fault(at, "a URL with credentials would be printed: put them into api.key")
	}
	if u.Scheme == "http" && !(address{host: u.Hostname()}).loopback() && !api.Key.Empty() {
		l.warn("%s.url is http: the key travels in clear", p)
	}
}
