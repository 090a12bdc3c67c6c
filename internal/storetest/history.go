package storetest

import (
	"fmt"

	usersync "usersync/sync"
)

// Source gives the choices of a random history: a *rand.Rand, or a property
// test that shrinks.
type Source interface {
	// IntN returns a number in [0, n).
	IntN(n int) int
}

// Base is the time about which histories happen: 2026-01-15T10:30:00Z.
const Base = usersync.Micros(1768473000_000000)

// History returns count random commands about the given number of users: all
// kinds, ties within a microsecond, flags, statuses, partial and null fields,
// several facts of one event, listed users, redactions.
func History(s Source, users, count int) []usersync.Command {
	commands := make([]usersync.Command, 0, count)
	for len(commands) < count {
		c := command(s, users)
		if n := len(commands); n > 0 && s.IntN(8) == 0 && !c.Origin.Listed() {
			// Another fact of the event before.
			c.UserKey, c.EventID, c.OccurredAt = commands[n-1].UserKey, commands[n-1].EventID, commands[n-1].OccurredAt
			c.Origin = commands[n-1].Origin
		}
		commands = append(commands, c)
	}
	return commands
}

func command(s Source, users int) usersync.Command {
	c := usersync.Command{
		UserKey: usersync.UserKey{Provider: "p", UserID: fmt.Sprintf("user_%d", s.IntN(users))},
		EventID: fmt.Sprintf("evt_%d", s.IntN(5)),
		Kind:    usersync.KindCreated + usersync.Kind(s.IntN(5)),
		// Few instants, so that ties are common.
		OccurredAt: Base + usersync.Micros(s.IntN(6)),
		ReceivedAt: Base + 1_000_000,
	}
	if s.IntN(4) == 0 {
		c.UpdatedAt = c.OccurredAt - usersync.Micros(s.IntN(2))
	}
	if s.IntN(8) == 0 {
		c.Sequence = uint64(s.IntN(3))
	}
	if s.IntN(6) == 0 {
		c.Origin = [...]usersync.Origin{usersync.OriginBackfill, usersync.OriginHydrate}[s.IntN(2)]
		c.Kind = usersync.KindUpdated
	}
	for f := range usersync.NumColumns {
		if s.IntN(3) == 0 {
			c.Fields[f] = value(s, f)
		}
	}
	c.Access = usersync.Access(s.IntN(8)) // more than half say nothing
	if c.Access > usersync.AccessCleared {
		c.Access = usersync.AccessUnsaid
	}
	c.Life = usersync.Life(s.IntN(12))
	if c.Life > usersync.LifeDeleted {
		c.Life = usersync.LifeUnsaid
	}
	c.Redact = s.IntN(3) == 0
	return c
}

// value returns one of few values, so that equal ones are common.
func value(s Source, f usersync.Field) usersync.Value {
	n := s.IntN(4)
	if n == 0 {
		return usersync.NullValue()
	}
	switch f.Kind() {
	case usersync.Bool:
		return usersync.BoolValue(n > 1)
	case usersync.Time:
		return usersync.TimeValue(Base - usersync.Micros(n)*1_000_003)
	case usersync.JSON:
		return usersync.JSONValue([...]string{`{"plan":"pro"}`, `{}`, `{"n":12345678901234567890,"s":"ü"}`}[n-1])
	default:
		return usersync.TextValue([...]string{"", "a", "Ägypten B"}[n-1])
	}
}

// Fold returns what is known of each user once all commands are merged, in
// whatever order: the reference that every store is held against.
func Fold(commands []usersync.Command) map[usersync.UserKey]usersync.State {
	states := map[usersync.UserKey]usersync.State{}
	for i := range commands {
		key := commands[i].UserKey
		states[key] = usersync.Join(states[key], usersync.Facts(&commands[i]))
	}
	return states
}
