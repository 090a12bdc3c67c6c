package usersync

import (
	"cmp"
	"slices"
)

// claimKey returns by what the command's event is known; ok is false for a
// user seen in a list, which is no event.
func (c *Command) claimKey() (key ClaimKey, ok bool) {
	if c.Origin.Listed() {
		return ClaimKey{}, false
	}
	key = ClaimKey{OccurredAt: c.OccurredAt, EventID: c.EventID, UserKey: c.UserKey}
	if c.Unstable {
		key.OccurredAt = 0
	}
	return key, true
}

// looksUp reports whether the command must not be merged if its claim stands:
// its time may differ from the first delivery's, so the merge alone would take
// a repetition for something new. Replays ignore claims.
func (c *Command) looksUp() bool {
	return c.Unstable && c.Origin != OriginReplay && !c.Origin.Listed()
}

// plan finds the rows and claims that the entries need.
type plan struct {
	lock   Lock
	user   map[UserKey]int
	lookup map[ClaimKey]int
}

func planOf(entries []entry, now Micros) plan {
	p := plan{lock: Lock{At: now}, user: make(map[UserKey]int, len(entries)), lookup: map[ClaimKey]int{}}
	type keyed struct {
		id  UUID
		key UserKey
	}
	users := make([]keyed, 0, len(entries))
	for _, e := range entries {
		if e.command == nil {
			continue
		}
		if _, seen := p.user[e.command.UserKey]; !seen {
			p.user[e.command.UserKey] = 0
			users = append(users, keyed{e.command.ID(), e.command.UserKey})
		}
		if key, _ := e.command.claimKey(); e.command.looksUp() {
			if _, seen := p.lookup[key]; !seen {
				p.lookup[key] = len(p.lock.Lookup)
				p.lock.Lookup = append(p.lock.Lookup, key)
			}
		}
	}
	// Everybody locks in the order of the ids, so nobody waits in a circle.
	slices.SortFunc(users, func(a, b keyed) int { return cmp.Compare(string(a.id[:]), string(b.id[:])) })
	p.lock.Users = make([]UserKey, len(users))
	for i, u := range users {
		p.lock.Users[i] = u.key
		p.user[u.key] = i
	}
	return p
}

// decision is the result of folding a batch over what is known.
type decision struct {
	changes  Changes
	outcomes []Outcome // of each entry; OutcomeNone: its delivery waits for a locked row
	claims   []int     // of each entry: index of its claim in changes, or -1
}

// decide folds the entries, in their order, over what is known. It is pure.
func (p plan) decide(entries []entry, known Known) decision {
	d := decision{
		outcomes: make([]Outcome, len(entries)),
		claims:   make([]int, len(entries)),
	}
	waits := p.waiting(entries, known)
	states := make([]State, len(known.Users))
	touched, changed := make([]bool, len(known.Users)), make([]bool, len(known.Users))
	for i := range known.Users {
		states[i] = known.Users[i].State
	}
	claimedBy := make(map[ClaimKey]int, len(entries)) // the entry that made the claim

	for i, e := range entries {
		d.claims[i] = -1
		switch {
		case waits[e.delivery]:
		case e.command != nil && known.Users[p.user[e.command.UserKey]].Unusable != nil:
			letter := e.command.deadLetter("unusable_row", known.Users[p.user[e.command.UserKey]].Unusable.Error())
			d.changes.Letters = append(d.changes.Letters, letter)
			d.outcomes[i] = OutcomeDeadLetter
		case e.letter != nil:
			d.changes.Letters = append(d.changes.Letters, *e.letter)
			d.outcomes[i] = OutcomeDeadLetter
		default:
			c := e.command
			key, claims := c.claimKey()
			first, repeated := claimedBy[key]
			repeated = repeated && claims && entries[first].delivery != e.delivery
			if c.looksUp() && (repeated || known.Claimed[p.lookup[key]]) {
				d.outcomes[i] = OutcomeDuplicate
				continue
			}
			user := p.user[c.UserKey]
			before := &states[user]
			facts := Facts(c)
			news := before.absorb(&facts)
			// A thin event says only that the user exists: nothing that
			// could be older than what is known.
			fresh := known.Users[user].New && !touched[user]
			d.outcomes[i] = OutcomeStale
			if fresh || news || facts.empty() {
				d.outcomes[i] = OutcomeApplied
			}
			touched[user] = true
			changed[user] = changed[user] || news
			switch {
			case repeated:
				d.outcomes[i] = OutcomeDuplicate
			case claims:
				if _, own := claimedBy[key]; own { // another fact of the same event
					d.claims[i] = d.claims[first]
					break
				}
				claimedBy[key] = i
				d.claims[i] = len(d.changes.Claims)
				d.changes.Claims = append(d.changes.Claims, Claim{key, c.Kind, c.ReceivedAt, d.outcomes[i], c.Origin})
			}
		}
	}
	d.changes.rows(known, states, touched, changed)
	return d
}

// waiting says of each delivery whether one of its users' rows is held by
// somebody else. It then waits as a whole: one answer, one transaction.
func (p plan) waiting(entries []entry, known Known) map[int]bool {
	var waits map[int]bool
	for _, e := range entries {
		if e.command == nil {
			continue
		}
		if u := &known.Users[p.user[e.command.UserKey]]; !u.Locked && u.Unusable == nil {
			if waits == nil {
				waits = map[int]bool{}
			}
			waits[e.delivery] = true
		}
	}
	return waits
}

// rows lists the rows whose state changed.
func (ch *Changes) rows(known Known, states []State, touched, changed []bool) {
	ch.Rows = make([]RowChange, 0, len(states))
	for i := range known.Users {
		u := &known.Users[i]
		switch {
		case !touched[i]:
			if u.New {
				ch.Unmade = append(ch.Unmade, i)
			}
			continue
		case !u.New && !changed[i]:
			continue
		}
		view, before := Project(&states[i]), Project(&u.State)
		_, whole := view.Columns[FieldMetadata].Document()
		ch.Rows = append(ch.Rows, RowChange{
			User:     i,
			State:    states[i],
			View:     view,
			Visible:  u.New || !view.Equal(&before),
			Metadata: whole || view.Columns[FieldMetadata].Kind() == Null,
		})
	}
}
