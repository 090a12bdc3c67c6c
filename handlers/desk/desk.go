// Package desk is what operators see and do, whatever they look at it with: the dashboard
// and the API for operators stand on it.
package desk

import (
	"context"
	"errors"

	usersync "usersync/sync"
)

// Desk is where an operator sits. Its errors may be of the database; their text holds no
// secret and no data.
type Desk struct {
	// Overview is how things stand. It never fails: what cannot be known is left out and
	// named in Trouble.
	Overview func(ctx context.Context) Overview
	Events   usersync.EventLog
	Letters  usersync.Letters
	// Retry tries the letters of a scope again and tells of each.
	Retry     func(ctx context.Context, scope usersync.LetterScope, tell func(usersync.Retried)) error
	Users     usersync.UserFinder
	Explainer usersync.Explainer
	// Erase removes all that is kept of a user, for good.
	Erase   func(ctx context.Context, key usersync.UserKey) (usersync.Erased, error)
	Runs    usersync.RunLog
	Starter Starter
	// Settings is the configuration as YAML, with secrets hidden.
	Settings func() string
}

// ErrBusy says that a run of the provider is going on, here or elsewhere.
var ErrBusy = errors.New("a run of this provider is going on: wait until it has ended")

// ErrCrowded says that too many questions wait for their turn.
var ErrCrowded = errors.New("too many questions at once: ask again in a moment")

// ErrUnknownProvider says that no provider of this name is configured.
var ErrUnknownProvider = errors.New("no provider of this name is configured")

// Starter begins runs that go on in the daemon.
type Starter interface {
	// Start begins a backfill, a plan (which only looks) or a reconcile (which repairs), or
	// goes on with an interrupted one, and returns the id of the run. ErrBusy and
	// ErrUnknownProvider are told apart; any other error says for the operator why the run
	// cannot be begun.
	Start(ctx context.Context, kind usersync.RunKind, provider string) (id int64, err error)
}
