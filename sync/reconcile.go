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
	// Listed is needed if the Engine only looks; otherwise the rows themselves
	// tell, by their stamps, who was listed.
	Listed Tally
	// MaxDeletes says how many of so many users may be deleted.
	MaxDeletes func(alive int64) int64
	Redact     bool // a deletion drops the profile
}

// Reconciled is what a run found besides its counts.
type Reconciled struct {
	Alive  int64  // users of the provider in the table, before anybody was deleted
	Gone   int64  // of them, those not listed
	Held   string // why they were not deleted, "" if they were
	Hidden int64  // users who were not listed and are there all the same
}

// Outcome is how a run that found this is recorded.
func (r Reconciled) Outcome() RunOutcome {
	if r.Held != "" {
		return RunHeld
	}
	return RunComplete
}

// Run reads the list from run.Cursor to its end and then calls the roll. To go
// on after an error, call it again with the run that it returns.
func (r *Reconcile) Run(ctx context.Context, run Run) (Run, Reconciled, error) {
	var result Reconciled
	job := r.Backfill
	job.Seen = r.tally
	run, err := job.Run(ctx, run)
	if err != nil {
		return run, result, err
	}
	found, err := callRoll(ctx, r.Roll, r.Provider, run.Instant, r.Listed)
	if err != nil {
		return run, result, fmt.Errorf("calling the roll: %w", err)
	}
	result.Alive, result.Gone = found.alive, found.count
	if result.Held = r.holds(found, run); result.Held != "" || found.count == 0 {
		return run, result, nil
	}
	missing := found.gone
	if r.Fetcher == nil {
		if missing, err = r.relist(ctx, missing); err != nil {
			return run, result, fmt.Errorf("listing again who is gone: %w", err)
		}
		result.Hidden = int64(len(found.gone) - len(missing))
	}
	for len(missing) > 0 {
		part := missing[:min(len(missing), confirmedPage)]
		missing = missing[len(part):]
		page, hidden, err := r.confirm(ctx, part, run.Instant)
		if err != nil {
			return run, result, fmt.Errorf("asking for who is gone: %w", err)
		}
		next := run
		next.Counts.Gone += int64(len(part)) - hidden
		next.Counts.Letters += int64(len(page.Letters))
		if run, err = r.Backfill.write(ctx, page, next); err != nil {
			return run, result, fmt.Errorf("deleting who is gone: %w", err)
		}
		result.Hidden += hidden
	}
	if found.count > mostGone {
		result.Held = fmt.Sprintf("%d more are left for the next run", found.count-mostGone)
	}
	return run, result, nil
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
	limit := r.MaxDeletes(found.alive)
	switch {
	case found.count > limit:
		return fmt.Sprintf("%d of %d users are not listed any more, and reconcile.max_deletes allows %d", found.count, found.alive, limit)
	case found.count > 0 && r.Fetcher == nil && run.Counts.Letters > 0:
		return fmt.Sprintf("%d listed users were not understood and may be among those who are missing", run.Counts.Letters)
	}
	return ""
}
