package usersync

import (
	"context"
	"errors"
	"slices"
)

// trusted is how often in one batch those whom the database did not name are tried
// together again. If it goes on naming others there are many guilty, and rather than once
// for each of them the rest is written in halves.
const trusted = 4

// isolation finds out which units of a batch the database refuses.
type isolation struct {
	parts   [][]unit // yet to be tried
	done    []applied
	guilty  []unit // refused alone: their dead letters, which are not stored yet
	trust   int
	carries bool // dead letters go along with the next part
}

// isolate applies the units in one transaction. If it is refused, those whom the database
// names are tried without the others, and the others without them; if it names nobody or
// everybody the part is halved, until the guilty units stand alone. What is refused alone
// is guilty: to be named is no proof. Its dead letters go along with another part if one
// is left, and are returned if not.
func (e *Engine) isolate(ctx context.Context, units []unit, results []Result) (done []applied, guilty []unit) {
	s := isolation{parts: [][]unit{units}, trust: trusted, carries: true}
	for len(s.parts) > 0 {
		part := s.parts[0]
		s.parts = s.parts[1:]
		entries := entriesOf(part)
		var letters, rest []unit
		if s.carries && len(part) > 1 { // alone is alone
			letters, rest = tellApart(s.guilty, func(u unit) bool { return sole(units, u[0].delivery) && results[u[0].delivery].Err == nil })
		}
		own := len(entries)
		entries = append(entries, entriesOf(letters)...)
		outcomes, err := e.transact(ctx, entries, nil)
		var refused *RefusedError
		switch {
		case err == nil:
			s.applied(entries[:own], outcomes, results)
			if len(letters) > 0 {
				s.guilty = rest
				s.done = append(s.done, e.buried(letters)...)
			}
		case errors.As(err, &refused) && len(part) > 1:
			s.divide(part, refused, len(letters) > 0)
		default:
			if refused != nil && !refused.Passing {
				if letters := part[0].buried(refused); len(letters) > 0 {
					s.guilty = append(s.guilty, letters)
					continue
				}
			}
			notDurable(results, entries, err)
		}
	}
	return s.done, s.guilty
}

// applied notes what became of the entries of a part that was committed.
func (s *isolation) applied(entries []entry, outcomes []Outcome, results []Result) {
	for i, en := range entries {
		if outcomes[i] == OutcomeNone {
			results[en.delivery].Busy = true
			continue
		}
		s.done = append(s.done, applied{en, outcomes[i]})
	}
}

// divide cuts a part that was refused. The accused come first, for their dead letters to
// go along with the others. laden says that dead letters went along: if nobody is accused
// it may have been them.
func (s *isolation) divide(part []unit, refused *RefusedError, laden bool) {
	accused, others := accuse(part, refused)
	switch {
	case len(accused) == 0 || len(others) == 0:
		s.carries = s.carries && !laden
		s.halve(part)
	case s.trust > 0:
		s.trust--
		s.parts = append(s.parts, accused, others)
	default:
		s.carries = false // so many would be sent again and again
		s.parts = append(s.parts, accused)
		s.halve(others)
	}
}

// halve puts off both halves of a part. The larger parts are tried before the smaller
// ones: most of the innocents are in them.
func (s *isolation) halve(part []unit) {
	half := len(part) / 2
	for _, p := range [][]unit{part[:half], part[half:]} {
		if len(p) > 0 {
			s.parts = append(s.parts, p)
		}
	}
}

// accuse tells the units of the users whom the database named from the others.
func accuse(part []unit, refused *RefusedError) (accused, others []unit) {
	if len(refused.Suspects) == 0 {
		return nil, part
	}
	users := planOf(entriesOf(part), 0).user // as the transaction had them
	return tellApart(part, func(u unit) bool {
		own := users[:len(u)]
		users = users[len(u):]
		for i, en := range u {
			if en.command != nil && slices.Contains(refused.Suspects, own[i]) {
				return true
			}
		}
		return false
	})
}

// tellApart divides units into those of which is holds and the others.
func tellApart(units []unit, is func(u unit) bool) (those, others []unit) {
	for _, u := range units {
		if is(u) {
			those = append(those, u)
		} else {
			others = append(others, u)
		}
	}
	return those, others
}

// sole reports whether the delivery has one unit only. Of the others it is not known
// before the end whether they have to be tried again as a whole.
func sole(units []unit, delivery int) bool {
	count := 0
	for _, u := range units {
		if u[0].delivery == delivery {
			count++
		}
	}
	return count == 1
}

// bury stores what the database refused as dead letters, all in one
// transaction. A delivery that has to be tried again anyway is left out.
func (e *Engine) bury(ctx context.Context, guilty []unit, results []Result) (done []applied) {
	guilty, _ = tellApart(guilty, func(u unit) bool { r := &results[u[0].delivery]; return !r.Busy && r.Err == nil })
	if len(guilty) == 0 {
		return nil
	}
	entries := entriesOf(guilty)
	if _, err := e.transact(ctx, entries, nil); err != nil {
		notDurable(results, entries, err)
		return nil
	}
	return e.buried(guilty)
}

// buried reports dead letters that were stored.
func (e *Engine) buried(guilty []unit) (done []applied) {
	for _, u := range guilty {
		for _, en := range u {
			done = append(done, applied{en, OutcomeDeadLetter})
		}
		if l := u[0].letter; !l.Retried { // else it was one before
			e.Log.Warn("event became a dead letter", "provider", l.Provider, "reason", l.Reason, "detail", l.Detail)
		}
	}
	return done
}
