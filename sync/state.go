package usersync

// Register is one field's value and the stamp that set it. The zero Register
// knows nothing.
type Register struct {
	Value Value
	Stamp Stamp
}

// yields reports whether other is the one to keep: that with the greater stamp;
// of equal stamps that with the greater canonical value.
func (r *Register) yields(other *Register) bool {
	if !other.Value.Present() || !r.Value.Present() {
		return other.Value.Present()
	}
	c := r.Stamp.Compare(other.Stamp)
	return c < 0 || c == 0 && r.Value.compare(other.Value) < 0
}

// State is all that is known about one user: a product of registers, and the
// floor below which the profile is redacted. The zero State knows nothing.
type State struct {
	Registers [NumFields]Register
	// Floor is the greatest stamp of the deletions that redact; the zero
	// Stamp is no floor.
	Floor Stamp
}

// Join returns what is known if both a and b are. It is commutative,
// associative and idempotent: the law on which everything else rests.
func Join(a, b State) State {
	a.absorb(&b)
	return a
}

// absorb makes s what is known if both s and other are, and reports whether
// that is anything new. A personal register below the floor is dropped,
// whichever came first.
func (s *State) absorb(other *State) (changed bool) {
	if s.Floor.Compare(other.Floor) < 0 {
		s.Floor = other.Floor
		changed = true
		for f := range s.Registers {
			if Field(f).personal() && s.Registers[f].Stamp.Compare(s.Floor) < 0 {
				s.Registers[f] = Register{}
			}
		}
	}
	floored := s.Floor != (Stamp{})
	for f := range s.Registers {
		r := &other.Registers[f]
		if !s.Registers[f].yields(r) || floored && Field(f).personal() && r.Stamp.Compare(s.Floor) < 0 {
			continue
		}
		s.Registers[f] = *r
		changed = true
	}
	return changed
}

// empty reports whether nothing is known.
func (s *State) empty() bool {
	for f := range s.Registers {
		if s.Registers[f].Value.Present() {
			return false
		}
	}
	return s.Floor == (Stamp{})
}

// Equal reports whether both states know the same.
func (s State) Equal(t State) bool {
	if s.Floor != t.Floor {
		return false
	}
	for f := range s.Registers {
		if s.Registers[f].Stamp != t.Registers[f].Stamp || !s.Registers[f].Value.Equal(t.Registers[f].Value) {
			return false
		}
	}
	return true
}
