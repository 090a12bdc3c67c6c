package usersync

// Facts returns the State in which nothing but the command is known. Merging a
// command is Join(state, Facts(command)).
func Facts(c *Command) State {
	s := State{}
	stamp := Stamp{At: c.OccurredAt, Updated: c.UpdatedAt, Sequence: c.Sequence, Event: c.EventID}
	ranked := func(r Rank) Stamp {
		if c.Origin.Listed() {
			r = RankListed
		}
		stamped := stamp
		stamped.Rank = r
		return stamped
	}

	fieldRank := RankUpdated
	if c.Kind == KindCreated {
		fieldRank = RankCreated
	}
	for f := range c.Fields {
		if c.Fields[f].Present() {
			s.Registers[f] = Register{c.Fields[f], ranked(fieldRank)}
		}
	}

	switch c.access() {
	case AccessBanned:
		s.Registers[FieldAccess] = Register{BoolValue(true), ranked(RankUpdated)}
	case AccessUnbanned, AccessCleared:
		s.Registers[FieldAccess] = Register{BoolValue(false), ranked(RankCreated)}
	}
	s.suspend(c, ranked)

	switch c.life() {
	case LifeAlive:
		s.Registers[FieldLife] = Register{BoolValue(false), ranked(RankCreated)}
	case LifeDeleted:
		s.Registers[FieldLife] = Register{BoolValue(true), ranked(RankDeleted)}
		if c.Redact {
			// The profile that the deletion itself carries goes too, also
			// where its stamp is the floor's (a listed deletion).
			for f := range s.Registers {
				if Field(f).personal() {
					s.Registers[f] = Register{}
				}
			}
			s.Floor = ranked(RankDeleted)
		}
	}
	return s
}

// suspend sets the details of a suspension, as a whole: a ban without an end
// must not inherit the end of an earlier one. A bare flag leaves them alone.
func (s *State) suspend(c *Command, ranked func(Rank) Stamp) {
	details := [...]Field{FieldSuspendedAt, FieldSuspendedUntil, FieldSuspendedReason}
	switch {
	case c.Kind == KindBanned:
		for _, f := range details {
			v := c.Fields[f]
			switch {
			case v.Present():
			case f == FieldSuspendedAt:
				v = TimeValue(c.OccurredAt)
			default:
				v = NullValue()
			}
			s.Registers[f] = Register{v, ranked(RankUpdated)}
		}
	case c.access() == AccessCleared:
		for _, f := range details {
			s.Registers[f] = Register{NullValue(), ranked(RankCreated)}
		}
	}
}

// access is the one assertion about access: the kind wins over a flag.
func (c *Command) access() Access {
	switch c.Kind {
	case KindBanned:
		return AccessBanned
	case KindUnbanned:
		return AccessCleared
	default:
		return c.Access
	}
}

// life is the one assertion about life: the kind wins over a status, and a
// status over being listed.
func (c *Command) life() Life {
	switch {
	case c.Kind == KindCreated && !c.Origin.Listed():
		return LifeAlive
	case c.Kind == KindDeleted:
		return LifeDeleted
	case c.Life == LifeLeftOpen:
		return LifeUnsaid
	case c.Life != LifeUnsaid:
		return c.Life
	case c.Origin.Listed():
		return LifeAlive
	default:
		return LifeUnsaid
	}
}
