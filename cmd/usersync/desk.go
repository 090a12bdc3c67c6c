package main

import (
	"context"

	"usersync/handlers/desk"
	usersync "usersync/sync"
)

// newDesk is what operators see and do of a daemon.
func (d *daemon) newDesk(letters *letterRetry) *desk.Desk {
	lane := newLane(deskAtOnce, deskPatience, d.durable.breaker.Away)
	return &desk.Desk{
		Overview:  d.overview.Overview,
		Events:    laneEvents{lane, d.db.EventLog()},
		Letters:   laneLetters{lane, d.db.Letters()},
		Users:     laneUsers{lane, d.db.UserFinder()},
		Explainer: laneExplainer{lane, d.db.Explainer()},
		Runs:      laneRuns{lane, d.db.RunLog()},
		Starter:   d.starter,
		Settings:  func() string { return d.overview.config.Load().String() },
		Retry: func(ctx context.Context, scope usersync.LetterScope, tell func(usersync.Retried)) error {
			return letters.work.All(ctx, scope, tell)
		},
		Erase: func(ctx context.Context, key usersync.UserKey) (usersync.Erased, error) {
			return d.db.Eraser().Erase(ctx, key, now())
		},
	}
}
