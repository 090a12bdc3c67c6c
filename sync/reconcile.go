package usersync

import (
	"context"
	"fmt"
)

// Reconcile compares a provider's whole list with the table, and repairs what
// differs unless its Engine only looks. What is listed is merged as by a
// backfill. A user who is not listed is deleted after a complete listing and a
// confirmation, within a limit.
type Reconcile struct {
	Provider string
	Backfill Backfill // reads the list
	Roll     Roll
	// Fetcher confirms that a user is gone; nil: a second listing does.
	Fetcher Fetcher
	// Listed remembers whom the list named. If the Engine only looks nothing
	// else tells; otherwise it is for those who were listed and not written.
	// May be nil in a run that goes on with another.
	Listed Tally
	// MaxDeletes says how many of so many users may be deleted.
	MaxDeletes func(alive int64) int64
	// Emptied allows deletions although none of the users here is listed.
	Emptied bool
	// Only, if not nil, names those who may be deleted; others are left alone.
	Only   func(UserKey) bool
	Redact bool // a deletion drops the profile
}

// Reconciled is what a run found besides its counts.
type Reconciled struct {
	Alive    int64     // users of the provider in the table, before anybody was deleted
	Unlisted int64     // of them, those not listed
	Hidden   int64     // of these, those who are there all the same
	Young    int64     // users not listed of whom the provider has spoken since: not judged
	Instant  Micros    // when the list was true
	Suspects []UserKey // some of the unlisted, if they are held
	Held     string    // why nobody, or not everybody, was deleted; "" if all who are gone were
	Findings *Findings // who differs, of this part of the run
}

// Outcome is how a run that found this is recorded.
func (r *Reconciled) Outcome() RunOutcome {
	if r.Held != "" {
		return RunHeld
	}
	return RunComplete
}

// hold keeps the first reason: the others may follow from it.
func (r *Reconciled) hold(reason string) {
	if r.Held == "" {
		r.Held = reason
	}
}

// someHidden is how many users a list that moves may leave out, beside one in a
// hundred.
const someHidden = 10

// suspectsShown is how many of those who are held are named.
const suspectsShown = 10

// Run reads the list from run.Cursor to its end and then calls the roll. To go
// on after an error, call it again with the run that it returns. The counts of
// that also say who differed and what is held, so that they are saved with its end.
func (r *Reconcile) Run(ctx context.Context, run Run) (Run, *Reconciled, error) {
	result := &Reconciled{Findings: NewFindings()}
	noting, told := *r, r.Backfill.Engine.Found
	engine := *r.Backfill.Engine
	engine.Found = func(d Drift) {
		if result.Findings.Add(d); told != nil {
			told(d)
		}
	}
	noting.Backfill.Engine = &engine
	run.Counts.Drift, run.Counts.Held = DriftCounts{}, "" // of a part that was interrupted
	run, err := noting.run(ctx, run, result)
	run.Counts.Drift, run.Counts.Held = result.Findings.counts(), result.Held
	return run, result, err
}

func (r *Reconcile) run(ctx context.Context, run Run, result *Reconciled) (Run, error) {
	job := r.Backfill
	job.Seen = r.tally
	run, err := job.Run(ctx, run)
	if err != nil {
		return run, err
	}
	found, err := callRoll(ctx, r.Roll, r.Provider, run.Instant, r.Listed)
	if err != nil {
		return run, fmt.Errorf("calling the roll: %w", err)
	}
	result.Alive, result.Unlisted, result.Instant = found.alive, found.count, run.Instant
	if r.Listed != nil {
		result.Young = found.young
	}
	if held := r.holds(found, run); held != "" {
		result.hold(held)
		result.Suspects = found.gone[:min(len(found.gone), suspectsShown)]
		return run, nil
	}
	if found.count > mostGone {
		result.hold(fmt.Sprintf("%d more are left for the next run", found.count-mostGone))
	}
	run, err = r.remove(ctx, run, r.allowed(found.gone, result), found.witness, result)
	if result.Hidden > someHidden+found.alive/100 {
		result.hold(fmt.Sprintf("the list is not complete: it leaves out %d users who are there", result.Hidden))
	}
	return run, err
}

// allowed leaves out those who may not be deleted.
func (r *Reconcile) allowed(gone []UserKey, result *Reconciled) (allowed []UserKey) {
	if r.Only == nil {
		return gone
	}
	for _, key := range gone {
		if r.Only(key) {
			allowed = append(allowed, key)
		}
	}
	if others := len(gone) - len(allowed); others > 0 {
		result.hold(fmt.Sprintf("%d more users are not listed by now: make a new plan", others))
	}
	return allowed
}

// remove deletes those who are confirmed to be gone, a part in each
// transaction.
func (r *Reconcile) remove(ctx context.Context, run Run, missing []UserKey, witness *UserKey, result *Reconciled) (Run, error) {
	confirm := r.confirmByList
	if r.Fetcher != nil {
		confirm = r.confirmByAsking
	}
	for len(missing) > 0 && ctx.Err() == nil {
		part := missing[:min(len(missing), confirmedPage)]
		if r.Fetcher == nil {
			part = missing // one list tells of all
		}
		missing = missing[len(part):]
		c, err := confirm(ctx, part, witness, run.Instant)
		if err != nil {
			return run, fmt.Errorf("confirming who is gone: %w", err)
		}
		if c.held != "" {
			result.hold(c.held)
		}
		result.Hidden += c.hidden
		for page := range c.pages() {
			next := run
			next.Counts.Gone += page.gone
			next.Counts.Letters += int64(len(page.Letters))
			if run, err = r.Backfill.write(ctx, page.Page, next); err != nil {
				return run, fmt.Errorf("deleting who is gone: %w", err)
			}
		}
	}
	return run, ctx.Err()
}

// tally notes whom a page named, also those who were not understood.
func (r *Reconcile) tally(page *Page) error {
	if r.Listed == nil {
		return nil
	}
	for i := range page.Users {
		if err := r.Listed.Add(page.Users[i].ID()); err != nil {
			return err
		}
	}
	for _, l := range page.Letters {
		if l.UserID != "" {
			if err := r.Listed.Add(UserKey{r.Provider, l.UserID}.ID()); err != nil {
				return err
			}
		}
	}
	return nil
}

// holds says why nobody may be deleted, "" if they may.
func (r *Reconcile) holds(found roll, run Run) string {
	switch limit := r.MaxDeletes(found.alive); {
	case found.count == 0:
		return ""
	case found.count > limit:
		return fmt.Sprintf("%d of %d users are not listed any more, and reconcile.max_deletes allows %d", found.count, found.alive, limit)
	case found.witness == nil && !r.Emptied:
		return fmt.Sprintf("none of the %d users here is listed any more", found.alive)
	case r.Fetcher == nil && run.Counts.Letters > 0:
		return notUnderstood(run.Counts.Letters)
	}
	return ""
}

// notUnderstood is why nobody is deleted on the evidence of a list.
func notUnderstood(letters int64) string {
	return fmt.Sprintf("%d listed users were not understood and may be among those who are missing", letters)
}
