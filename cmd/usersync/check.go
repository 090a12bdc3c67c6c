package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"usersync/internal/config"
)

// checkFlags are the flags of check.
type checkFlags struct {
	strict, probe, probeSaid bool
}

func (p *program) checkCommand() *cobra.Command {
	var flags checkFlags
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Find what is wrong with configuration, database, providers, spool and machine, and say what to do",
		Long: `Looks at everything that the daemon relies on and changes nothing. Each line says
ok, WARN or FAILED, what was looked at, what was found, and behind → the remedy: a
command, a key of the configuration, or SQL to paste. It takes 15 seconds at most.

  configuration  faults, and what is legal but perhaps not what was meant
  tls, listen    certificate, ports, who can reach the operators' listener
  machine        open files, memory
  secrets        two providers that share one
  api, clock     the provider's list, one user, and its clock against ours
  keys           public keys that tokens are verified with
  probe          a signed request that is ignored, sent through public_url: it shows that
                 the way is open, that nothing on it changes a body, and that the
                 daemon which runs has the secrets of this configuration
  spool          its disk: kind, room, and how long an fsync takes
  database       server, role, grants, pooler, migrations, columns, indexes, triggers, row
                 security and the view, as the migrations made them

The probe is sent if public_url is set and a daemon runs here; with --probe it is
sent in any case, with --probe=false in none. It goes to public_url alone.

Exit codes: 0 nothing failed; 1 something failed, or with --strict is warned about;
78 the configuration cannot be used. --json gives each line's name, ok, warning,
detail, remedy and class (ok, warning, failed or configuration).`,
		Example: "  usersync check\n  usersync check --strict --json\n  usersync check --probe",
		Args:    noWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			flags.probeSaid = cmd.Flags().Changed("probe")
			return p.check(cmd.Context(), flags)
		},
	}
	cmd.Flags().BoolVar(&flags.strict, "strict", false, "exit with 1 also if there are only warnings")
	cmd.Flags().BoolVar(&flags.probe, "probe", false, "send a request through public_url, whether or not a daemon runs here")
	return cmd
}

func (p *program) check(ctx context.Context, flags checkFlags) error {
	c, err := p.load(true)
	if err != nil {
		return errors.Join(p.printFaults(err), err)
	}
	findings := examine(ctx, []section{
		{"configuration", func(context.Context) []finding { return checkConfiguration(c) }},
		{"listen", func(ctx context.Context) []finding { return checkListeners(ctx, c) }},
		{"machine", func(context.Context) []finding { return checkMachine() }},
		{"hydration", func(context.Context) []finding { return checkHydration(c) }},
		{"api", func(ctx context.Context) []finding { return checkAPIs(ctx, c) }},
		{"keys", func(ctx context.Context) []finding { return checkKeys(ctx, c) }},
		{"probe", func(ctx context.Context) []finding { return checkProbes(ctx, c, flags) }},
		{"spool", func(context.Context) []finding { return checkSpool(c) }},
		{"database", func(ctx context.Context) []finding { return p.checkDatabase(ctx, c) }},
	}, p.checkWait)
	if err := p.print(findings, func(w io.Writer) {
		for _, f := range findings {
			f.text(w)
		}
	}); err != nil {
		return err
	}
	if code := exitOf(findings, flags.strict); code != exitOK {
		return failure(code)
	}
	return nil
}

// printFaults shows the faults of a configuration to a program that reads JSON.
// People read them on stderr.
func (p *program) printFaults(err error) error {
	if !p.json {
		return nil
	}
	findings := []finding{}
	add := func(err error) {
		findings = append(findings, finding{Name: "configuration", Detail: err.Error(), Class: classConfiguration})
	}
	var faults config.Faults
	if errors.As(err, &faults) {
		for _, fault := range faults {
			add(fault)
		}
	} else {
		add(err)
	}
	return p.print(findings, nil)
}

// count is "1 provider", "2 providers".
func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
