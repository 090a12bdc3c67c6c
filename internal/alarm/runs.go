package alarm

import (
	"fmt"

	usersync "usersync/sync"
)

// runs judges how the last plan or reconcile of a provider ended. One that is going on,
// or has failed, says nothing new.
func (j *judgement) runs(name string) {
	var newest, ended *usersync.RunRecord
	if j.seen.Census != nil {
		for i := range j.seen.Census.Runs {
			r := &j.seen.Census.Runs[i]
			if r.Provider != name || r.Kind != usersync.RunPlan && r.Kind != usersync.RunReconcile {
				continue
			}
			if newest == nil || r.ID > newest.ID {
				newest = r
			}
			if (r.Outcome == usersync.RunComplete || r.Outcome == usersync.RunHeld) && (ended == nil || r.ID > ended.ID) {
				ended = r
			}
		}
	}
	drift := verdict{alarm: Alarm{Kind: DriftHeld, Provider: name, Severity: Warning}}
	held := verdict{alarm: Alarm{Kind: DeletesHeld, Provider: name, Severity: Warning}}
	if ended != nil {
		drift.alarm.Since, held.alarm.Since = ended.Finished.Time(), ended.Finished.Time()
		c := &ended.Counts
		drift.raised = ended.Kind == usersync.RunPlan && c.Drift.Total() > 0
		drift.alarm.Text = fmt.Sprintf("the last plan found %s: %d missing, %d changed, %d whose suspension differs, %d gone; nobody has applied it",
			counted(c.Drift.Total(), "user who differs", "users who differ"), c.Drift.Missing, c.Drift.Changed, c.Drift.Suspension, c.Drift.Gone)
		drift.alarm.Remedy = fmt.Sprintf("look with `usersync reconcile %[1]s` or on the page of runs, then repair with `usersync reconcile %[1]s --apply`", name)
		// Looking repairs nothing: a plan that would delete too many says so as well.
		held.raised = ended.Outcome == usersync.RunHeld
		held.alarm.Text = "the last reconcile held deletions back: " + c.Held
		if ended.Kind == usersync.RunPlan {
			held.alarm.Text = "the last plan would hold deletions back: " + c.Held
		}
		held.alarm.Remedy = fmt.Sprintf("look who is gone with `usersync reconcile %[1]s`; if that is right, `usersync reconcile %[1]s --apply` with a larger --max-deletes deletes them", name)
	}
	// While a newer run goes on, what stood stays; a finding that nobody has seen yet, too.
	conclusive := j.seen.Census != nil && newest == ended
	drift.over, held.over = conclusive && !drift.raised, conclusive && !held.raised
	j.settle(drift)
	j.settle(held)
}
