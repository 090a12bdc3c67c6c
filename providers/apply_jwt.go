package providers

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

// applyJWT gives the checks of tokens their rules and public keys. Where the
// operator gave a secret for an alternative, or for the tokens themselves, he
// means that; the public keys count as well only if he says jwt.
func (p *Provider) applyJWT(s Settings) (faults []error) {
	said := s.JWT != (JWTSettings{})
	var a *arming
	for i, c := range p.checks {
		j, token := c.scheme.(jwtScheme)
		if !token {
			continue
		}
		if a == nil {
			var err error
			if a, err = p.arming(s); err != nil {
				return []error{err}
			}
		}
		secrets := slices.ContainsFunc(p.checks, func(other armedCheck) bool { return other.element == c.element && len(other.keys) > 0 })
		public := j.source.jwks != "" && (said || !secrets)
		if !public && len(c.keys) == 0 {
			continue
		}
		armed, err := a.arm(j, public)
		if err != nil {
			faults = append(faults, leaves(err)...)
			continue
		}
		p.checks[i].scheme = armed
		if public && inClear(armed.keys.address) {
			p.warnings = append(p.warnings, fmt.Sprintf("the public keys are read over http from %s: whoever can change them on the way can sign", armed.keys.address.Host))
		}
	}
	switch {
	case said && a == nil:
		faults = append(faults, fmt.Errorf("jwt: %s is not verified by a token; remove it", p.typ))
	case s.JWT.JWKSURL != "" && !slices.ContainsFunc(p.def.checks, func(c check) bool { return c.publishesKeys() }):
		faults = append(faults, fmt.Errorf("jwt.jwks_url: the tokens of %s are verified with a secret; remove it", p.typ))
	}
	return faults
}

// publishesKeys reports whether a check verifies with public keys.
func (c check) publishesKeys() bool {
	j, token := c.scheme.(jwtScheme)
	return token && j.source.jwks != ""
}

// leaves takes apart what errors.Join put together.
func leaves(err error) []error {
	if joined, several := err.(interface{ Unwrap() []error }); several {
		return joined.Unwrap()
	}
	return []error{err}
}

// arming finds out what the tokens of one provider are verified with.
type arming struct {
	api    apiPart
	site   Site
	jwt    JWTSettings
	params map[string]string // of the site, with the defaults
	caches map[string]*jwks  // by address: one for all checks that use it
}

func (p *Provider) arming(s Settings) (*arming, error) {
	a := &arming{api: p.def.api, site: s.Site, jwt: s.JWT, caches: map[string]*jwks{}}
	params, err := p.def.api.settle(s.Site.Params)
	if err != nil {
		return nil, err
	}
	a.params = params
	if address := cmp.Or(s.Site.URL, p.def.api.url); address != "" {
		a.params[urlPlaceholder] = strings.TrimRight(address, "/")
	}
	return a, nil
}

// arm gives a scheme its rules, and its public keys if it is to have some. The
// error begins with the key of the configuration that is missing or wrong.
func (a *arming) arm(j jwtScheme, public bool) (jwtScheme, error) {
	var faults []error
	fill := func(own string, t template) string {
		if own != "" {
			return own
		}
		text, err := a.fill(t)
		faults = append(faults, err)
		return text
	}
	j.rules.issuer = fill(a.jwt.Issuer, j.source.issuer)
	j.rules.audience = fill(a.jwt.Audience, j.source.audience)
	if public {
		address, err := a.address(j.source.jwks)
		faults = append(faults, err)
		if err == nil {
			if a.caches[address.String()] == nil {
				a.caches[address.String()] = newJWKS(address)
			}
			j.keys = a.caches[address.String()]
		}
	}
	return j, errors.Join(faults...)
}

// fill replaces the params of a template.
func (a *arming) fill(t template) (string, error) {
	for _, name := range t.names() {
		if err := a.missing(name); err != nil {
			return "", err
		}
	}
	text, _ := t.fill(a.params)
	return text, nil
}

// missing says what to set a param to, nil if it has a value.
func (a *arming) missing(name string) error {
	switch {
	case a.params[name] != "":
		return nil
	case name == urlPlaceholder:
		return errors.New("api.url: missing; its deliveries are signed tokens: set it to the provider's address, where its public keys are")
	default:
		return fmt.Errorf("api.params.%s: missing; its deliveries are signed tokens: set it to %s", name, a.api.params[name].about)
	}
}

// address returns where the public keys are.
func (a *arming) address(t template) (*url.URL, error) {
	if a.jwt.JWKSURL != "" {
		u, err := url.Parse(a.jwt.JWKSURL)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.Fragment != "" {
			return nil, errors.New("jwt.jwks_url: expected an address such as https://auth.example.com/.well-known/jwks.json, without a password")
		}
		return u, nil
	}
	if !strings.HasPrefix(string(t), "/") {
		address, err := a.fill(t)
		if err != nil {
			return nil, err
		}
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.User != nil {
			return nil, errors.New("api.params: they make no address of the provider's public keys")
		}
		return u, nil
	}
	for _, name := range append(t.names(), urlPlaceholder) {
		if err := a.missing(name); err != nil {
			return nil, err
		}
	}
	base, err := baseURL(a.params[urlPlaceholder])
	if err != nil {
		return nil, fmt.Errorf("api.url: %w", err)
	}
	path, err := t.path(a.params)
	if err != nil {
		return nil, fmt.Errorf("api.params: %w", err)
	}
	u, err := below(base, path)
	if err != nil {
		return nil, fmt.Errorf("api.params: %w", err)
	}
	return u, nil
}

// inClear reports whether keys would come over a network that anybody can
// change on the way.
func inClear(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "http" && u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback())
}
