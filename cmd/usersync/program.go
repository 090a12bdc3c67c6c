package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"usersync/internal/config"
	"usersync/internal/linewriter"
	"usersync/internal/script"
)

// The exit codes, as the contract names them.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
	exitDrift  = 3
	exitConfig = 78
)

// program is one run of the command line. Tests run it like main does.
type program struct {
	name           string // as it was called, for commands to paste; "" is usersync
	stdout, stderr io.Writer
	stdin          io.Reader // for a question; nil: nobody answers
	environ        []string

	configFile string
	settings   []string // KEY=VALUE of each --set
	json       bool

	scripts *script.Pool // nil until scriptPool was asked

	answerWait time.Duration // for the database's first answer; 0 is the constant
	checkWait  time.Duration // for all that check looks at; 0 is the constant

	// started, if set, is told the addresses once the daemon listens.
	started func(addresses)
}

// failure ends the program with an exit code after everything was printed.
type failure int

func (f failure) Error() string { return fmt.Sprintf("exit code %d", int(f)) }

// run runs one command and returns the exit code.
func (p *program) run(ctx context.Context, arguments []string) int {
	defer p.close()
	root := p.root()
	root.SetArgs(arguments)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	cmd, err := root.ExecuteContextC(ctx)
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
	case errors.Is(err, syscall.EPIPE):
		return exitFailed // whoever read the output has gone and knows
	case errors.As(err, &faults):
		fmt.Fprintln(p.stderr, "The configuration cannot be used:")
		fmt.Fprintln(p.stderr, err)
		return exitConfig
	case errors.As(err, &usage):
		fmt.Fprintf(p.stderr, "usersync: %s\nSee `%s --help`.\n", visible(err.Error()), helpFor(cmd))
		return exitUsage
	default:
		fmt.Fprintf(p.stderr, "usersync: %s\n", visible(err.Error()))
		return exitFailed
	}
}

// close ends what a command may have started.
func (p *program) close() {
	if p.scripts != nil {
		p.scripts.Close()
	}
}

func (p *program) root() *cobra.Command {
	var showVersion bool
	root := &cobra.Command{
		Use:           "usersync",
		Short:         "Keeps a users table in your database in step with your auth provider",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if showVersion {
				return p.printVersion()
			}
			return cmd.Help()
		},
		PersistentPreRunE: func(*cobra.Command, []string) error {
			_, err := parseSettings(p.settings)
			return err
		},
	}
	root.Flags().BoolVar(&showVersion, "version", false, "print the version")
	root.PersistentFlags().StringVar(&p.configFile, "config", "", "configuration `FILE` (default: what USERSYNC_CONFIG names, else ./usersync.yaml if present)")
	root.PersistentFlags().StringArrayVar(&p.settings, "set", nil, "`KEY=VALUE` of the configuration, over file and environment, as database.url=sqlite:x.db; repeatable")
	root.PersistentFlags().BoolVar(&p.json, "json", false, "print results as JSON")
	root.SetFlagErrorFunc(flagError)
	root.SetHelpCommand(helpCommand())
	root.AddCommand(
		p.serveCommand(),
		p.migrateCommand(),
		p.checkCommand(),
		p.sendCommand(),
		p.backfillCommand(),
		p.reconcileCommand(),
		p.pushCommand(),
		p.webhooksCommand(),
		p.eventsCommand(),
		p.actionsCommand(),
		p.alarmsCommand(),
		p.explainCommand(),
		p.eraseCommand(),
		p.spoolCommand(),
		p.healthCommand(),
		p.demoCommand(),
		p.definitionsCommand(),
		p.schemaCommand(),
		p.versionCommand(),
	)
	return root
}

// load reads the configuration for a command.
func (p *program) load(needProviders bool) (*config.Config, error) {
	return p.loadWith(config.Options{NeedProviders: needProviders})
}

// loadNames reads it for a command that needs the providers, and not what their
// deliveries are verified with.
func (p *program) loadNames() (*config.Config, error) {
	return p.loadWith(config.Options{NeedProviders: true, WithoutCredentials: true})
}

// scriptPool is what scripts run in.
func (p *program) scriptPool() *script.Pool {
	if p.scripts == nil {
		p.scripts = script.NewPool() // starts nothing before the first script runs
	}
	return p.scripts
}

func (p *program) loadWith(o config.Options) (c *config.Config, err error) {
	o.File, o.Environ, o.Scripts = p.configFile, p.environ, p.scriptPool()
	if o.Flags, err = parseSettings(p.settings); err != nil {
		return nil, err
	}
	return config.Load(o)
}

// print writes a result to stdout: as JSON, or as text writes it.
func (p *program) print(result any, text func(w io.Writer)) error {
	if !p.json {
		var page bytes.Buffer
		text(&page)
		_, err := io.WriteString(p.stdout, visible(page.String()))
		return err
	}
	encoder := json.NewEncoder(p.stdout)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(result)
}

// logger makes the log on stderr: lines of JSON, or for a person at a terminal.
func (p *program) logger(settings config.Log) zerolog.Logger {
	if p.readByPerson(settings) {
		return loggerTo(zerolog.SyncWriter(zerolog.ConsoleWriter{Out: p.stderr, TimeFormat: "15:04:05.000"}), settings)
	}
	return loggerTo(zerolog.SyncWriter(p.stderr), settings)
}

// busyLogger is logger for a process that has a line for each delivery: they are written
// in groups. finish writes those that wait.
func (p *program) busyLogger(settings config.Log) (log zerolog.Logger, finish func()) {
	if p.readByPerson(settings) {
		return p.logger(settings), func() {}
	}
	lines := linewriter.New(p.stderr)
	return loggerTo(lines, settings), func() {
		if err := lines.Close(); err != nil {
			fmt.Fprintf(p.stderr, "usersync: lines of the log could not be written: %s\n", visible(err.Error()))
		}
	}
}

// readByPerson reports whether the log is for a person at a terminal.
func (p *program) readByPerson(settings config.Log) bool {
	return settings.Format == "console" || settings.Format == "" && isTerminal(p.stderr)
}

func loggerTo(out io.Writer, settings config.Log) zerolog.Logger {
	level, err := zerolog.ParseLevel(settings.Level)
	if err != nil || settings.Level == "" { // the configuration has checked it
		level = zerolog.InfoLevel
	}
	return zerolog.New(out).Level(level).With().Timestamp().Logger()
}

// isTerminal reports whether a person reads or writes w.
func isTerminal(w any) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
