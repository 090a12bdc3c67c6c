package usersync

import (
	"cmp"
	"slices"
)

// Ask enters a user for hydration, in the transaction of the event that named
// the user and told nothing else.
type Ask struct {
	User int // index in Lock.Users
	// Claim is the index of the event's claim in Changes.Claims. If that stood
	// already, the event was heeded before and nobody asks. -1: in any case.
	Claim int
}

// asks lists whom the entries ask for: by events that do not tell all, are no
// repetition, and name a user who is not deleted. A stale one asks too: the newer
// event told the same part and need not have asked for the rest.
func (p *plan) asks(entries []entry, known Known, d *decision, hydrates func(provider string) bool) (asks []Ask) {
	if hydrates == nil {
		return nil
	}
	for i, e := range entries {
		c := e.command
		counts := d.outcomes[i] == OutcomeApplied || d.outcomes[i] == OutcomeStale
		if c == nil || !c.Thin || !counts || c.Origin.Listed() || !hydrates(c.Provider) {
			continue
		}
		ask := Ask{User: p.user[i], Claim: d.claims[i]}
		if c.ignoresClaims() {
			ask.Claim = -1
		}
		if !d.deleted(ask.User, known) {
			asks = append(asks, ask)
		}
	}
	return asks
}

// deleted reports whether a user is, after the batch.
func (d *decision) deleted(user int, known Known) bool {
	byUser := func(row RowChange, user int) int { return cmp.Compare(row.User, user) }
	if i, changed := slices.BinarySearchFunc(d.changes.Rows, user, byUser); changed {
		return d.changes.Rows[i].View.DeletedAt.Kind() == Time
	}
	state := known.Users[user].State
	return state != nil && state.Registers[FieldLife].Value.True()
}

// tellAsked reports each provider that was asked about.
func (p *plan) tellAsked(asks []Ask, asked func(provider string)) {
	if asked == nil {
		return
	}
	var told string
	for _, a := range asks {
		if provider := p.lock.Users[a.User].Provider; provider != told {
			told = provider
			asked(provider)
		}
	}
}
