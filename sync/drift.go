package usersync

// DriftKind says how a user of the table differs from the provider's.
type DriftKind string

// The kinds of drift.
const (
	DriftMissing    DriftKind = "missing"    // listed, and not in the table
	DriftChanged    DriftKind = "changed"    // some column differs
	DriftSuspension DriftKind = "suspension" // suspended there and not here, or here and not there
	DriftGone       DriftKind = "gone"       // deleted at the provider, alive here
)

// DriftCounts are how many users differ, by kind.
type DriftCounts struct {
	Missing    int64 `json:"missing,omitempty"`
	Changed    int64 `json:"changed,omitempty"`
	Suspension int64 `json:"suspension,omitempty"`
	Gone       int64 `json:"gone,omitempty"`
}

// Total is how many users differ.
func (c DriftCounts) Total() int64 { return c.Missing + c.Changed + c.Suspension + c.Gone }

// Drift is one user who is not as the provider has them.
type Drift struct {
	UserKey
	Kind   DriftKind
	Before View // the zero View of a missing one
	After  View // as the provider has it
}

// driftOf compares a row with what it is to become.
func driftOf(key UserKey, made bool, before, after View) Drift {
	d := Drift{UserKey: key, Kind: DriftChanged, Before: before, After: after}
	switch {
	case made:
		d.Kind, d.Before = DriftMissing, View{}
	case before.DeletedAt.Kind() != Time && after.DeletedAt.Kind() == Time:
		d.Kind = DriftGone
	case before.Suspended != after.Suspended:
		d.Kind = DriftSuspension
	}
	return d
}

// Columns names the columns that differ.
func (d *Drift) Columns() (names []string) {
	for f := range NumColumns {
		if !d.Before.Columns[f].Equal(d.After.Columns[f]) {
			names = append(names, f.String())
		}
	}
	if d.Before.Suspended != d.After.Suspended {
		names = append(names, "suspended")
	}
	if !d.Before.DeletedAt.Equal(d.After.DeletedAt) {
		names = append(names, "deleted_at")
	}
	return names
}

// stillDeleted reports whether all that is new of a user is that they were seen deleted
// later: lists that go on showing who was deleted say so each time.
func stillDeleted(before, after View) bool {
	if before.DeletedAt.Kind() != Time || after.DeletedAt.Kind() != Time {
		return false
	}
	before.DeletedAt = after.DeletedAt
	return before.Equal(&after)
}

// tellDrift reports each visible change of a transaction.
func (p *plan) tellDrift(changes *Changes, known Known, found func(Drift)) {
	if found == nil {
		return
	}
	for i := range changes.Rows {
		row := &changes.Rows[i]
		if user := &known.Users[row.User]; row.Visible {
			var before View
			if !user.New {
				before = Project(user.State)
			}
			if !stillDeleted(before, row.View) {
				found(driftOf(p.lock.Users[row.User], user.New, before, row.View))
			}
		}
	}
}
