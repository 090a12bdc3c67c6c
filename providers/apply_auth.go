package providers

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"usersync/internal/secret"
)

// applyAuth gives the credentials to the checks that use them.
func (p *Provider) applyAuth(s Settings) (faults []error) {
	used := map[string]bool{}
	for _, c := range p.def.checks {
		used[c.credential] = true
	}
	given := map[string][]secret.Text{"secrets": s.Secrets, "bearer": s.Bearer}
	count := 0
	for _, setting := range slices.Sorted(maps.Keys(given)) {
		count += len(given[setting])
		if len(given[setting]) > 0 && !used[setting] {
			faults = append(faults, fmt.Errorf("%s: %s does not use it; remove it", setting, p.typ))
		}
	}
	switch {
	case s.Auth != "" && s.Auth != "none":
		faults = append(faults, errors.New("auth: the only word it takes is none; a credential belongs into secrets or bearer"))
	case s.Auth == "none" && count > 0:
		faults = append(faults, fmt.Errorf("auth: none contradicts the credentials; remove one of them"))
	case s.Auth == "none":
		p.open = true
		p.warnings = append(p.warnings, "auth: none: whoever knows the URL can write to the users table")
	case count == 0:
		needed := strings.Join(slices.Sorted(maps.Keys(used)), " or ")
		faults = append(faults, fmt.Errorf("%s: missing; set %s to what the provider shows for this webhook, or write auth: none", p.def.checks[0].credential, needed))
	}
	for _, c := range p.def.checks {
		prepared, wrong := keys(c.credential, given[c.credential], c.scheme.readKey)
		faults = append(faults, wrong...)
		if len(prepared) > 0 {
			p.checks = append(p.checks, armedCheck{c, prepared})
		}
	}
	return slices.CompactFunc(faults, func(a, b error) bool { return a.Error() == b.Error() })
}
