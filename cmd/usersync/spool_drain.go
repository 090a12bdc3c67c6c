package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"usersync/internal/config"
	usersync "usersync/sync"
)

func (p *program) spoolDrainCommand(dir *string) *cobra.Command {
	return &cobra.Command{
		Use:   "drain",
		Short: "Apply what waits in a directory that no daemon uses",
		Long: `Applies all requests of the directory to the database and removes them. They were
verified when they were received; the order does not matter, and what was applied
already changes nothing. Exit code 1 if any stay.`,
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
	Applied int `json:"applied"`
	Left    int `json:"left"`
}

func (p *program) drainSpool(ctx context.Context, c *config.Config) error {
	// Opening it would make it.
	if _, err := os.Stat(c.Spool.Dir); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no directory %s: name it with --dir", c.Spool.Dir)
	}
	log := p.logger(c.Log)
	kept, err := openSpool(c, log)
	if err != nil {
		return err
	}
	defer kept.Close() //nolint:errcheck // what was done is done
	db, err := openMigrated(ctx, c)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // every commit was confirmed
	engine := newEngine(db, log)
	fetchers, _ := fetchersOf(c)
	defer closeAll(fetchers)
	engine.Hydrates = func(provider string) bool { return fetchers[provider] != nil } // the daemon fetches them
	result := drained{}
	drainer := usersync.NewDrainer(usersync.Drainer{
		Spool: kept, Engine: engine, Probe: db.Ping, Log: slog.New(zerolog.NewSlogHandler(log)),
		Read: func(v *usersync.Verified) *usersync.Delivery { return reread(c.Built, v, usersync.OriginSpool) },
	})
	result.Left, err = drainer.Drain(ctx, func(done int) { result.Applied += done })
	if err != nil {
		return advise(c, fmt.Errorf("%d requests were applied, the others stay: %w", result.Applied, err))
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
	fmt.Fprintf(w, "%s applied\n", count(d.Applied, "request"))
	if d.Left > 0 {
		fmt.Fprintf(w, "%s left: another session holds their rows, or the database refuses them: look for a long transaction, a trigger or a missing grant of the app's, then drain again\n", count(d.Left, "request"))
	}
}
