package usersync

import "context"

// Explainer tells what is known of a user and which event said so.
type Explainer interface {
	// Explain reads what is kept of a user, with at most limit of the user's
	// processed events, the newest first. They are looked for among about so many events of
	// all users, the newest, as back says, 0 among all: that may be millions. It changes
	// and locks nothing.
	Explain(ctx context.Context, key UserKey, limit, back int) (*Explanation, error)
}

// Explanation is what is known of one user, to be shown.
type Explanation struct {
	UserKey
	ID UUID
	// Row says whether there is a row. CreatedAt and UpdatedAt are its own times.
	Row                  bool
	CreatedAt, UpdatedAt Micros
	// Unreadable is why the row's state tells nothing; "" if it does.
	Unreadable string
	Fields     []Explained // those of which something is known, in the order of the columns
	Access     *Explained  // suspended or not, nil if nobody has said
	Life       *Explained  // deleted or not, likewise
	Floor      *Source     // the deletion that redacted the profile, nil if none did

	Events []Claim // the newest first
	More   bool    // there may be older events
	// Letters are the newest dead letters that name the user, without their payload.
	Letters []Buried
	// Messages are the oldest ones about the user that no receiver has taken, without
	// their bodies.
	Messages []MessageState
	Waiting  *Waiting // to be fetched; nil if not
	Erased   Micros   // when the user was erased, 0 if never
}

// Nothing reports whether nothing is known, not even that the user was erased.
func (e *Explanation) Nothing() bool {
	return !e.Row && len(e.Events) == 0 && len(e.Letters)+len(e.Messages) == 0 && e.Waiting == nil && e.Erased == 0
}

// Explained is one field and what set it.
type Explained struct {
	Field Field
	Value Value
	// Hidden says that the column shows null instead: the address was verified
	// before it changed.
	Hidden bool
	Source
}

// Source is the event, or the look at the provider, that said something.
type Source struct {
	Stamp
	Means string // what the stamp asserts, in a word
	Claim *Claim // the event as it was processed; nil for a list or a fetch, or if it is not kept any more
}

// Buried is a dead letter, without what it holds.
type Buried struct {
	ID                  int64
	EventID             string
	Reason, Detail      string
	Origin              string
	FirstSeen, LastSeen Micros
	Seen                int64
	DueAt               Micros // 0 if it is not tried by itself
}

// Waiting is a user who waits to be fetched.
type Waiting struct {
	DueAt    Micros
	Attempts int
	Requests int64
}

// Explain tells of each field of a state which event set it. shown has the
// document of the metadata, of which the state knows the hash; claims are the
// events among which the sources are looked for.
func Explain(key UserKey, s *State, shown *View, claims []Claim) *Explanation {
	e := &Explanation{UserKey: key, ID: key.ID(), Row: true}
	find := finderOf(key, claims)
	for f := range NumFields {
		r := &s.Registers[f]
		if !r.Value.Present() {
			continue
		}
		x := Explained{Field: f, Value: r.Value, Source: Source{r.Stamp, meaning(f, r), find(r.Stamp)}}
		switch f {
		case FieldAccess:
			e.Access = &x
			continue
		case FieldLife:
			e.Life = &x
			continue
		case FieldMetadata:
			x.Value = shown.Columns[f]
		case FieldEmailVerified:
			x.Hidden = s.hidesVerification()
		}
		e.Fields = append(e.Fields, x)
	}
	if s.Floor != (Stamp{}) {
		e.Floor = &Source{s.Floor, "redacted", find(s.Floor)}
	}
	return e
}

// Sources lists the keys under which the events that a state rests on may have
// been processed: each by its time, and without one if its time may change.
func Sources(key UserKey, s *State) (keys []ClaimKey) {
	seen := map[ClaimKey]bool{}
	note := func(stamp Stamp) {
		for _, at := range [...]Micros{stamp.At, 0} {
			k := ClaimKey{OccurredAt: at, EventID: stamp.Event, UserKey: key}
			if stamp.Event != "" && !seen[k] {
				seen[k] = true
				keys = append(keys, k)
			}
		}
	}
	for f := range s.Registers {
		if s.Registers[f].Value.Present() {
			note(s.Registers[f].Stamp)
		}
	}
	note(s.Floor)
	return keys
}

// finderOf returns a function that finds the claim of a stamp. A user who was
// seen in a list has none, whatever its stamp looks like.
func finderOf(key UserKey, claims []Claim) func(Stamp) *Claim {
	byKey := make(map[ClaimKey]*Claim, len(claims))
	for i := range claims {
		byKey[claims[i].ClaimKey] = &claims[i]
	}
	return func(stamp Stamp) *Claim {
		if stamp.Rank == RankListed || stamp.Event == "" {
			return nil
		}
		if c := byKey[ClaimKey{OccurredAt: stamp.At, EventID: stamp.Event, UserKey: key}]; c != nil {
			return c
		}
		return byKey[ClaimKey{EventID: stamp.Event, UserKey: key}]
	}
}

// meaning says what the stamp of a register asserts.
func meaning(f Field, r *Register) string {
	switch {
	case r.Stamp.Rank == RankListed && f == FieldLife && r.Value.True():
		return "gone at the provider"
	case r.Stamp.Rank == RankListed:
		return "listed"
	case f == FieldAccess && r.Value.True():
		return "banned"
	case f == FieldAccess:
		return "unbanned"
	case f == FieldLife && r.Value.True():
		return "deleted"
	case f == FieldLife:
		return "alive"
	case r.Stamp.Rank == RankCreated:
		return "created"
	case r.Stamp.Rank == RankDeleted:
		return "deleted"
	default:
		return "updated"
	}
}
