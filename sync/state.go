package usersync

// Register is one field's value and the stamp that set it. The zero Register
// knows nothing.
type Register struct {
	Value Value
	Stamp Stamp
}

// join keeps the greater stamp; of equal stamps the greater canonical value.
func (r Register) join(other Register) Register {
	switch {
	case !other.Value.Present():
		return r
	case !r.Value.Present():
		return other
	}
	if c := r.Stamp.Compare(other.Stamp); c < 0 || c == 0 && r.Value.compare(other.Value) < 0 {
		return other
	}
	return r
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
	for f := range a.Registers {
		a.Registers[f] = a.Registers[f].join(b.Registers[f])
	}
	if a.Floor.Compare(b.Floor) < 0 {
		a.Floor = b.Floor
	}
	return a.redacted()
}

// redacted drops every personal register below the floor.
func (s State) redacted() State {
	if s.Floor == (Stamp{}) {
		return s
	}
	for f := range s.Registers {
		if Field(f).personal() && s.Registers[f].Stamp.Compare(s.Floor) < 0 {
			s.Registers[f] = Register{}
		}
	}
	return s
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
