package main

import (
	"context"
	"strings"

	"usersync/internal/config"
)

// checkKeys asks for the public keys of each provider that signs tokens. A set
// that cannot be had now is a warning: its deliveries are answered 503 until it
// can, and its sender sends them again.
func checkKeys(ctx context.Context, c *config.Config) []finding {
	return eachProvider(ctx, providerNames(c), func(ctx context.Context, name string) []finding {
		places, err := c.Built[name].CheckKeys(ctx)
		switch {
		case err != nil:
			return []finding{warned("keys", ofProvider(name, err).Error(), "curl the address from this machine; providers."+name+".jwt.jwks_url names another")}
		case len(places) > 0:
			return []finding{fine("keys", name+" publishes the keys of its tokens at "+strings.Join(places, ", "))}
		}
		return nil
	})
}
