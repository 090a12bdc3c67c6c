package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"usersync/internal/config"
)

// The exit codes, as the contract names them.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
	exitConfig = 78
)

// program is one run of the command line. Tests run it like main does.
type program struct {
	stdout, stderr io.Writer
	environ        []string

	configFile string
	json       bool

	// started, if set, is told the addresses once the daemon listens.
	started func(addresses)
}

// usageError is a mistake in the words of the command line.
type usageError struct{ error }

// failure ends the program with an exit code after everything was printed.
type failure int

func (f failure) Error() string { return fmt.Sprintf("exit code %d", int(f)) }

// run runs one command and returns the exit code.
func (p *program) run(ctx context.Context, arguments []string) int {
	root := p.root()
	root.SetArgs(arguments)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	err := root.ExecuteContext(ctx)
	var (
		faults config.Faults
		usage  usageError
		code   failure
	)
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &faults):
		fmt.Fprintln(p.stderr, "The configuration cannot be used:")
		fmt.Fprintln(p.stderr, err)
		return exitConfig
	case errors.As(err, &usage):
		fmt.Fprintf(p.stderr, "usersync: %v\nSee `usersync --help`.\n", err)
		return exitUsage
	default:
		fmt.Fprintf(p.stderr, "usersync: %v\n", err)
		return exitFailed
	}
}

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "usersync",
		Short:         "Keeps a users table in your database in step with your auth provider",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.PersistentFlags().StringVar(&p.configFile, "config", "", "configuration file (default ./usersync.yaml if present)")
	root.PersistentFlags().BoolVar(&p.json, "json", false, "print results as JSON")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(p.serveCommand(), p.migrateCommand(), p.checkCommand(), p.sendCommand(), p.healthCommand(), p.demoCommand(), p.versionCommand())
	markUsage(root)
	return root
}

// markUsage makes wrong arguments a usage error for all commands.
func markUsage(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, arguments []string) error {
			if err := check(cmd, arguments); err != nil {
				return usageError{err}
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		markUsage(sub)
	}
}

// load reads the configuration for a command.
func (p *program) load(needProviders bool) (*config.Config, error) {
	return config.Load(config.Options{File: p.configFile, Environ: p.environ, NeedProviders: needProviders})
}

// print writes a result to stdout: as JSON, or as text writes it.
func (p *program) print(result any, text func(w io.Writer)) error {
	if !p.json {
		text(p.stdout)
		return nil
	}
	encoder := json.NewEncoder(p.stdout)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(result)
}

// logger makes the log on stderr: lines of JSON, or for a person at a terminal.
func (p *program) logger(settings config.Log) zerolog.Logger {
	out := p.stderr
	if settings.Format == "console" || settings.Format == "" && isTerminal(p.stderr) {
		out = zerolog.ConsoleWriter{Out: p.stderr, TimeFormat: "15:04:05.000"}
	}
	level, err := zerolog.ParseLevel(settings.Level)
	if err != nil || settings.Level == "" { // the configuration has checked it
		level = zerolog.InfoLevel
	}
	return zerolog.New(zerolog.SyncWriter(out)).Level(level).With().Timestamp().Logger()
}

// isTerminal reports whether a person reads w.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
