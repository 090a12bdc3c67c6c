package main

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"usersync/internal/config"
	"usersync/internal/spool"
)

// recordOverhead is room for what is kept of a request beside its body.
const recordOverhead = 64 << 10

// openSpool opens the spool that a configuration names.
func openSpool(c *config.Config, log zerolog.Logger) (*spool.Spool, error) {
	s, err := spool.Open(c.Spool.Dir, spool.Options{
		MaxBytes: c.Spool.MaxBytes, MaxRecord: c.MaxBody + recordOverhead,
		Log: slog.New(zerolog.NewSlogHandler(log)),
	})
	if err != nil {
		return nil, fmt.Errorf("spool.dir: %w", err)
	}
	return s, nil
}

func (p *program) spoolCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "spool",
		Short: "Look at, apply or copy out what waits on disk for the database",
		Long: `While Postgres is away, deliveries wait in the directory spool.dir; the daemon
applies them by itself when it is back. These commands are for looking at it, and
for a directory that a replica left behind which does not run anymore.`,
		Args: knownCommand,
		RunE: func(*cobra.Command, []string) error {
			return usageError{errors.New("spool: say status, drain or export")}
		},
	}
	cmd.PersistentFlags().StringVar(&dir, "dir", "", "the `DIRECTORY`, if it is not spool.dir of the configuration")
	cmd.AddCommand(p.spoolStatusCommand(&dir), p.spoolDrainCommand(&dir), p.spoolExportCommand(&dir))
	return cmd
}

// loadSpool reads the configuration, with the directory that a flag names.
func (p *program) loadSpool(dir string, needProviders bool) (*config.Config, error) {
	c, err := p.load(needProviders)
	if err == nil && dir != "" {
		c.Spool.Dir = dir
	}
	return c, err
}
