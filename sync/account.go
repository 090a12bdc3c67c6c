package usersync

// Fate is what became of what one event said of one field. Which fields an event carried is
// kept nowhere, so a fate is what follows from what is kept, and no more.
type Fate string

// The fates.
const (
	// FateStands: the event set the field, and nothing newer has.
	FateStands Fate = "stands"
	// FateOvertaken: the event said something of it, and what is newer holds it.
	FateOvertaken Fate = "overtaken"
	// FateDropped: whatever it said of it, a deletion dropped, its own perhaps. Whether it
	// said anything is not known.
	FateDropped Fate = "dropped"
	// FateOpen: what holds the field is newer than whatever the event said of it. Whether
	// it said anything is not known.
	FateOpen Fate = "open"
	// FateUnsaid: the event said nothing of it: that would have won.
	FateUnsaid Fate = "unsaid"
	// FateLost: the event said something of it, and the row does not know: it was removed,
	// or restored from an older copy, since.
	FateLost Fate = "lost"
)

// Staleness is why an event changed nothing when it was processed.
type Staleness string

// The reasons. StaleNot is of an event that did change something.
const (
	StaleNot Staleness = ""
	// StaleOlder: everything that it carried was older than what the row held.
	StaleOlder Staleness = "older"
	// StaleKnown: what it says stands, so the row had it from another delivery of the same
	// event, whose record was removed, or from another part of it.
	StaleKnown Staleness = "known"
)

// Accounted is what one processed event did, as far as that can be told.
type Accounted struct {
	// Unknown is why nothing can be told, "" if it can.
	Unknown string
	Fields  []Accounts // all fields, access and life among them
	// Redacts says that it is the event whose deletion dropped the profile last.
	Redacts bool
	Stale   Staleness
}

// Accounts is what became of one field.
type Accounts struct {
	Field Field
	Fate  Fate
	// Holder is what holds the field, the event itself if it stands; of a dropped one the
	// deletion; nil if nothing does.
	Holder *Source
	Held   *Explained // the field as it is; nil if nothing is known of it
}

// Stands counts the fields that the event set and still holds.
func (a *Accounted) Stands() (count int) {
	for i := range a.Fields {
		if a.Fields[i].Fate == FateStands {
			count++
		}
	}
	return count
}

// Account tells what a processed event did. told must have been read after the claim was. An
// event that was processed without its time is known by its id alone.
//
// All of it follows from the merge: a field is held by the greatest stamp of all that was
// said of it, and a deletion that redacts is all that takes it away again. So of a field
// that another holds, the event said something smaller, or nothing; and nothing if all that
// it could have said is greater.
func Account(claim *Claim, told *Explanation) *Accounted {
	a := &Accounted{}
	switch {
	case told.Erased != 0:
		a.Unknown = "the user was erased"
	case !told.Row:
		a.Unknown = "there is no row of the user"
	case told.Unreadable != "":
		a.Unknown = "the state of the row cannot be read"
	}
	if a.Unknown != "" {
		return a
	}
	held := [NumFields]*Explained{FieldAccess: told.Access, FieldLife: told.Life}
	for i := range told.Fields {
		held[told.Fields[i].Field] = &told.Fields[i]
	}
	a.Redacts = told.Floor != nil && claim.set(told.Floor)
	for f := range NumFields {
		x := Accounts{Field: f, Held: held[f]}
		if x.Held != nil {
			x.Holder = &x.Held.Source
		} else if f.personal() {
			x.Holder = told.Floor
		}
		x.Fate = claim.fate(x)
		if x.Fate == FateUnsaid && x.Held == nil {
			x.Holder = nil
		}
		a.Fields = append(a.Fields, x)
	}
	switch {
	case claim.Outcome != OutcomeStale:
	case a.Redacts || a.Stands() > 0:
		a.Stale = StaleKnown
	default:
		a.Stale = StaleOlder
	}
	return a
}

// fate decides what became of a field.
func (c *Claim) fate(x Accounts) Fate {
	own := x.Holder != nil && c.set(x.Holder)
	certain := c.says(x.Field)
	switch {
	case own && x.Held != nil:
		return FateStands
	case own:
		return FateDropped
	case x.Holder == nil, c.beats(x.Holder.Stamp):
		if certain {
			return FateLost
		}
		return FateUnsaid
	case x.Held == nil:
		return FateDropped
	case certain:
		return FateOvertaken
	default:
		return FateOpen
	}
}

// set reports whether the event is what a source is. A look at the provider is no event.
func (c *Claim) set(s *Source) bool {
	if s.Rank == RankListed || s.Event != c.EventID || c.EventID == "" {
		return false
	}
	if s.Claim != nil { // one id may have been processed with a time and without
		return s.Claim.ClaimKey == c.ClaimKey
	}
	return c.OccurredAt == 0 || s.At == c.OccurredAt
}

// beats reports whether all that the event could say of a field is greater than a stamp of
// another. Of what one event says the least rank is that of a creation: all that it has
// beside its time and its id is not kept.
func (c *Claim) beats(s Stamp) bool {
	return c.OccurredAt != 0 && (c.OccurredAt > s.At || c.OccurredAt == s.At && s.Rank < RankCreated)
}

// says reports whether events of this kind say something of the field, whatever they carry.
func (c *Claim) says(f Field) bool {
	switch f {
	case FieldLife:
		return c.Kind == KindCreated || c.Kind == KindDeleted
	case FieldAccess, FieldSuspendedAt, FieldSuspendedUntil:
		return c.Kind == KindBanned || c.Kind == KindUnbanned
	default:
		return false
	}
}
