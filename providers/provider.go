package providers

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	usersync "usersync/sync"
)

// Provider is one configured provider: its definition and its settings,
// compiled. It has no state but the tokens of its API, and may be used by many
// goroutines.
type Provider struct {
	name, typ string
	def       *definition
	source    *OwnDefinition // of the definition, nil for a built-in one
	checks    []armedCheck
	methods   []string // of requests, sorted
	open      bool     // auth: none
	legacy    bool
	stamp     *timestamp // where a signed timestamp stands, or nil
	idHeaders []string   // where a signed id stands
	maxFuture time.Duration
	redact    bool
	aliases   names[meanings]
	userIDs   firstSaid
	fields    [usersync.NumColumns]expr
	script    *scripted // of a definition that has one
	warnings  []string
	tokens    *tokenStore // of the API
}

// armedCheck is a check with its credentials.
type armedCheck struct {
	check
	keys []key
}

// New compiles one provider of the configuration. The name is the one given
// there: the last part of the URL, and users.provider. The error joins all
// faults; each begins with the key that is at fault and says what to do.
func New(name string, s Settings) (*Provider, error) {
	var faults []error
	if wrong := checkName(name); wrong != "" {
		faults = append(faults, fmt.Errorf("name: %s", wrong))
	}
	def, typ, err := s.definitionOf(name)
	if err != nil {
		return nil, errors.Join(append(faults, err)...)
	}
	s.Type = typ
	p, err := newProvider(name, def, s)
	if err != nil || len(faults) > 0 {
		return nil, errors.Join(append(faults, err)...)
	}
	return p, nil
}

// newProvider applies the settings to a definition.
func newProvider(name string, def *definition, s Settings) (*Provider, error) {
	p := &Provider{
		name: name, typ: s.Type, def: def, source: s.Definition, legacy: s.LegacySignature,
		methods: methodsOf(def.handshakes), tokens: &tokenStore{},
	}
	faults := slices.Concat(
		p.applyAuth(s),
		p.applySignature(s),
		p.applyTimes(s),
		p.applyAliases(s.Aliases),
		p.applyPaths(s.Paths),
	)
	switch s.OnDelete {
	case "", "keep":
	case "redact":
		p.redact = true
	default:
		faults = append(faults, fmt.Errorf("on_delete: %q is neither keep nor redact", s.OnDelete))
	}
	faults = append(faults, p.applyScript(s)...) // the last: it copies p
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return p, nil
}

// Name returns the name given in the configuration.
func (p *Provider) Name() string { return p.name }

// Type returns the name of the built-in definition, its own or that which its
// own extends; for one that stands alone, the provider's name.
func (p *Provider) Type() string { return p.typ }

// Definition says where the definition stands, for an operator.
func (p *Provider) Definition() string {
	where := "built-in " + p.typ
	if p.source != nil {
		where = fmt.Sprintf("%s:%d", p.source.File, p.source.Line)
		if p.def.extends != "" {
			where += ", which extends " + p.def.extends
		}
	}
	return where
}

// Redacts reports whether a deletion drops the profile.
func (p *Provider) Redacts() bool { return p.redact }

// Warnings returns what an operator should know about the settings.
func (p *Provider) Warnings() []string { return slices.Clone(p.warnings) }

// checkName returns what is wrong with a provider's name, or "".
func checkName(name string) string {
	const rule = "must begin with a-z or 0-9 and hold only a-z, 0-9 and _, at most 63 of them"
	if name == "" || len(name) > 63 || name[0] == '_' {
		return fmt.Sprintf("%q %s", cut(name), rule)
	}
	for i := range len(name) {
		if c := name[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return fmt.Sprintf("%q %s", cut(name), rule)
		}
	}
	return ""
}

func unknownType(name string) error {
	known := strings.Join(Types(), ", ")
	if name == "" {
		return fmt.Errorf("type: missing; choose one of %s, or write a definition", known)
	}
	return fmt.Errorf("type: there is no %q, did you mean %s? The types are %s", cut(name), nearest(name, Types()), known)
}
