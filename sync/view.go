package usersync

// View is what the app sees of a user: the visible columns of the users row
// but its key and the row's own times. Every value is Null or of its field's
// kind, never Absent.
type View struct {
	Columns   [NumColumns]Value
	Suspended bool
	DeletedAt Value
}

// Project returns the visible columns of a state.
func Project(s *State) View {
	var v View
	s.project(&v)
	return v
}

func (s *State) project(v *View) {
	for f := range v.Columns {
		if r := &s.Registers[f]; r.Value.Present() {
			v.Columns[f] = r.Value
		} else {
			v.Columns[f] = NullValue()
		}
	}
	if s.hidesVerification() {
		v.Columns[FieldEmailVerified] = NullValue()
	}
	v.Suspended = s.Registers[FieldAccess].Value.True()
	v.DeletedAt = NullValue()
	if life := &s.Registers[FieldLife]; life.Value.True() {
		v.DeletedAt = TimeValue(life.Stamp.At)
	}
}

// hidesVerification reports whether email_verified was proved for an older
// address than the one that is shown.
func (s *State) hidesVerification() bool {
	verified, email := &s.Registers[FieldEmailVerified], &s.Registers[FieldEmail]
	return verified.Value.Present() && email.Value.Present() && verified.Stamp.Compare(email.Stamp) < 0
}

// Equal reports whether both views show the same.
func (v *View) Equal(w *View) bool {
	for f := range v.Columns {
		if !v.Columns[f].Equal(w.Columns[f]) {
			return false
		}
	}
	return v.Suspended == w.Suspended && v.DeletedAt.Equal(w.DeletedAt)
}
