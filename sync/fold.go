package usersync

import (
	"bytes"
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

// ignoresClaims reports whether the command is merged although its event was seen.
func (c *Command) ignoresClaims() bool { return c.Origin == OriginReplay && !c.Retried }

// looksUp reports whether the command must not be merged if its claim stands:
// its time may differ from the first delivery's, so the merge alone would take
// a repetition for something new. Replays ignore claims.
func (c *Command) looksUp() bool {
	return c.Unstable && !c.ignoresClaims() && !c.Origin.Listed()
}

// plan finds the rows and claims that the entries need.
type plan struct {
	lock   Lock
	order  []int // the entries with a command: those of a user together, in their order
	user   []int // of each entry: the index of its user; of a letter or message that of whom it mentions, or -1
	lookup map[ClaimKey]int

	messages []int // the entries with a message
}

func planOf(entries []entry, now Micros) plan {
	type keyed struct {
		id    UUID
		entry int
	}
	p := plan{lock: Lock{At: now}, user: make([]int, len(entries))}
	keys := make([]keyed, 0, len(entries))
	for i, e := range entries {
		p.user[i] = -1
		if e.command == nil {
			p.mentions(i, e)
			continue
		}
		keys = append(keys, keyed{e.command.ID(), i})
		if e.command.looksUp() {
			p.looksUp(e.command)
		}
	}
	// Everybody locks in the order of the ids, so nobody waits in a circle.
	slices.SortFunc(keys, func(a, b keyed) int {
		return cmp.Or(bytes.Compare(a.id[:], b.id[:]), cmp.Compare(a.entry, b.entry))
	})
	p.order = make([]int, len(keys))
	p.lock.Users = make([]UserKey, 0, len(keys))
	p.lock.IDs = make([]UUID, 0, len(keys))
	for i, k := range keys {
		if i == 0 || k.id != keys[i-1].id {
			p.lock.IDs = append(p.lock.IDs, k.id)
			p.lock.Users = append(p.lock.Users, entries[k.entry].command.UserKey)
		}
		p.order[i] = k.entry
		p.user[k.entry] = len(p.lock.Users) - 1
	}
	return p
}

// mentions notes whom a letter or a message is about.
func (p *plan) mentions(i int, e entry) {
	var whom UserKey
	if e.letter != nil {
		whom = UserKey{e.letter.Provider, e.letter.UserID}
	} else {
		whom = UserKey{e.message.Provider, e.message.UserID}
		p.messages = append(p.messages, i)
	}
	if whom.UserID != "" {
		p.user[i] = len(p.lock.Mentioned)
		p.lock.Mentioned = append(p.lock.Mentioned, whom)
	}
}

// looksUp adds the command's claim to those that are looked up.
func (p *plan) looksUp(c *Command) {
	key, _ := c.claimKey()
	if _, seen := p.lookup[key]; seen {
		return
	}
	if p.lookup == nil {
		p.lookup = map[ClaimKey]int{}
	}
	p.lookup[key] = len(p.lock.Lookup)
	p.lock.Lookup = append(p.lock.Lookup, key)
}

// decision is the result of folding a batch over what is known.
type decision struct {
	changes  Changes
	outcomes []Outcome // of each entry; OutcomeNone: its delivery waits for a locked row
	claims   []int     // of each entry: index of its claim in changes, or -1

	claimedBy map[ClaimKey]int // the entry that made the claim; of the user who is folded
	stored    []byte           // the states of the rows, one behind the other
}

// usualState is the size of most stored states, in bytes.
const usualState = 128

// decide folds the entries over what is known, user by user and for each in
// the order of the entries. It is pure.
func (p *plan) decide(entries []entry, known Known) decision {
	d := decision{outcomes: make([]Outcome, len(entries)), claims: make([]int, len(entries))}
	d.changes.Rows = make([]RowChange, 0, len(known.Users))
	d.stored = make([]byte, 0, usualState*len(known.Users))
	waits := p.waiting(entries, known)
	for i, e := range entries {
		d.claims[i] = -1
		switch {
		case e.letter == nil || waits[e.delivery]:
		case p.user[i] >= 0 && known.Mentioned != nil && known.Mentioned[p.user[i]]:
			d.outcomes[i] = OutcomeIgnored
		default:
			d.bury(i, *e.letter)
		}
	}
	for from := 0; from < len(p.order); {
		user := p.user[p.order[from]]
		to := from + 1
		for to < len(p.order) && p.user[p.order[to]] == user {
			to++
		}
		d.fold(p, entries, known, user, p.order[from:to], waits)
		from = to
	}
	d.post(p, entries, known, waits)
	return d
}

// bury makes an entry a dead letter.
func (d *decision) bury(entry int, letter DeadLetter) {
	d.changes.Letters = append(d.changes.Letters, letter)
	d.outcomes[entry] = OutcomeDeadLetter
}

// fold folds the entries of one user.
func (d *decision) fold(p *plan, entries []entry, known Known, user int, own []int, waits map[int]bool) {
	found := &known.Users[user]
	if found.Erased {
		d.forget(entries, user, found, own, waits)
		return
	}
	if found.Unusable == nil && !found.Locked {
		return // all of its deliveries wait
	}
	var state State
	if found.State != nil {
		state = *found.State
	}
	if len(own) > 1 { // a claim is one user's
		d.claimedBy = make(map[ClaimKey]int, len(own))
	}
	touched, changed := false, false
	for _, i := range own {
		c := entries[i].command
		switch {
		case waits[entries[i].delivery]:
			continue
		case found.Unusable != nil:
			d.bury(i, c.deadLetter("unusable_row", found.Unusable.Error()))
			continue
		}
		key, claims := c.claimKey()
		first, claimed := 0, false
		if claims && len(own) > 1 {
			first, claimed = d.claimedBy[key]
		}
		repeated := claimed && entries[first].delivery != entries[i].delivery
		if c.looksUp() && (repeated || known.Claimed[p.lookup[key]]) {
			d.outcomes[i] = OutcomeDuplicate
			continue
		}
		facts := Facts(c)
		news := state.absorb(&facts)
		// A thin event says only that the user exists: nothing that
		// could be older than what is known.
		fresh := found.New && !touched
		d.outcomes[i] = OutcomeStale
		if fresh || news || facts.empty() {
			d.outcomes[i] = OutcomeApplied
		}
		touched = true
		changed = changed || news
		switch {
		case repeated:
			d.outcomes[i] = OutcomeDuplicate
		case claimed: // another fact of the same event
			d.claims[i] = d.claims[first]
		case claims:
			d.claim(i, Claim{ClaimKey: key, Kind: c.Kind, ReceivedAt: c.ReceivedAt, Outcome: d.outcomes[i], Origin: c.Origin, MayStand: !fresh && !news})
			if len(own) > 1 {
				d.claimedBy[key] = i
			}
		}
	}
	switch {
	case touched && (found.New || changed):
		d.row(user, found, &state, p.lock.Look)
	case !touched && found.New:
		d.changes.Unmade = append(d.changes.Unmade, user)
	}
}

// forget ignores the entries of a user who was erased.
func (d *decision) forget(entries []entry, user int, found *KnownUser, own []int, waits map[int]bool) {
	for _, i := range own {
		if !waits[entries[i].delivery] {
			d.outcomes[i] = OutcomeIgnored
		}
	}
	if found.New {
		d.changes.Unmade = append(d.changes.Unmade, user)
	}
}

// claim records an entry's claim.
func (d *decision) claim(entry int, claim Claim) {
	if d.changes.Claims == nil {
		d.changes.Claims = make([]Claim, 0, len(d.claims))
	}
	d.claims[entry] = len(d.changes.Claims)
	d.changes.Claims = append(d.changes.Claims, claim)
}

// row adds a row whose state changed. Its stored form is left out if nothing will
// be written.
func (d *decision) row(user int, found *KnownUser, state *State, look bool) {
	from := len(d.stored)
	if !look {
		d.stored = EncodeState(d.stored, state)
	}
	d.changes.Rows = append(d.changes.Rows, RowChange{User: user, State: d.stored[from:len(d.stored):len(d.stored)], Visible: found.New})
	row := &d.changes.Rows[len(d.changes.Rows)-1]
	state.project(&row.View)
	if !found.New {
		before := Project(found.State)
		row.Visible = !row.View.Equal(&before)
	}
	metadata := &row.View.Columns[FieldMetadata]
	_, whole := metadata.Document()
	row.Metadata = whole || metadata.Kind() == Null
}

// waiting says of each delivery whether one of its users' rows is held by
// somebody else. It then waits as a whole: one answer, one transaction.
func (p *plan) waiting(entries []entry, known Known) map[int]bool {
	var waits map[int]bool
	for _, i := range p.order {
		if u := &known.Users[p.user[i]]; !u.Locked && u.Unusable == nil && !u.Erased {
			if waits == nil {
				waits = map[int]bool{}
			}
			waits[entries[i].delivery] = true
		}
	}
	return waits
}
