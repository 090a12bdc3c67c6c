package usersync

import (
	"bytes"
	"slices"
)

// entry is one member of a batch: a command, a dead letter or a message of a delivery.
type entry struct {
	delivery int // index in the batch: what is answered together
	command  *Command
	letter   *DeadLetter
	message  *posting
}

// observe reports an entry that became durable.
func (en entry) observe(report func(Observation), outcome Outcome) {
	switch {
	case report == nil || outcome == OutcomeNone:
	case en.command != nil:
		c := en.command
		at := c.OccurredAt
		if c.Unstable { // it is when this try was sent, or came
			at = 0
		}
		report(Observation{c.Provider, c.Kind, outcome, c.Origin, at})
	case en.message != nil:
		if en.message.alone && en.message.first { // else the commands are what is counted
			report(Observation{Provider: en.message.Provider, Outcome: outcome, Origin: en.message.Origin})
		}
	case en.letter.Retried: // it was counted when it came
		report(Observation{Provider: en.letter.Provider, Outcome: outcome, Origin: OriginReplay})
	default:
		report(Observation{Provider: en.letter.Provider, Outcome: outcome, Origin: en.letter.Origin})
	}
}

// unit is what stands or falls together: all facts of one event, which share a
// claim. If some were committed without the others, the claim would make the
// others look like a repetition. Of a delivery with messages it is all facts.
type unit []entry

// appendUnits adds the delivery's units.
func appendUnits(units []unit, index int, d *Delivery) []unit {
	if len(d.Messages) > 0 {
		units = append(units, whole(index, d))
	} else {
		units = appendEvents(units, index, d)
	}
	for i := range d.Letters {
		units = append(units, unit{entry{delivery: index, letter: &d.Letters[i]}})
	}
	return units
}

// appendEvents adds a unit for each event.
func appendEvents(units []unit, index int, d *Delivery) []unit {
	own := make(map[ClaimKey]int, len(d.Commands))
	for i := range d.Commands {
		c := &d.Commands[i]
		en := entry{delivery: index, command: c}
		key, claims := c.claimKey()
		if at, another := own[key]; claims && another {
			units[at] = append(units[at], en)
			continue
		}
		own[key] = len(units)
		units = append(units, unit{en})
	}
	return units
}

// entriesOf flattens the units.
func entriesOf(units []unit) []entry {
	entries := make([]entry, 0, len(units))
	for _, u := range units {
		entries = append(entries, u...)
	}
	return entries
}

// buried turns what was refused into the dead letters of its events; none if there is
// nothing to keep.
func (u unit) buried(refused *RefusedError) (letters unit) {
	detail := refused.Error() + ": " + refused.hint()
	bury := func(en entry, letter DeadLetter) {
		same := func(l entry) bool { return bytes.Equal(l.letter.Payload, letter.Payload) }
		if !slices.ContainsFunc(letters, same) {
			letters = append(letters, entry{delivery: en.delivery, letter: &letter})
		}
	}
	for _, en := range u {
		switch {
		case en.command != nil:
			bury(en, en.command.deadLetter("refused", detail))
		case en.message != nil && en.message.alone && en.message.from.Body != nil:
			bury(en, en.message.deadLetter(detail))
		}
	}
	return letters
}

// deadLetter turns a command that cannot be applied into a dead letter.
func (c *Command) deadLetter(reason, detail string) DeadLetter {
	origin := c.Origin
	if c.Retried && origin == OriginReplay {
		origin = OriginLive // the replay is ours; where the letter is known, its origin stays
	}
	return DeadLetter{
		Provider: c.Provider, EventID: c.EventID, UserID: c.UserID,
		Reason: reason, Detail: detail,
		Payload: c.Payload, Headers: c.Headers,
		Origin: origin, ReceivedAt: c.ReceivedAt, Retried: c.Retried, Kept: c.Kept,
	}
}
