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
	given := map[string][]secret.Text{"secrets": s.Secrets, "bearer": s.Bearer}
	count := 0
	used := p.def.credentials()
	for _, setting := range slices.Sorted(maps.Keys(given)) {
		count += len(given[setting])
		if len(given[setting]) > 0 && !slices.Contains(used, setting) {
			faults = append(faults, fmt.Errorf("%s: %s does not use it; remove it", setting, p.typ))
		}
	}
	switch {
	case s.Auth != "" && s.Auth != "none":
		faults = append(faults, errors.New("auth: the only word it takes is none; a credential belongs into secrets or bearer"))
	case s.Auth == "none" && count > 0:
		faults = append(faults, fmt.Errorf("auth: none contradicts the credentials; remove one of them"))
	case s.Auth == "none" && s.JWT != (JWTSettings{}):
		faults = append(faults, errors.New("auth: none contradicts jwt; remove one of them"))
	case s.Auth == "none":
		p.open = true
		p.warnings = append(p.warnings, "auth: none: whoever knows the URL can write to the users table")
	}
	for _, c := range p.def.checks {
		prepared, wrong := keys(c.credential, given[c.credential], c.scheme.readKey)
		faults = append(faults, wrong...)
		p.checks = append(p.checks, armedCheck{c, prepared})
	}
	if p.open {
		p.checks = nil
		return faults
	}
	wrong := p.applyJWT(s)
	p.checks = slices.DeleteFunc(p.checks, func(c armedCheck) bool { return !c.armed() })
	said := s.JWT != (JWTSettings{})
	switch {
	case len(p.checks) == 0 && count == 0 && len(used) > 0 && (!said || len(wrong) == 0):
		wrong = []error{p.def.noCredential(used, wrong)}
	case said && len(faults)+len(wrong) == 0 && !slices.ContainsFunc(p.checks, armedCheck.verifiesTokens):
		wrong = []error{fmt.Errorf("jwt: nothing verifies the tokens of %s: set %s too, or remove it", p.typ, p.def.tokenCredential())}
	}
	faults = append(faults, wrong...)
	return slices.CompactFunc(faults, func(a, b error) bool { return a.Error() == b.Error() })
}

// credentials are the keys of the settings that the checks use, sorted.
func (d *definition) credentials() []string {
	used := map[string]bool{}
	for _, c := range d.checks {
		if c.credential != "" {
			used[c.credential] = true
		}
	}
	return slices.Sorted(maps.Keys(used))
}

// noCredential says what to set where nothing is. Tokens may lack something else.
func (d *definition) noCredential(used []string, tokens []error) error {
	first := d.checks[slices.IndexFunc(d.checks, func(c check) bool { return c.credential != "" })].credential
	instead := ""
	if len(tokens) > 0 {
		key, _, _ := strings.Cut(tokens[0].Error(), ":")
		instead = fmt.Sprintf(", or %s for its signed tokens", key)
	}
	return fmt.Errorf("%s: missing; set %s to what the provider shows for this webhook%s, or write auth: none", first, strings.Join(used, " or "), instead)
}

// armed reports whether a check has what it verifies with.
func (c armedCheck) armed() bool {
	j, token := c.scheme.(jwtScheme)
	return len(c.keys) > 0 || token && j.keys != nil
}

func (c armedCheck) verifiesTokens() bool { _, token := c.scheme.(jwtScheme); return token }

// tokenCredential is the key of the settings whose secrets verify tokens.
func (d *definition) tokenCredential() string {
	return d.checks[slices.IndexFunc(d.checks, func(c check) bool { return armedCheck{check: c}.verifiesTokens() })].credential
}
