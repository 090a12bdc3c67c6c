package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	usersync "usersync/sync"
)

const (
	// pushBatch is the most lines of one transaction.
	pushBatch = 100
	// pushAhead is how many lines may be done while an earlier one is not.
	pushAhead = 256
	// pushPatience is how many lines in a row may fail for a reason that may be
	// the provider's as a whole, before that is believed.
	pushPatience = 3
	// pushBusy is how soon rows that somebody else holds are tried again.
	pushBusy = 20 * time.Millisecond
)

// pushJob writes the lines of a file, some at once, and saves and prints what
// became of them in their order.
type pushJob struct {
	provider string
	users    userWriter
	lines    pushLines
	inFlight int
	dryRun   bool

	// byEmail asks the table which users have an e-mail.
	byEmail func(ctx context.Context, email string) ([]string, error)
	// heard asks the table what is known of a user.
	heard func(ctx context.Context, id string) (heard, error)
	// save makes rows durable, and the run with them.
	save   func(ctx context.Context, page usersync.Page, run usersync.Run) (usersync.Run, bool, error)
	print  func(pushResult) error
	report func(pushCursor)

	externalIDs externalIDs
	turns       turns

	at     pushCursor   // what is durable
	record usersync.Run // as it was saved
}

// run goes through the lines behind at. A line that fails is a result; an error
// ends the run.
func (j *pushJob) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends what is under way behind a line that ended the run
	var readError error
	window := make(chan *pushed, pushAhead)
	go func(behind int) {
		defer close(window)
		readError = j.dispatch(ctx, behind, window)
	}(j.at.Line)
	var batch []*pushed
	var ahead *pushed
	for {
		p := ahead
		if p == nil {
			if p = <-window; p == nil {
				break
			}
		}
		<-p.done
		batch = append(batch, p)
		ahead = nil
		if len(batch) < pushBatch {
			select {
			case ahead = <-window:
			default:
			}
			if ahead.isDone() {
				continue // whoever is done goes along
			}
		}
		rest, err := j.flush(ctx, batch)
		if err != nil {
			return err
		}
		batch = rest
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if readError != nil {
		return readError
	}
	// Nobody comes who could tell whether it is the provider.
	end := slices.IndexFunc(batch, func(p *pushed) bool { return p.blame == blamePassing })
	if end < 0 {
		end = len(batch)
	}
	if err := j.done(ctx, batch[:end]); err != nil {
		return err
	}
	if end < len(batch) {
		return batch[end].stopped()
	}
	return nil
}

// flush saves and prints the lines of a batch. What failed at its end for a
// reason that the next lines may meet too is kept back until they tell.
func (j *pushJob) flush(ctx context.Context, batch []*pushed) (rest []*pushed, err error) {
	end := len(batch)
	for i, p := range batch {
		if p.err != nil && p.blame == blameRun {
			end, err = i, p.stopped()
			break
		}
	}
	held := 0
	for end > 0 && batch[end-1].blame >= blameOdd {
		end--
		held++
	}
	if held >= pushPatience && err == nil {
		err = batch[end].stopped()
	}
	if failed := j.done(ctx, batch[:end]); failed != nil {
		return nil, failed
	}
	return batch[end:], err
}

// done makes lines durable, then prints them.
func (j *pushJob) done(ctx context.Context, lines []*pushed) error {
	if len(lines) == 0 {
		return nil
	}
	// Not for ctx to end: what the provider has done is to be written down.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	at, page := j.at, pageOf(lines)
	for _, p := range lines {
		at.add(p.result)
	}
	if !j.dryRun {
		next := j.record
		next.Cursor = at.text()
		next.Counts.Users += int64(len(lines))
		next.Counts.Letters += int64(len(page.Letters))
		if err := j.write(ctx, page, next); err != nil {
			return fmt.Errorf("the rows of lines %d to %d: %w", lines[0].line.number, at.Line, err)
		}
	}
	j.at = at
	for _, p := range lines {
		p.saved.Store(true)
		if err := j.print(p.result); err != nil {
			return err
		}
	}
	j.report(at)
	return nil
}

// pageOf is what was learned. Of several answers about one user at the same time
// only the last one counts, which was true later, though the provider's clock
// does not show it.
func pageOf(lines []*pushed) (page usersync.Page) {
	type instant struct {
		id string
		at usersync.Micros
	}
	seen := map[instant]bool{}
	for _, p := range slices.Backward(lines) {
		l := &p.learned
		if of := (instant{l.answer.UserID, l.answer.OccurredAt}); of.id != "" && !seen[of] {
			seen[of] = true
			page.Users = append(page.Users, l.answer)
		}
		page.Users = append(page.Users, l.ours...)
		page.Letters = append(page.Letters, l.letters...)
	}
	return page
}

// write saves one page, again while somebody else holds one of its rows.
func (j *pushJob) write(ctx context.Context, page usersync.Page, run usersync.Run) error {
	for {
		saved, busy, err := j.save(ctx, page, run)
		if err != nil {
			return err
		}
		if !busy {
			j.record = saved
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pushBusy):
		}
	}
}

// dispatch reads the lines behind one and starts each, not more than inFlight at
// once, and none before an earlier one about the same user is done.
func (j *pushJob) dispatch(ctx context.Context, behind int, window chan<- *pushed) error {
	slots := make(chan struct{}, j.inFlight)
	before := predecessors{}
	for {
		line, err := j.lines.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("reading the users: %w", err)
		case line.number <= behind:
			continue // done by the run that was interrupted
		}
		p := &pushed{line: line, done: make(chan struct{})}
		earlier := before.of(p)
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return nil
		}
		go func() {
			defer close(p.done)
			defer func() { <-slots }()
			p.do(ctx, j, earlier)
		}()
		select {
		case window <- p:
		case <-ctx.Done():
			return nil
		}
	}
}
