package providers

import usersync "usersync/sync"

// isThin reports whether a command carries nothing of the user but the id. The
// user's own times and the tenant do not count: they are the circumstances of
// an event, and nothing that an app could greet a user by.
func isThin(c *usersync.Command) bool {
	if c.Kind != usersync.KindCreated && c.Kind != usersync.KindUpdated || c.Access != usersync.AccessUnsaid || c.Life != usersync.LifeUnsaid {
		return false
	}
	for f := range c.Fields {
		if c.Fields[f].Present() && !circumstance(usersync.Field(f)) {
			return false
		}
	}
	return true
}

func circumstance(f usersync.Field) bool {
	return f == usersync.FieldTenantID || f == usersync.FieldProviderCreatedAt || f == usersync.FieldProviderUpdatedAt
}

// AlwaysThin reports whether no event of the provider can carry anything of a
// user but the id: without Fetcher its rows stay empty.
func (p *Provider) AlwaysThin() bool {
	if p.script != nil {
		return false // it says what it likes
	}
	for f, x := range p.fields {
		if x != nil && !circumstance(usersync.Field(f)) {
			return false
		}
	}
	return true
}

// AsksForMore reports whether there are events that do not tell all, after which
// the definition wants the user fetched.
func (p *Provider) AsksForMore() bool {
	if p.script != nil {
		return false
	}
	for _, m := range p.def.event.meanings {
		for _, means := range m.is {
			if means.fetch {
				return true
			}
		}
	}
	return false
}

// Fetches reports whether the definition has a way to fetch one user, however
// it is reached.
func (p *Provider) Fetches(api APISettings) bool {
	found, err := p.def.callsOf(api.Variant)
	return err == nil && found.fetch != nil
}
