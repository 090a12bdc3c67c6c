package fakeprovider

import "slices"

// Add signs a user up, as the last one. What is left empty of id, status and
// times is filled in.
func (p *Population) Add(user User) (User, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if user.ID == "" {
		user.ID = addedID(p.size)
	}
	if position, ok := p.position(user.ID); ok && !p.isRemoved(position) {
		return User{}, ErrTaken
	}
	if _, ok := p.externals[user.ExternalID]; ok {
		return User{}, ErrTaken
	}
	if user.Status == "" {
		user.Status = Active
	}
	if user.Created.IsZero() {
		user.Created = p.instant()
	}
	if user.Updated.IsZero() {
		user.Updated = user.Created
	}
	position := p.size
	p.size++
	p.ids[user.ID] = position
	p.keep(position, user)
	return user, nil
}

// Update changes a user by a function, which is given the user as it is. Its id
// stays; unless the function dates the change, it is dated now.
func (p *Population) Update(id string, change func(*User)) (User, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	position, ok := p.position(id)
	if !ok || p.isRemoved(position) {
		return User{}, ErrUnknown
	}
	before := p.at(position)
	after := before
	change(&after)
	after.ID = before.ID
	if other, ok := p.externals[after.ExternalID]; ok && other != position {
		return User{}, ErrTaken
	}
	if after.Updated.Equal(before.Updated) {
		after.Updated = p.instant()
	}
	delete(p.externals, before.ExternalID)
	p.keep(position, after)
	return after, nil
}

// Ban locks a user out.
func (p *Population) Ban(id, reason string) (User, error) {
	return p.Update(id, func(user *User) { user.Status, user.BanReason = Suspended, reason })
}

// Unban lets a user in again.
func (p *Population) Unban(id string) (User, error) {
	return p.Update(id, func(user *User) { user.Status, user.BanReason = Active, "" })
}

// Delete removes a user for good: those behind it move up by one in a listing
// by page or offset. One that AuthPI still shows is updated to Deleted instead.
func (p *Population) Delete(id string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	position, ok := p.position(id)
	if !ok {
		return ErrUnknown
	}
	at, gone := slices.BinarySearch(p.removed, position)
	if gone {
		return ErrUnknown
	}
	delete(p.externals, p.at(position).ExternalID)
	p.removed = slices.Insert(p.removed, at, position)
	return nil
}

// keep stores a user that differs from the computed one; the caller holds the
// lock.
func (p *Population) keep(position int, user User) {
	p.changed[position] = user
	if user.ExternalID != "" {
		p.externals[user.ExternalID] = position
	}
	if user.Email != "" && !slices.Contains(p.emails[user.Email], position) {
		p.emails[user.Email] = append(p.emails[user.Email], position)
	}
}
