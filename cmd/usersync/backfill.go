package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"usersync/internal/config"
	"usersync/providers"
	usersync "usersync/sync"
)

const (
	// pagesAhead is how many pages are asked for ahead, where the paging allows it.
	pagesAhead = 5
	// usersTogether bounds the users of one transaction, if pages are smaller.
	usersTogether = 2000
)

// backfillFlags are the flags of backfill.
type backfillFlags struct {
	restart, dryRun bool
	since           string
}

func (p *program) backfillCommand() *cobra.Command {
	var flags backfillFlags
	cmd := &cobra.Command{
		Use:   "backfill PROVIDER",
		Short: "Write the provider's whole list of users into the table",
		Long: `Reads the provider's list of users page by page and merges each user into the
table. It may run beside live webhooks: newer facts win. Interrupted, it goes on
where it was when it is run again.`,
		Args: words("PROVIDER"),
		RunE: func(cmd *cobra.Command, arguments []string) error {
			return p.backfill(cmd.Context(), arguments[0], flags)
		},
	}
	cmd.Flags().BoolVar(&flags.restart, "restart", false, "begin anew instead of going on with an interrupted run")
	cmd.Flags().BoolVar(&flags.dryRun, "dry-run", false, "say what would change, and write nothing")
	cmd.Flags().StringVar(&flags.since, "since", "", "only users that changed since then (RFC 3339), where the list can say")
	return cmd
}

// backfillResult is what a run printed at its end.
type backfillResult struct {
	Provider string `json:"provider"`
	Outcome  string `json:"outcome"`
	Resumed  bool   `json:"resumed"`
	Behind   int64  `json:"resumed_behind_page,omitempty"`
	DryRun   bool   `json:"dry_run"`
	usersync.Counts
	Why reasons `json:"why,omitempty"` // of the dead letters of a dry run, which keeps none
}

// reasons counts the users that were not understood, by what was wrong with them.
type reasons map[string]int64

// manyReasons is how many different ones are told apart.
const manyReasons = 10

// note counts the dead letters of a page.
func (r reasons) note(page *usersync.Page) error {
	for _, letter := range page.Letters {
		why := letter.Reason + ": " + letter.Detail
		if _, known := r[why]; !known && len(r) >= manyReasons {
			why = "…"
		}
		r[why]++
	}
	return nil
}

func (p *program) backfill(ctx context.Context, name string, flags backfillFlags) (err error) {
	c, err := p.load(true)
	if err != nil {
		return err
	}
	lister, err := listerOf(c, name, flags.since)
	if err != nil {
		return usageError{err}
	}
	defer lister.Close()
	db, err := p.openMigrated(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()

	keepGarbage(backfillGarbage)
	job := &usersync.Backfill{Lister: lister, Engine: newEngine(db, p.logger(c.Log)), InFlight: pagesAhead, Together: usersTogether}
	job.Engine.DryRun = flags.dryRun
	show := newProgress(p.stderr, "backfill", "users")
	show.watch(job, db.LastListed(ctx, name))
	result := backfillResult{Provider: name, DryRun: flags.dryRun, Outcome: string(usersync.RunComplete)}
	run, failed := usersync.Run{}, error(nil)
	if flags.dryRun {
		result.Why = reasons{}
		job.Seen = result.Why.note
		run, failed = job.Run(ctx, run)
	} else {
		key := usersync.RunKey{Kind: usersync.RunBackfill, Provider: name, Source: lister.Source()}
		run, result.Resumed, failed = recorded(ctx, db.Runs(), key, flags.restart, func(ctx context.Context, run usersync.Run) (usersync.Run, usersync.RunOutcome, error) {
			show.begin(run.Counts.Users)
			result.Behind = run.Counts.Pages
			run, err := job.Run(ctx, run)
			return run, usersync.RunComplete, err
		})
	}
	show.close()
	if result.Counts = run.Counts; failed != nil {
		result.Outcome = string(usersync.RunFailed)
	}
	if err := p.print(result, result.text); err != nil {
		return err
	}
	return failed
}

// listerOf makes the lister of a configured provider.
func listerOf(c *config.Config, name, since string) (*providers.Lister, error) {
	provider, err := configured(c, name)
	if err != nil {
		return nil, err
	}
	settings := apiSettings(c.Providers[name])
	if since != "" {
		at, err := time.Parse(time.RFC3339, since)
		if err != nil {
			return nil, fmt.Errorf("--since: want a time such as 2026-01-31T00:00:00Z")
		}
		settings.Since = usersync.MicrosOf(at)
	}
	lister, err := provider.Lister(settings, usersync.OriginBackfill)
	return lister, ofProvider(name, err)
}

// text writes the result for a person.
func (r backfillResult) text(w io.Writer) {
	verb := map[bool]string{false: "changed", true: "would change"}[r.DryRun]
	fmt.Fprintf(w, "%s: %s, %d users on %d pages, %d %s, %d dead letters\n", r.Provider, r.Outcome, r.Users, r.Pages, r.Changed, verb, r.Letters)
	for _, why := range slices.Sorted(maps.Keys(r.Why)) {
		fmt.Fprintf(w, "  %d  %s\n", r.Why[why], why)
	}
	if r.Letters > 0 && !r.DryRun {
		fmt.Fprintf(w, "`usersync events list --provider %s` shows who was not understood, and why.\n", r.Provider)
	}
	if r.Resumed {
		fmt.Fprintf(w, "It went on behind page %d, where it had been interrupted.\n", r.Behind)
	}
	if r.Outcome == string(usersync.RunFailed) && !r.DryRun && r.Pages > 0 {
		fmt.Fprintf(w, "Run it again to go on behind page %d.\n", r.Pages)
	}
}
