package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"usersync/internal/config"
	"usersync/providers"
	usersync "usersync/sync"
)

// pushBudget is how long one request of a push may wait between its attempts.
const pushBudget = 2 * time.Minute

// pushFlags are the flags of push.
type pushFlags struct {
	file, format              string
	inFlight                  int
	restart, takeOver, dryRun bool
}

func (p *program) pushCommand() *cobra.Command {
	var flags pushFlags
	cmd := &cobra.Command{
		Use:   "push PROVIDER --file FILE",
		Short: "Create or update users at the provider, from a file",
		Long: `Reads users from CSV or JSON lines, creates or changes them at the provider, and
writes its answer into the table. Users are found by id, external_id or e-mail;
those who are right already are left alone, so a file can be pushed again.
Interrupted, it goes on where it was when it is run again with the same file.

The columns are ` + strings.Join(providers.WriteNames(), ", ") + `.
An empty cell says nothing; in JSON lines null clears.`,
		Example: "  usersync push authon --file users.csv",
		Args:    words("PROVIDER"),
		RunE: func(cmd *cobra.Command, arguments []string) error {
			return p.push(cmd.Context(), arguments[0], flags, cmd.InOrStdin())
		},
	}
	cmd.Flags().StringVar(&flags.file, "file", "", "the `FILE` with the users, - for stdin")
	cmd.Flags().StringVar(&flags.format, "format", "", "csv or jsonl (default: by the name of the file, or its first byte)")
	cmd.Flags().IntVar(&flags.inFlight, "concurrency", 8, "users that are written at once; the rate limit holds for all of them")
	cmd.Flags().BoolVar(&flags.restart, "restart", false, "begin at the first line instead of going on with an interrupted run")
	cmd.Flags().BoolVar(&flags.takeOver, "take-over", false, "go on although another push to the provider may be at work; it ends")
	cmd.Flags().BoolVar(&flags.dryRun, "dry-run", false, "say what would be done, and write nothing")
	return cmd
}

// check finds what is wrong with the flags.
func (f pushFlags) check() error {
	switch {
	case f.file == "":
		return usageError{errors.New("push: say --file FILE, or --file - for stdin")}
	case f.format != "" && f.format != formatCSV && f.format != formatJSONL:
		return usageError{fmt.Errorf("--format: want %s or %s", formatCSV, formatJSONL)}
	case f.inFlight < 1 || f.inFlight > 100:
		return usageError{errors.New("--concurrency: want 1 to 100")}
	}
	return nil
}

func (p *program) push(ctx context.Context, name string, flags pushFlags, stdin io.Reader) (err error) {
	if err := flags.check(); err != nil {
		return err
	}
	c, err := p.load(true)
	if err != nil {
		return err
	}
	writer, err := writerOf(c, name)
	if err != nil {
		return usageError{err}
	}
	defer writer.Close()
	input, err := openPushFile(flags, stdin)
	if err != nil {
		return usageError{err}
	}
	defer input.Close() //nolint:errcheck // it is only read
	lines, err := input.lines(writer.Columns(), c.Built[name].Type())
	if err != nil {
		return usageError{err}
	}
	db, err := p.openMigrated(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	engine := newEngine(db, p.logger(c.Log))
	job := &pushJob{
		provider: name, users: writer, lines: lines, inFlight: flags.inFlight, dryRun: flags.dryRun,
		byEmail: func(ctx context.Context, email string) ([]string, error) {
			return db.UserIDsByEmail(ctx, name, email)
		},
		heard: func(ctx context.Context, id string) (heard, error) {
			user, _, err := db.User(ctx, usersync.UserKey{Provider: name, UserID: id})
			return heardOf(&user), err
		},
		save: engine.ApplyPage,
	}
	record := pushRun{db: db, source: pushSource(writer.Source(), input.hash), restart: flags.restart, takeOver: flags.takeOver}
	return p.pushed(ctx, record, job, input.count, flags.dryRun)
}

// pushed runs the job, records how it ended and says so.
func (p *program) pushed(ctx context.Context, record pushRun, job *pushJob, lines int, dryRun bool) error {
	show := newPushProgress(p.stdout, p.stderr, lines)
	job.print = func(r pushResult) error { return p.print(r, r.text) }
	job.report = func(at pushCursor) { show.report(int64(at.done()), at.counts()) }
	var failed error
	if dryRun {
		failed = job.run(ctx)
	} else {
		failed = record.record(ctx, job, show)
	}
	show.close()
	fmt.Fprintln(p.stderr, job.summary(failed == nil))
	switch {
	case failed != nil:
		return failed
	case job.at.Failed > 0:
		return failure(exitFailed)
	}
	return nil
}

// writerOf makes the writer of a configured provider.
func writerOf(c *config.Config, name string) (*providers.Writer, error) {
	provider, err := configured(c, name)
	if err != nil {
		return nil, err
	}
	settings := apiSettings(c.Providers[name])
	settings.Budget = pushBudget
	return provider.Writer(settings)
}
