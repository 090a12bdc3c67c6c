package providers

import (
	"slices"

	usersync "usersync/sync"
)

// Capabilities is what a definition can do, for an overview.
type Capabilities struct {
	Type       string   `json:"type"`
	Name       string   `json:"name"`
	Secrets    []string `json:"credentials"` // the keys of the settings that its deliveries are proven with
	PublicKeys bool     `json:"public_keys"` // whether they can be proven with keys that the provider publishes
	Kinds      []string `json:"kinds"`       // of the events that it maps
	Columns    []string `json:"columns"`     // that its events can carry
	List       bool     `json:"list"`
	Fetch      bool     `json:"fetch"`
	Write      bool     `json:"write"`
	Webhooks   bool     `json:"webhooks"` // whether usersync can register them
	Handshake  bool     `json:"handshake"`
	Variants   []string `json:"variants"`
	Samples    []string `json:"samples"`
}

// CapabilitiesOf tells what a built-in definition can do.
func CapabilitiesOf(typ string) (Capabilities, error) {
	d, err := loadDefinition(typ)
	if err != nil {
		return Capabilities{}, err
	}
	c := Capabilities{
		Type: typ,
		List: d.calls.list != nil, Fetch: d.calls.fetch != nil,
		Write:    d.calls.write != nil && d.calls.write.none == "",
		Webhooks: d.hooks != nil && d.hooks.create != nil, Handshake: d.handshakes != nil,
		Secrets: []string{}, Kinds: []string{}, Columns: []string{}, Variants: []string{}, Samples: []string{},
	}
	if d.about != nil {
		c.Name = d.about.Name
	}
	for _, one := range d.checks {
		if one.credential == "" {
			c.PublicKeys = true
			continue
		}
		c.Secrets = append(c.Secrets, one.credential)
	}
	for _, m := range d.event.meanings {
		for _, means := range m.is {
			if means.kind != usersync.KindNone {
				c.Kinds = append(c.Kinds, means.kind.String())
			}
		}
	}
	for f, x := range d.user.fields {
		if x != nil {
			c.Columns = append(c.Columns, usersync.Field(f).String())
		}
	}
	for _, v := range d.variants {
		c.Variants = append(c.Variants, v.name)
	}
	for _, s := range d.samples {
		c.Samples = append(c.Samples, s.name)
	}
	for _, list := range []*[]string{&c.Secrets, &c.Kinds, &c.Samples} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return c, nil
}
