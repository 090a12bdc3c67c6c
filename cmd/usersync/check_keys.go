package main

import (
	"context"
	"strings"

	"usersync/internal/config"
)

// checkKeys asks for the public keys of each provider that signs tokens. A set
// that cannot be had now is a warning: its deliveries are answered 503 until it
// can, and its sender sends them again.
func checkKeys(ctx context.Context, c *config.Config) (findings []finding) {
	for _, name := range providerNames(c) {
		places, err := c.Built[name].CheckKeys(ctx)
		if err != nil {
			findings = append(findings, finding{Name: "keys", OK: true, Warning: true, Detail: ofProvider(name, err).Error()})
		} else if len(places) > 0 {
			findings = append(findings, fine("keys", name+" publishes the keys of its tokens at "+strings.Join(places, ", ")))
		}
	}
	return findings
}
