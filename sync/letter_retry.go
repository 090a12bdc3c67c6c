package usersync

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"
)

// How many letters are read and tried at once (LettersBytes bounds their payloads), and for how
// long one waits for a row that somebody else holds.
const (
	retryBatch    = 64
	retryPatience = 2 * time.Second
)

// How soon a letter is due again that is no better: after a quarter of its age, within
// these bounds.
const (
	againLeast = 30 * time.Second
	againMost  = time.Hour
)

// LetterRetry tries dead letters again.
type LetterRetry struct {
	Letters Letters
	// Engine applies what the letters say. With its DryRun nothing changes.
	Engine *Engine
	// Reread reads a letter with what the configuration says now. Its error says
	// why that cannot be done; the letter stays as it is.
	Reread func(l *StoredLetter) (*Delivery, error)
}

// Retried is what became of a letter.
type Retried struct {
	Letter  StoredLetter // as it is kept now, if it stays
	Outcome Outcome      // of what it says; OutcomeNone if that could not be tried
	Gone    bool         // it is kept no more, or would not be
	Why     string       // why it stays, "" if it is gone
}

// Settled reports whether nothing is left of the letter: neither it, nor a part
// of it as a letter of its own.
func (r *Retried) Settled() bool { return r.Gone && r.Outcome != OutcomeDeadLetter }

// All tries the letters of a scope, a bounded number at a time, and tells what
// became of each. A letter that is stored meanwhile is left for another time.
func (r *LetterRetry) All(ctx context.Context, scope LetterScope, tell func(Retried)) error {
	for below := int64(0); ; {
		page, err := r.Letters.LetterPage(ctx, scope, below, retryBatch)
		if err != nil || len(page) == 0 {
			return err
		}
		below = page[len(page)-1].ID
		tried, err := r.Try(ctx, page)
		for _, t := range tried {
			tell(t)
		}
		if err != nil {
			return err
		}
	}
}

// Try applies the letters and deletes those that are nothing but repetition now.
// If that is interrupted between the two, they are applied twice, which the merge
// makes harmless. The error is the database's; the letters that it concerns
// stay.
func (r *LetterRetry) Try(ctx context.Context, letters []StoredLetter) ([]Retried, error) {
	all := make([]Retried, len(letters))
	var batch []*Delivery
	var of []int // of each delivery: its letter
	began := time.Now()
	for i := range letters {
		if i > 0 && halfOver(ctx, began) {
			all = all[:i]
			break
		}
		all[i].Letter = letters[i]
		d, err := r.Reread(&letters[i])
		if err != nil {
			all[i].Why = err.Error()
			continue
		}
		letters[i].claim(d, r.Engine.Clock())
		batch, of = append(batch, d), append(of, i)
	}
	var fault error
	for n, result := range r.apply(ctx, batch) {
		t := &all[of[n]]
		t.Outcome, t.Why = result.Outcome, t.Letter.stays(batch[n], result)
		t.Gone = t.Why == ""
		var refused *RefusedError
		if result.Err != nil && !errors.As(result.Err, &refused) && fault == nil {
			fault = result.Err
		}
	}
	if r.Engine.DryRun {
		return all, fault
	}
	return all, errors.Join(fault, r.remove(ctx, all), r.refresh(ctx, all))
}

// halfOver reports whether half of the time has passed that there was when something
// began, or whether it has ended.
func halfOver(ctx context.Context, began time.Time) bool {
	end, ends := ctx.Deadline()
	return ctx.Err() != nil || ends && time.Since(began) > time.Until(end)
}

// apply applies the deliveries, and for a while those again whose rows are held
// by somebody else.
func (r *LetterRetry) apply(ctx context.Context, batch []*Delivery) []Result {
	results := r.Engine.Apply(ctx, batch)
	deadline := time.Now().Add(retryPatience)
	for wait := busyRetry; ; wait = min(2*wait, busyRetryMax) {
		var held []*Delivery
		var of []int
		for i, result := range results {
			if result.Busy && result.Err == nil {
				held, of = append(held, batch[i]), append(of, i)
			}
		}
		if len(held) == 0 || ctx.Err() != nil || time.Now().After(deadline) {
			return results
		}
		pause(ctx, wait, nil)
		for n, result := range r.Engine.Apply(ctx, held) {
			results[of[n]] = result
		}
	}
}

// remove deletes those that are done. One that was delivered again meanwhile
// stays: somebody found it not to be understood since.
func (r *LetterRetry) remove(ctx context.Context, all []Retried) error {
	var done []StoredLetter
	var of []int
	for i := range all {
		if all[i].Gone {
			done, of = append(done, all[i].Letter), append(of, i)
		}
	}
	if len(done) == 0 {
		return nil
	}
	gone, err := r.Letters.RemoveLetters(ctx, done)
	for n, i := range of {
		switch {
		case err != nil:
			all[i].Gone, all[i].Why = false, "what it says was applied, but it could not be deleted: retry it again, which is harmless"
		case !gone[n]:
			all[i].Gone, all[i].Why = false, "it was delivered again meanwhile: retry it again"
		}
	}
	return err
}

// refresh reads those that stay as they are kept now. One that is kept no more was
// removed by somebody else, and was not stored again.
func (r *LetterRetry) refresh(ctx context.Context, all []Retried) error {
	var scope LetterScope
	for i := range all {
		if !all[i].Gone {
			scope.IDs = append(scope.IDs, all[i].Letter.ID)
		}
	}
	if len(scope.IDs) == 0 {
		return nil
	}
	kept := map[int64]bool{}
	for below := int64(0); ; {
		page, err := r.Letters.LetterPage(ctx, scope, below, len(scope.IDs))
		if err != nil {
			return err
		}
		if len(page) == 0 {
			break
		}
		for _, letter := range page {
			at := slices.IndexFunc(all, func(t Retried) bool { return t.Letter.ID == letter.ID })
			if t := &all[at]; t.Outcome == OutcomeDeadLetter && t.Why != "" {
				t.Why = letter.Detail
			}
			all[at].Letter, below = letter, letter.ID
			kept[letter.ID] = true
		}
	}
	for i := range all {
		if t := &all[i]; !t.Gone && !kept[t.Letter.ID] {
			t.Gone, t.Outcome, t.Why = true, OutcomeIgnored, ""
		}
	}
	return nil
}

// claim marks what the letter says when it is read again, so that what stays of
// it is the same letter: the same payload and headers, and no more deliveries
// than before.
func (l *StoredLetter) claim(d *Delivery, now Micros) {
	for i := range d.Commands {
		c := &d.Commands[i]
		c.Retried = true
		if bytes.Equal(c.Payload, l.Payload) {
			c.Headers, c.Kept = l.Headers, true
		}
	}
	for i := range d.Letters {
		again := &d.Letters[i]
		again.Retried, again.Origin = true, l.Origin
		if again.DueAt != 0 && again.DueAt <= now { // it was due when it was tried: what is in its way lasts
			again.DueAt = now + min(max((now-l.ReceivedAt)/4, micros(againLeast)), micros(againMost))
		}
		if !bytes.Equal(again.Payload, l.Payload) {
			continue
		}
		again.Headers, again.Kept = l.Headers, true
		if again.EventID == "" {
			again.EventID = l.EventID
		}
		if again.UserID == "" {
			again.UserID = l.UserID
		}
	}
}

// stays decides what becomes of a letter whose events were applied with this
// result: why it stays, or "" if it has nothing to say any more. A request that
// was kept as a whole and is understood now has a letter for each part that is
// not, so the whole can go.
func (l *StoredLetter) stays(d *Delivery, result Result) (why string) {
	switch {
	case result.Err != nil:
		return result.Err.Error() + ": retry it again"
	case result.Busy:
		return "somebody else holds the user's row: retry it again"
	case result.Outcome != OutcomeDeadLetter:
		return ""
	}
	for i := range d.Letters {
		if again := &d.Letters[i]; bytes.Equal(again.Payload, l.Payload) {
			return again.Detail
		}
	}
	for i := range d.Commands {
		if bytes.Equal(d.Commands[i].Payload, l.Payload) {
			return "it is refused as before"
		}
	}
	return ""
}
