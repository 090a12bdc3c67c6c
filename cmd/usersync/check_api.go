package main

import (
	"context"
	"errors"
	"time"

	"usersync/internal/config"
	"usersync/providers"
	usersync "usersync/sync"
)

// apiWait is how long check waits for a provider's list.
const apiWait = 10 * time.Second

// checkAPIs asks each provider whose API is configured for a page of its list.
// One that is away, or not wholly configured, is no fault: webhooks work without.
func checkAPIs(ctx context.Context, c *config.Config) (findings []finding) {
	for _, name := range providerNames(c) {
		settings := apiSettings(c.Providers[name])
		if settings.Key.Empty() && settings.URL == "" && len(settings.Params) == 0 {
			continue // nobody meant to
		}
		// The smallest page there is, and little patience.
		settings.PageSize, settings.Timeout, settings.Budget = 1, apiWait, time.Second
		lister, err := c.Built[name].Lister(settings, usersync.OriginReconcile)
		switch {
		case errors.Is(err, providers.ErrNoPart):
		case err != nil:
			findings = append(findings, finding{Name: "api", OK: true, Warning: true, Detail: ofProvider(name, err).Error()})
		default:
			findings = append(findings, checkAPI(ctx, name, lister))
			lister.Close()
		}
	}
	return findings
}

// checkAPI asks for one page.
func checkAPI(ctx context.Context, name string, lister *providers.Lister) finding {
	ctx, cancel := context.WithTimeout(ctx, apiWait)
	defer cancel()
	page, err := lister.Page(ctx, "")
	var passing interface{ RetryAfter() time.Duration }
	switch {
	case err == nil:
		return fine("api", name+" lists its users, as of "+page.Instant.Time().Format(time.RFC3339))
	case errors.As(err, &passing), ctx.Err() != nil:
		return finding{Name: "api", OK: true, Warning: true, Detail: ofProvider(name, err).Error()}
	default:
		return failed("api", ofProvider(name, err).Error())
	}
}
