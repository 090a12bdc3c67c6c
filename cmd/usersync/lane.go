package main

import (
	"context"
	"fmt"
	"time"

	"usersync/handlers/desk"
	usersync "usersync/sync"
)

// How many questions of operators the database answers at once, and how long one may take:
// whoever looks shall not take the connections from those who deliver.
const (
	deskAtOnce   = 2
	deskPatience = 10 * time.Second
)

// lane is where operators' questions to the database wait for each other.
type lane struct {
	slots    chan struct{}
	patience time.Duration
	away     func() error // why the database does not answer, nil if it does
}

func newLane(atOnce int, patience time.Duration, away func() error) *lane {
	return &lane{slots: make(chan struct{}, atOnce), patience: patience, away: away}
}

// through asks when it is its turn, or returns desk.ErrCrowded if that is long in coming. A
// database that is away is not waited for. Of the patience half is for the turn: a page has
// no more in all, and shall say that others were before it, not that the database is silent.
func through[T any](ctx context.Context, l *lane, ask func(ctx context.Context) (T, error)) (answer T, err error) {
	if away := l.away(); away != nil {
		return answer, fmt.Errorf("the database is away: %w", away)
	}
	waiting, cancel := context.WithTimeout(ctx, l.patience/2)
	defer cancel()
	select {
	case l.slots <- struct{}{}:
		defer func() { <-l.slots }()
	case <-waiting.Done():
		if ctx.Err() != nil {
			return answer, ctx.Err()
		}
		return answer, desk.ErrCrowded
	}
	asking, cancel := context.WithTimeout(ctx, l.patience)
	defer cancel()
	return ask(asking)
}

// laneEvents, and those below, are what an operator reads, each in its turn.
type laneEvents struct {
	lane *lane
	log  usersync.EventLog
}

// EventPage implements usersync.EventLog.
func (l laneEvents) EventPage(ctx context.Context, scope usersync.EventScope, from string, limit int) (usersync.EventPage, error) {
	return through(ctx, l.lane, func(ctx context.Context) (usersync.EventPage, error) {
		return l.log.EventPage(ctx, scope, from, limit)
	})
}

// Event implements usersync.EventLog.
func (l laneEvents) Event(ctx context.Context, key usersync.ClaimKey) (*usersync.Claim, error) {
	return through(ctx, l.lane, func(ctx context.Context) (*usersync.Claim, error) { return l.log.Event(ctx, key) })
}

type laneLetters struct {
	lane *lane
	usersync.Letters
}

// LetterPage implements usersync.Letters.
func (l laneLetters) LetterPage(ctx context.Context, scope usersync.LetterScope, below int64, limit int) ([]usersync.StoredLetter, error) {
	return through(ctx, l.lane, func(ctx context.Context) ([]usersync.StoredLetter, error) {
		return l.Letters.LetterPage(ctx, scope, below, limit)
	})
}

type laneUsers struct {
	lane   *lane
	finder usersync.UserFinder
}

// FindUsers implements usersync.UserFinder.
func (l laneUsers) FindUsers(ctx context.Context, search usersync.UserSearch, limit int) ([]usersync.FoundUser, error) {
	return through(ctx, l.lane, func(ctx context.Context) ([]usersync.FoundUser, error) {
		return l.finder.FindUsers(ctx, search, limit)
	})
}

type laneExplainer struct {
	lane      *lane
	explainer usersync.Explainer
}

// Explain implements usersync.Explainer.
func (l laneExplainer) Explain(ctx context.Context, key usersync.UserKey, limit, back int) (*usersync.Explanation, error) {
	return through(ctx, l.lane, func(ctx context.Context) (*usersync.Explanation, error) {
		return l.explainer.Explain(ctx, key, limit, back)
	})
}

type laneRuns struct {
	lane *lane
	log  usersync.RunLog
}

// RunPage implements usersync.RunLog.
func (l laneRuns) RunPage(ctx context.Context, provider string, below int64, limit int) ([]usersync.RunRecord, error) {
	return through(ctx, l.lane, func(ctx context.Context) ([]usersync.RunRecord, error) {
		return l.log.RunPage(ctx, provider, below, limit)
	})
}

// RunByID implements usersync.RunLog.
func (l laneRuns) RunByID(ctx context.Context, id int64) (*usersync.RunRecord, error) {
	return through(ctx, l.lane, func(ctx context.Context) (*usersync.RunRecord, error) { return l.log.RunByID(ctx, id) })
}
