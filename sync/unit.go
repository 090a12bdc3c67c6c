package usersync

// entry is one member of a batch: a command or a dead letter of a delivery.
type entry struct {
	delivery int // index in the batch: what is answered together
	command  *Command
	letter   *DeadLetter
}

// observe reports an entry that became durable.
func (en entry) observe(report func(string, Kind, Outcome, Origin), outcome Outcome) {
	switch {
	case report == nil || outcome == OutcomeNone:
	case en.command != nil:
		report(en.command.Provider, en.command.Kind, outcome, en.command.Origin)
	case en.letter.Retried:
		report(en.letter.Provider, KindNone, outcome, OriginReplay) // it was counted when it came
	default:
		report(en.letter.Provider, KindNone, outcome, en.letter.Origin)
	}
}

// unit is what stands or falls together: all facts of one event, which share a
// claim. If some were committed without the others, the claim would make the
// others look like a repetition.
type unit []entry

// appendUnits adds the delivery's units.
func appendUnits(units []unit, index int, d *Delivery) []unit {
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
	for i := range d.Letters {
		units = append(units, unit{entry{delivery: index, letter: &d.Letters[i]}})
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

// buried turns a refused event into its dead letter.
func (u unit) buried(refused *RefusedError) unit {
	letter := u[0].command.deadLetter("refused", refused.Error()+": "+refused.hint())
	return unit{entry{delivery: u[0].delivery, letter: &letter}}
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
