package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"usersync/models"
	usersync "usersync/sync"
)

// withLetters opens the database for a command that looks at dead letters. The
// providers need not be configured.
func (p *program) withLetters(ctx context.Context, do func(*models.DB) error) error {
	c, err := p.load(false)
	if err != nil {
		return err
	}
	return p.withDatabase(ctx, c, do)
}

// doubtScope looks at a scope that no letter is in, which may be a slip of the
// pen: a provider that is neither configured nor has a letter is an error, a reason
// that no letter has is told.
func (p *program) doubtScope(ctx context.Context, db *models.DB, scope usersync.LetterScope) error {
	if scope.Provider == "" && scope.Reason == "" {
		return nil
	}
	counts, err := db.LetterCounts(ctx, usersync.LetterScope{})
	if err != nil {
		return err
	}
	providers, reasons := map[string]bool{}, map[string]bool{}
	for _, c := range counts {
		providers[c.Provider], reasons[c.Reason] = true, true
	}
	for _, name := range p.configuredNames() {
		providers[name] = true
	}
	if scope.Provider != "" && !providers[scope.Provider] {
		return usageError{fmt.Errorf("--provider: %q is not configured, and no dead letter is of it: choose one of %s", scope.Provider, listed(providers))}
	}
	if scope.Reason != "" && !reasons[scope.Reason] && len(reasons) > 0 {
		fmt.Fprintf(p.stderr, "no dead letter has the reason %q; there are letters with %s\n", scope.Reason, visibleLine(listed(reasons)))
	}
	return nil
}

// configuredNames are those of the providers, none if the configuration has
// faults there: who looks at letters needs no provider.
func (p *program) configuredNames() []string {
	c, err := p.loadNames()
	if err != nil {
		return nil
	}
	return providerNames(c)
}

func listed(names map[string]bool) string {
	return strings.Join(slices.Sorted(maps.Keys(names)), ", ")
}
