package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"unicode"

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

// loadSpool reads the configuration, with the directory that a flag names, as an
// absolute path.
func (p *program) loadSpool(dir string, needProviders bool) (*config.Config, error) {
	c, err := p.load(needProviders)
	if err != nil {
		return nil, err
	}
	c.Spool.Dir, err = filepath.Abs(cmp.Or(dir, c.Spool.Dir))
	return c, err
}

// noSpool says why deliveries are not spooled, "" if they are.
func noSpool(c *config.Config) string {
	switch {
	case c.Spools():
		return ""
	case c.Database.SQLite():
		return "with SQLite there is none, because its file is on the same disk"
	default:
		return "there is none: spool.enabled is false"
	}
}

// thereIsSpool returns an error if there is no directory to work on.
func thereIsSpool(c *config.Config) error {
	if _, err := os.Stat(c.Spool.Dir); !errors.Is(err, fs.ErrNotExist) {
		return nil // and who opens it says what else is wrong
	}
	return fmt.Errorf("there is no directory %s: name it with --dir", c.Spool.Dir)
}

// pasteDir is the flag that names a directory, as a shell reads it.
func pasteDir(dir string) string {
	if strings.ContainsFunc(dir, func(r rune) bool {
		return !strings.ContainsRune("/._-+:@%,=", r) && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) {
		dir = "'" + strings.ReplaceAll(dir, "'", `'\''`) + "'"
	}
	return " --dir " + dir
}
