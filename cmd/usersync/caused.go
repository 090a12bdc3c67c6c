package main

import (
	"maps"
	"slices"

	"usersync/models"
	"usersync/providers"
	usersync "usersync/sync"
)

// heard is what had been heard of a user before we wrote: when each register was
// set last, and whether the user counted as deleted.
type heard struct {
	at      [usersync.NumFields]usersync.Micros
	deleted bool
}

// heardOf is what a row knows; nothing, if its state cannot be read: then the
// write to the row fails too, and says so.
func heardOf(u *models.User) heard {
	state, err := usersync.DecodeState(u.SyncState, &usersync.View{})
	if err != nil {
		return heard{}
	}
	h := heard{deleted: u.DeletedAt != nil}
	for f := range h.at {
		h.at[f] = state.Registers[f].Stamp.At
		if usersync.Field(f) < usersync.NumColumns {
			h.at[f] = max(h.at[f], state.Floor.At) // what is not behind it is dropped
		}
	}
	return h
}

// add takes in a fact that is not in the row yet.
func (h *heard) add(c usersync.Command) {
	facts := usersync.Facts(&c)
	for f, r := range facts.Registers {
		if !r.Value.Present() || r.Stamp.At < h.at[f] {
			continue
		}
		h.at[f] = r.Stamp.At
		if usersync.Field(f) == usersync.FieldLife {
			h.deleted = r.Value.True()
		}
	}
}

// join takes in what somebody else had heard.
func (h *heard) join(other heard) {
	if other.at[usersync.FieldLife] > h.at[usersync.FieldLife] {
		h.deleted = other.deleted
	}
	for f := range h.at {
		h.at[f] = max(h.at[f], other.at[f])
	}
}

// caused is what we wrote ourselves, as the answer shows it. What had been heard
// of a column before we asked had happened before, so each that we wrote is
// stamped right behind that, where clocks or whole seconds hide the order; so is
// life, of a user whom the provider shows though we had heard of a deletion. The
// rest of the answer is not: it may come from a copy that lags.
func caused(answer usersync.Command, wrote providers.UserWrite, before heard) (ours []usersync.Command) {
	behind := map[usersync.Micros]*usersync.Command{}
	set := func(f usersync.Field, set func(*usersync.Command)) {
		at := before.at[f]
		if at < answer.OccurredAt {
			return // the answer is newer anyway
		}
		c := behind[at]
		if c == nil {
			c = &usersync.Command{
				UserKey: answer.UserKey, Kind: answer.Kind, Origin: answer.Origin, Life: usersync.LifeLeftOpen,
				OccurredAt: at + 1, UpdatedAt: answer.UpdatedAt, ReceivedAt: answer.ReceivedAt,
				Payload: answer.Payload, Headers: answer.Headers,
			}
			behind[at] = c
		}
		set(c)
	}
	for f, v := range answer.Fields {
		// Whether an address is verified is said together with it.
		verified := usersync.Field(f) == usersync.FieldEmailVerified && wrote.Fields[usersync.FieldEmail].Present()
		if v.Present() && (wrote.Fields[f].Present() || verified) {
			set(usersync.Field(f), func(c *usersync.Command) { c.Fields[f] = v })
		}
	}
	if wrote.Access != usersync.AccessUnsaid {
		set(usersync.FieldAccess, func(c *usersync.Command) { c.Access = answer.Access })
	}
	if before.deleted && answer.Life != usersync.LifeDeleted {
		set(usersync.FieldLife, func(c *usersync.Command) { c.Life = usersync.LifeAlive })
	}
	for _, at := range slices.Sorted(maps.Keys(behind)) {
		ours = append(ours, *behind[at])
	}
	return ours
}
