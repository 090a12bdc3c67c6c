package config

import (
	"net/url"
	"strings"
)

const publicURLKey path = "public_url"

// checkPublicURL makes public_url one that a webhook's path can be put behind.
func (l *loader) checkPublicURL(c *Config) {
	if c.PublicURL == "" {
		return
	}
	u, err := url.Parse(c.PublicURL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		l.fault(publicURLKey, "want a URL such as https://users.example.com")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		l.fault(publicURLKey, "want a URL without a password, ? and #: what stands behind it is the path of a webhook")
	}
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
}

// WebhookURL is where a provider delivers: to PublicURL or, if nobody said it, to
// Listen.
func (c *Config) WebhookURL(provider string) string {
	base := c.PublicURL
	if base == "" {
		base = "http://" + c.Listen
		if c.TLS.Enabled() {
			base = "https://" + c.Listen
		}
	}
	return base + "/webhooks/" + provider
}
