package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"usersync/internal/config"
	"usersync/internal/report"
	"usersync/models"
	usersync "usersync/sync"
)

// retryFlags are the flags of events retry.
type retryFlags struct {
	scopeFlags
	all, dryRun bool
}

func (p *program) eventsRetryCommand() *cobra.Command {
	var flags retryFlags
	cmd := &cobra.Command{
		Use:   "retry [ID...]",
		Short: "Try dead letters again with today's configuration",
		Long: `Reads dead letters again with what the configuration says now, and applies them.
Those that are understood and durable are deleted; the others stay and are
listed, and the exit code is 1. It may be repeated and interrupted at any time.
Say which ones, by id or with the flags, or --all.`,
		Example: `  usersync events retry 17 18
  usersync events retry --provider authon --reason refused --dry-run`,
		Args: func(_ *cobra.Command, ids []string) error {
			_, err := flags.scope(ids)
			return err
		},
		RunE: func(cmd *cobra.Command, ids []string) error {
			scope, err := flags.scope(ids)
			if err != nil {
				return err
			}
			if scope.Empty() && !flags.all {
				return usageError{errors.New("events retry: say which letters, by id or with --provider, --reason, --user or --since, or say --all")}
			}
			return p.retryLetters(cmd.Context(), scope, flags.dryRun)
		},
	}
	flags.register(cmd)
	cmd.Flags().BoolVar(&flags.all, "all", false, "all letters that the other flags do not leave out")
	cmd.Flags().BoolVar(&flags.dryRun, "dry-run", false, "say what would become of them, and change nothing")
	return cmd
}

func (p *program) retryLetters(ctx context.Context, scope usersync.LetterScope, dryRun bool) error {
	c, err := p.load(true)
	if err != nil {
		return err
	}
	return p.withDatabase(ctx, c, func(db *models.DB) error { return p.retryIn(ctx, c, db, scope, dryRun) })
}

func (p *program) retryIn(ctx context.Context, c *config.Config, db *models.DB, scope usersync.LetterScope, dryRun bool) error {
	result := report.NewRetry(dryRun)
	missing := map[int64]bool{}
	for _, id := range scope.IDs {
		missing[id] = true
	}
	tried := 0
	err := p.retryOf(c, db, dryRun).work.All(ctx, scope, func(r usersync.Retried) {
		delete(missing, r.Letter.ID)
		result.Add(r)
		tried++
	})
	if err == nil && tried == 0 {
		if err := p.doubtScope(ctx, db, scope); err != nil {
			return err
		}
	}
	if err == nil {
		result.Missing = slices.Sorted(maps.Keys(missing))
	}
	result.Failed = err != nil
	switch printed := p.print(result, func(w io.Writer) { retryText(result, w) }); {
	case printed != nil:
		return printed
	case err != nil:
		return fmt.Errorf("interrupted: what is printed stands, and a retry goes on: %w", err)
	case len(result.Stays)+len(result.Missing) > 0 || result.Counts[usersync.OutcomeDeadLetter.String()] > 0:
		return failure(exitFailed)
	}
	return nil
}

// retryOf makes a retry for a command. Users of whom only the id is told are
// entered for whichever daemon fetches them.
func (p *program) retryOf(c *config.Config, db *models.DB, dryRun bool) *letterRetry {
	engine := newEngine(db, p.logger(c.Log))
	engine.DryRun = dryRun
	engine.Hydrates = hydrates(c)
	return newLetterRetry(c, db, engine)
}

// retryText writes what became of letters for a person.
func retryText(r *report.Retry, w io.Writer) {
	if r.DryRun {
		fmt.Fprintln(w, "dry run: nothing was changed, and what only the database refuses is not known")
	}
	rows := [][]string{}
	for outcome := usersync.OutcomeDeadLetter; outcome <= usersync.OutcomeIgnored; outcome++ {
		if n := r.Counts[outcome.String()]; n > 0 {
			rows = append(rows, []string{outcome.String(), strconv.FormatInt(n, 10)})
		}
	}
	if r.Counts[usersync.OutcomeDeadLetter.String()] > 0 {
		rows[0][0] = "in parts, some of which are letters now"
	}
	rows = append(rows, []string{"stays", strconv.Itoa(len(r.Stays))})
	writeTable(w, rows)
	if len(r.Stays) > 0 {
		rows = [][]string{{"ID", "PROVIDER", "REASON", "WHY"}}
		for i := range r.Stays {
			l := &r.Stays[i]
			rows = append(rows, []string{strconv.FormatInt(l.ID, 10), visibleLine(l.Provider), visibleLine(l.Reason), visibleLine(l.Why)})
		}
		fmt.Fprintln(w)
		writeTable(w, rows)
	}
	for _, id := range r.Missing {
		fmt.Fprintf(w, "there is no such dead letter: %d\n", id)
	}
}
