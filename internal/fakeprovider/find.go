package fakeprovider

import "slices"

// row is a user with the position that it is counted by.
type row struct {
	position int
	user     User
}

// find returns the living user with an id.
func (p *Population) find(id string) (row, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	position, ok := p.position(id)
	if !ok || p.isRemoved(position) {
		return row{}, false
	}
	return row{position, p.at(position)}, true
}

// findExternal returns the user with an external id.
func (p *Population) findExternal(externalID string) (row, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	position, ok := p.externals[externalID]
	if !ok {
		return row{}, false
	}
	return row{position, p.at(position)}, true
}

// hasEmail reports whether a living user has the address.
func (p *Population) hasEmail(email string) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	candidates := p.emails[email]
	if position, ok := generatedAt(email, emailPrefix, emailDomain, p.generated); ok {
		candidates = append(slices.Clone(candidates), position)
	}
	return slices.ContainsFunc(candidates, func(position int) bool {
		return !p.isRemoved(position) && p.at(position).Email == email
	})
}

// position is where a user stands or, deleted, stood; the caller holds the lock.
func (p *Population) position(id string) (int, bool) {
	if position, ok := p.ids[id]; ok {
		return position, true
	}
	return generatedAt(id, idPrefix, "", p.generated)
}

func (p *Population) isRemoved(position int) bool {
	_, found := slices.BinarySearch(p.removed, position)
	return found
}
