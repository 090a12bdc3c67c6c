package main

import (
	"context"
	"errors"

	"usersync/providers"
	usersync "usersync/sync"
)

// userWriter is what a push writes users with; providers.Writer is one.
type userWriter interface {
	Find(ctx context.Context, u providers.UserWrite) (usersync.Command, bool, error)
	Create(ctx context.Context, u providers.UserWrite) (usersync.Command, error)
	Update(ctx context.Context, u providers.UserWrite) (usersync.Command, error)
	Finds(by string) bool
	Writable(u providers.UserWrite) error
}

// learned is what the provider has told of the user of a line, for the table.
type learned struct {
	answer  usersync.Command   // without a user id if there is none
	ours    []usersync.Command // what was written, where stamps alone would hide it
	letters []usersync.DeadLetter
}

// pushOne makes a user as the line says. hint is the id that an earlier line
// about the same user found, or "". What was learned may come with an error.
func (j *pushJob) pushOne(ctx context.Context, line pushLine, hint string) (result string, l learned, err error) {
	want := line.user
	have, found, err := j.find(ctx, &want, hint)
	if err != nil {
		return "", l, err
	}
	if !found {
		return j.create(ctx, want)
	}
	want.ID = have.UserID
	changes := want.Changes(have)
	switch {
	case changes.Empty():
		return resultUnchanged, learned{answer: have}, nil
	case j.dryRun:
		return resultUpdated, learned{answer: have}, j.users.Writable(changes)
	}
	mine := j.turns.take(have.UserID)
	defer mine.Unlock()
	before, err := j.heard(ctx, have.UserID)
	if err != nil {
		return "", l, stopError{err}
	}
	before.join(mine.known)
	c, err := j.users.Update(ctx, changes)
	l, err = learnedOf(c, err)
	if l.answer.UserID != "" {
		if err != nil {
			changes.Access = usersync.AccessUnsaid // which is what failed
		}
		l.ours = caused(l.answer, changes, before)
	}
	mine.learn(l)
	return resultUpdated, l, err
}

func (j *pushJob) create(ctx context.Context, want providers.UserWrite) (result string, l learned, err error) {
	switch {
	case want.Empty():
		return "", l, errNothingToDo
	case j.dryRun:
		return resultCreated, l, j.users.Writable(want)
	}
	l, err = learnedOf(j.users.Create(ctx, want))
	if id := l.answer.UserID; id != "" {
		mine := j.turns.take(id)
		mine.learn(l)
		mine.Unlock()
	}
	if err == nil && l.answer.Life == usersync.LifeDeleted {
		err = errDeletedUser // whom an equal request had made before
	}
	return resultCreated, l, err
}

// learnedOf is what the answer to a write tells, also where something failed
// behind it.
func learnedOf(c usersync.Command, err error) (learned, error) {
	l := learned{answer: c}
	var written *providers.WrittenError
	if errors.As(err, &written) {
		l.answer = written.User
	}
	var unread *providers.LetterError
	if written != nil && errors.As(err, &unread) {
		l.letters = []usersync.DeadLetter{unread.DeadLetter()}
	}
	return l, err
}
