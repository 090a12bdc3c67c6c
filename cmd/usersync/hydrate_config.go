package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"usersync/internal/config"
	"usersync/providers"
	usersync "usersync/sync"
)

// fetchBudget is how long one fetch may wait between its attempts. After that
// the queue is patient, which outlasts a restart and holds up nobody else.
const fetchBudget = 2 * time.Second

// fetchersOf makes a fetcher for each provider whose API can be asked for one
// user. Nothing is asked yet. The faults say what cannot be fetched and what
// to configure.
func fetchersOf(c *config.Config) (fetchers map[string]*providers.Fetcher, faults []string) {
	fetchers = map[string]*providers.Fetcher{}
	for _, name := range slices.Sorted(maps.Keys(c.Built)) {
		provider, settings := c.Built[name], apiSettings(c.Providers[name])
		settings.Budget = fetchBudget
		fetcher, err := provider.Fetcher(settings, usersync.OriginHydrate)
		switch {
		case err == nil:
			fetchers[name] = fetcher
		case provider.AlwaysThin():
			faults = append(faults, fmt.Sprintf("providers.%s: its events carry only the user's id, so rows stay without a profile until it can be fetched: %v", name, err))
		case provider.Fetches(settings) && provider.AsksForMore() && settings.Key.Empty() && settings.URL == "":
			faults = append(faults, fmt.Sprintf("providers.%s: some of its events do not tell all of a user, and the rest cannot be fetched: %v", name, err))
		case provider.Fetches(settings) && (!settings.Key.Empty() || settings.URL != "" || len(settings.Params) > 0):
			// Somebody meant to configure it.
			faults = append(faults, fmt.Sprintf("providers.%s: users whose events carry only an id cannot be fetched: %v", name, err))
		}
	}
	return fetchers, faults
}

// hydrates says, for the engine of a command, whose users a daemon with this
// configuration fetches.
func hydrates(c *config.Config) func(provider string) bool {
	fetchers, _ := fetchersOf(c)
	closeAll(fetchers)
	return func(provider string) bool { return fetchers[provider] != nil }
}

// checkHydration says whose users are fetched, and why others' are not.
func checkHydration(c *config.Config) (findings []finding) {
	fetchers, faults := fetchersOf(c)
	defer closeAll(fetchers)
	if len(fetchers) > 0 {
		names := slices.Sorted(maps.Keys(fetchers))
		findings = append(findings, fine("hydration", "users whose events carry only an id are fetched: "+strings.Join(names, ", ")))
	}
	for _, fault := range faults {
		findings = append(findings, warned("hydration", fault, ""))
	}
	return findings
}
