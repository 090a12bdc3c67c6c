package main

import (
	"fmt"
	"slices"

	"usersync/internal/config"
	"usersync/internal/secret"
)

// checkConfiguration tells what is configured, and what of it was perhaps not meant.
func checkConfiguration(c *config.Config) []finding {
	findings := []finding{fine("configuration", count(len(c.Built), "provider"))}
	for _, warning := range append(c.Warnings, unscheduled(c)...) {
		findings = append(findings, warned("configuration", warning, ""))
	}
	for _, name := range providerNames(c) {
		findings = append(findings, fine("definition", fmt.Sprintf("%s: %s", name, c.Built[name].Definition())))
	}
	return append(findings, checkSecrets(c)...)
}

// checkSecrets looks for secrets that two have: whoever knows the one's can sign for
// the other.
func checkSecrets(c *config.Config) (findings []finding) {
	owner := map[string]string{}
	look := func(name string, secrets []secret.Text) {
		for _, s := range secrets {
			other, taken := owner[s.Reveal()]
			switch {
			case s.Empty():
			case !taken:
				owner[s.Reveal()] = name
			case other != name:
				findings = append(findings, warned("secrets", fmt.Sprintf("%s has the same secret as %s: whoever can sign for the one can for the other", name, other),
					"make a new one at the provider, and put it into "+name))
			}
		}
	}
	look("admin.token", []secret.Text{c.Admin.Token})
	for _, name := range providerNames(c) {
		p := c.Providers[name]
		look("providers."+name, slices.Concat(p.Secrets, p.Bearer))
	}
	return findings
}
