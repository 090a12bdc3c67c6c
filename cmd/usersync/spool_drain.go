package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"usersync/internal/config"
	"usersync/internal/spool"
	usersync "usersync/sync"
)

func (p *program) spoolDrainCommand(dir *string) *cobra.Command {
	return &cobra.Command{
		Use:   "drain",
		Short: "Apply what waits in a directory that no daemon uses",
		Long: `Applies all requests of the directory to the database and removes them. They were
verified when they were received; the order does not matter, and what was applied
already changes nothing. What is not understood, or is refused, becomes a dead
letter. Exit code 1 if any request stays.`,
		Args: noWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := p.loadSpool(*dir, true)
			if err != nil {
				return err
			}
			return p.drainSpool(cmd.Context(), c)
		},
	}
}

// drained is what a drain did, as it is printed.
type drained struct {
	Requests int            `json:"requests"` // that are done and removed
	Left     int            `json:"left"`
	Events   map[string]int `json:"events"` // what became of those in them, by outcome
}

func (p *program) drainSpool(ctx context.Context, c *config.Config) error {
	// Opening it would make it.
	if err := thereIsSpool(c); err != nil {
		return err
	}
	log := p.logger(c.Log)
	kept, err := openSpool(c, log)
	var used *spool.InUseError
	if errors.As(err, &used) {
		return fmt.Errorf("process %s uses %s and applies by itself what waits there, once the database takes it: drain is for a directory that no daemon uses; `usersync spool status%s` shows what waits",
			used.Holder, used.Dir, pasteDir(used.Dir))
	}
	if err != nil {
		return err
	}
	defer kept.Close() //nolint:errcheck // what was done is done
	db, err := p.openMigrated(ctx, c)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // every commit was confirmed
	engine := newEngine(db, log)
	engine.Hydrates = hydrates(c)
	result := drained{Events: map[string]int{}}
	engine.Observe = func(o usersync.Observation) {
		result.Events[o.Outcome.String()]++
	}
	drainer := usersync.NewDrainer(usersync.Drainer{
		Spool: kept, Engine: engine, Probe: db.Ping, Log: engine.Log,
		Read: func(v *usersync.Verified) *usersync.Delivery {
			d := reread(c.Built, v, usersync.OriginSpool)
			if d.Empty() { // the engine is never told of these
				result.Events[usersync.OutcomeIgnored.String()] += max(d.Ignored, 1)
			}
			return d
		},
	})
	result.Left, err = drainer.Drain(ctx, func(done int) { result.Requests += done })
	if err != nil {
		return advise(c, fmt.Errorf("%s done, the others stay: %w", count(result.Requests, "request"), err))
	}
	if err := p.print(result, result.text); err != nil {
		return err
	}
	if result.Left > 0 {
		return failure(exitFailed)
	}
	return nil
}

func (d drained) text(w io.Writer) {
	fmt.Fprintf(w, "%s done", count(d.Requests, "request"))
	before := "; events: "
	for outcome := usersync.OutcomeDeadLetter; outcome <= usersync.OutcomeIgnored; outcome++ {
		if n := d.Events[outcome.String()]; n > 0 {
			fmt.Fprintf(w, "%s%d %s", before, n, strings.ReplaceAll(outcome.String(), "_", " "))
			before = ", "
		}
	}
	fmt.Fprintln(w)
	if d.Events[usersync.OutcomeDeadLetter.String()] > 0 {
		fmt.Fprintln(w, "`usersync events list` shows the dead letters")
	}
	if d.Left > 0 {
		fmt.Fprintf(w, "%s left: another session holds their rows, or the database refuses them: look for a long transaction, a trigger or a missing grant of the app's, then drain again\n", count(d.Left, "request"))
	}
}
