package usersync

import "cmp"

// Rank orders what is asserted at one and the same instant.
type Rank uint8

// The ranks. A user seen in a list yields to every event of the same instant;
// a ban, an update and a deletion win over what they contradict.
const (
	RankListed  Rank = iota
	RankCreated      // fields of user.created, alive, unbanned
	RankUpdated      // fields of every other event, banned
	RankDeleted      // deleted
)

// Stamp says which event set a register. Stamps are compared in Go, bytewise;
// never by a database, whose collations differ.
type Stamp struct {
	At       Micros // when it happened, by the provider's clock
	Rank     Rank   // what is asserted
	Updated  Micros // the payload's own updated_at, or 0
	Sequence uint64 // the provider's sequence number, or 0
	Event    string // the event id
}

// Compare returns -1, 0 or +1.
func (s Stamp) Compare(t Stamp) int {
	if s.At != t.At {
		return cmp.Compare(s.At, t.At)
	}
	return cmp.Or(
		cmp.Compare(s.Rank, t.Rank),
		cmp.Compare(s.Updated, t.Updated),
		cmp.Compare(s.Sequence, t.Sequence),
		cmp.Compare(s.Event, t.Event),
	)
}
