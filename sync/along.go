package usersync

import (
	"context"
	"slices"
)

// along is the run that is written along with the entries of a list, and what
// is found out on the way.
type along struct {
	next   func(context.Context) (Run, error) // waits for its turn, and gives the run to save
	kept   bool                               // the run is kept
	unseen bool                               // the users are most likely new

	run     Run   // what next gave
	saved   Run   // run, and what was changed with it
	write   *Run  // the changes' own copy of saved, nil if they have none
	changed int64 // users of whom anything visible changes
	allNew  bool  // the users were new
}

// turn waits for the entries' turn. It may come before or after decided.
func (a *along) turn(ctx context.Context) (err error) {
	if a.run, err = a.next(ctx); err == nil {
		a.settle()
	}
	return err
}

// decided adds the run to the changes, unless a row has to be waited for: then
// nothing of the page is durable. It is called again if the transaction is
// repeated.
func (a *along) decided(d *decision, known Known) {
	made := len(known.made())
	a.allNew = made == len(known.Users) && made > 0
	a.changed = d.changes.visible()
	if a.write = nil; a.kept && !slices.Contains(d.outcomes, OutcomeNone) {
		a.write = &Run{}
		d.changes.Run = a.write
	}
	a.settle()
}

func (a *along) settle() {
	a.saved = a.run
	a.saved.Counts.Changed += a.changed
	if a.write != nil {
		*a.write = a.saved
	}
}

// visible counts the rows of which the app sees a change.
func (ch *Changes) visible() (count int64) {
	for i := range ch.Rows {
		if ch.Rows[i].Visible {
			count++
		}
	}
	return count
}
