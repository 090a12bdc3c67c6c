package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"usersync/providers"
	usersync "usersync/sync"
)

// externalIDs are those of whose users this run knows: no provider shows them,
// and a user who has one must not be given another person's.
type externalIDs struct {
	mu sync.Mutex
	of map[string]string // by the provider's id
}

func (e *externalIDs) note(id, externalID string) {
	if id == "" || externalID == "" {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.of == nil {
		e.of = map[string]string{}
	}
	e.of[id] = externalID
}

// others reports whether all of the users are known to have another one.
func (e *externalIDs) others(ids []string, externalID string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return !slices.ContainsFunc(ids, func(id string) bool { return e.of[id] == "" || e.of[id] == externalID })
}

// find looks the user up: by external_id, id, what an earlier line found, and
// e-mail. An external id by which the user was found is right, and is taken out
// of want.
func (j *pushJob) find(ctx context.Context, want *providers.UserWrite, hint string) (have usersync.Command, found bool, err error) {
	asked := want.ExternalID != "" && j.users.Finds("external_id")
	if asked {
		have, found, err = j.users.Find(ctx, providers.UserWrite{ExternalID: want.ExternalID})
		switch {
		case err != nil:
			return have, false, err
		case found && want.ID != "" && want.ID != have.UserID:
			return have, false, errOtherUser
		case found:
			want.ExternalID = ""
			return alive(have)
		}
	}
	if want.ID != "" {
		have, found, err = j.users.Find(ctx, providers.UserWrite{ID: want.ID})
		switch {
		case err != nil:
			return have, false, err
		case !found:
			return have, false, errNoSuchID
		}
		return alive(have)
	}
	email := want.Fields[usersync.FieldEmail].Str()
	if email == "" {
		return have, false, nil
	}
	have, found, err = j.findByEmail(ctx, email, hint)
	if !asked {
		return have, found, err
	}
	// Two people may share an address: who is found by it is this one only if
	// that one has no other external id, which no provider shows.
	holders := []string{have.UserID}
	var several *providers.AmbiguousError
	switch {
	case errors.As(err, &several):
		holders = several.IDs
	case err != nil || !found:
		return have, false, err
	}
	switch {
	case j.externalIDs.others(holders, want.ExternalID):
		return usersync.Command{}, false, nil
	default:
		return have, false, errWhoseEmail
	}
}

// alive refuses a user whom the provider keeps as deleted: a change might revive
// them.
func alive(have usersync.Command) (usersync.Command, bool, error) {
	if have.Life == usersync.LifeDeleted {
		return have, false, errDeletedUser
	}
	return have, true, nil
}

// findByEmail asks who has an e-mail: the provider, or where it does not tell
// the table. Whether it is still so the provider says. A deleted user has none.
func (j *pushJob) findByEmail(ctx context.Context, email, hint string) (have usersync.Command, found bool, err error) {
	if j.users.Finds("email") {
		byEmail := providers.UserWrite{}
		byEmail.Fields[usersync.FieldEmail] = usersync.TextValue(email)
		have, found, err = j.users.Find(ctx, byEmail)
		return have, found && have.Life != usersync.LifeDeleted, err
	}
	ids, err := j.byEmail(ctx, email)
	if err != nil {
		return have, false, stopError{err}
	}
	if hint != "" && !slices.Contains(ids, hint) {
		ids = append(ids, hint) // its row may not be there yet
	}
	var holders []usersync.Command
	for _, id := range ids {
		c, there, err := j.users.Find(ctx, providers.UserWrite{ID: id})
		if err != nil {
			return have, false, err
		}
		if there && c.Life != usersync.LifeDeleted && strings.EqualFold(c.Fields[usersync.FieldEmail].Str(), email) {
			holders = append(holders, c)
		}
	}
	switch len(holders) {
	case 0:
		return have, false, nil
	case 1:
		return holders[0], true, nil
	default:
		return have, false, errManyHere
	}
}

// stopError is an error that ends the run: every other line would meet it too.
type stopError struct{ error }

func (e stopError) Unwrap() error { return e.error }
