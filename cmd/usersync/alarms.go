package main

import (
	"errors"

	"github.com/spf13/cobra"
)

func (p *program) alarmsCommand() *cobra.Command {
	alarms := &cobra.Command{
		Use:   "alarms",
		Short: "See what is wrong with the running daemon, and try who is told of it",
		Long: `An alarm is something that somebody should look at: a provider that is silent,
deliveries that are not believed, dead letters, deliveries that wait in the spool or
were refused, drift and deletions that were held back. It is logged, shown by the
metric usersync_alarm and on the dashboard, and told to the addresses of
alarms.notify.`,
		Args: knownCommand,
		RunE: func(*cobra.Command, []string) error {
			return usageError{errors.New("alarms: say list or test")}
		},
	}
	alarms.AddCommand(p.alarmsListCommand(), p.alarmsTestCommand())
	return alarms
}
