package main

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"usersync/internal/config"
	"usersync/models"
	usersync "usersync/sync"
)

const (
	pruneEvery = time.Hour
	pruneLook  = time.Minute
	// pruneRest is the least pause between two of its transactions. It is as long as
	// the last one took, so that half of the time is everybody else's.
	pruneRest = 20 * time.Millisecond
	// runsKept is how long runs are kept, and which notifications were sent: there are a
	// few a day.
	runsKept = 90 * 24 * time.Hour
	// How many weeks get their partition ahead of time: by the daemon, which looks each
	// hour, and by `migrate up`, after which nobody may look for long.
	weeksAhead, weeksAheadByHand = 8, 26
)

// pruner forgets what has been kept long enough. Of several replicas one does it.
type pruner struct {
	config      atomic.Pointer[config.Config] // exchanged by a reload
	db          *models.DB
	log         zerolog.Logger
	look, quiet time.Duration
	breaker     *usersync.Breaker // of the database, or nil
}

// run looks whether it is due, first after a while, until ctx ends.
func (p *pruner) run(ctx context.Context) {
	ticker := time.NewTicker(p.look)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if p.breaker.Away() == nil { // else its schema may be an older one
				p.turn(ctx)
			}
		}
	}
}

// turn prunes if it is due.
func (p *pruner) turn(ctx context.Context) {
	every, quiet := usersync.Micros(pruneEvery.Microseconds()), usersync.Micros(p.quiet.Microseconds())
	run, due, err := p.db.Runs().BeginDue(ctx, usersync.RunKey{Kind: usersync.RunPrune}, every, quiet, now())
	if err != nil && ctx.Err() == nil {
		p.log.Warn().Err(err).Msg("prune: cannot begin, tried again soon")
	}
	if err != nil || !due {
		return
	}
	var done forgotten
	err = attended(ctx, p.db.Runs(), run, p.quiet/5, func(ctx context.Context) error {
		// A clock that is far ahead would forget everything: both have to agree.
		theirs, err := p.db.Clock(ctx)
		if err == nil {
			done, err = p.prune(ctx, min(now(), usersync.MicrosOf(theirs)))
		}
		return err
	})
	if ctx.Err() != nil {
		return // nobody records an end: another replica, or the next start, goes on
	}
	err = ended(ctx, p.db.Runs(), run, usersync.RunComplete, err)
	switch {
	case errors.Is(err, usersync.ErrRunTaken):
		p.log.Info().Msg("prune: another usersync goes on with it")
	case err != nil:
		p.log.Warn().Err(err).Dur("again_in_ms", p.quiet).Msg("prune: not complete")
	default:
		p.log.Info().Int64("run", run.ID).Int64("events", done.events.Rows).Int("partitions_dropped", len(done.events.Partitions)).
			Int("partitions_made", len(done.made)).Int64("dead_letters", done.letters).Int64("messages", done.messages).Int64("runs", done.runs).Msg("prune complete")
	}
}

// forgotten is what became of one round.
type forgotten struct {
	events        models.Pruned
	letters, runs int64
	messages      int64
	made          []string
}

// prune does one round at an instant. What fails does not keep the rest from being done.
func (p *pruner) prune(ctx context.Context, at usersync.Micros) (done forgotten, err error) {
	kept := p.config.Load().Retention
	before := func(kept time.Duration) usersync.Micros { return at - usersync.Micros(kept.Microseconds()) }
	var faults []error
	note := func(err error) {
		if errors.Is(err, models.ErrBusyPartitions) {
			p.log.Info().Msg("prune: " + err.Error())
		} else if err != nil {
			faults = append(faults, err)
		}
	}
	done.made, err = p.db.MakePartitions(ctx, at, weeksAhead)
	note(err)
	if *kept.ProcessedEvents > 0 {
		done.events, err = p.db.PruneEvents(ctx, before(*kept.ProcessedEvents), halfTheTime())
	} else { // who turned it off may have interrupted it
		done.events.Partitions, err = p.db.FinishPartitions(ctx, at)
	}
	note(err)
	if *kept.DeadLetters > 0 {
		done.letters, err = p.db.PruneLetters(ctx, before(*kept.DeadLetters), halfTheTime())
		note(err)
	}
	if *kept.ProcessedEvents > 0 { // the id of a message is how its event is known
		done.messages, err = p.db.PruneMessages(ctx, before(*kept.ProcessedEvents), halfTheTime())
		note(err)
	}
	done.runs, err = p.db.PruneRuns(ctx, before(runsKept))
	note(err)
	note(p.db.PruneNotices(ctx, before(runsKept)))
	return done, errors.Join(faults...)
}

// halfTheTime returns a pause that is as long as the work before it took.
func halfTheTime() models.Pause {
	began := time.Now()
	return func(ctx context.Context) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(max(pruneRest, time.Since(began))):
		}
		began = time.Now()
		return nil
	}
}

// makePartitions makes them where the schema is applied. What is busy for a few
// seconds is left to the daemon, with a models.ErrBusyPartitions.
func makePartitions(ctx context.Context, db *models.DB, weeks int) (made []string, err error) {
	for range 5 {
		more, err := db.MakePartitions(ctx, now(), weeks)
		made = append(made, more...)
		if !errors.Is(err, models.ErrBusyPartitions) {
			return made, err
		}
		select {
		case <-ctx.Done():
			return made, ctx.Err()
		case <-time.After(time.Second):
		}
	}
	return made, models.ErrBusyPartitions
}
