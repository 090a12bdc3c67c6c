package main

import (
	"errors"

	"github.com/spf13/cobra"
)

func (p *program) actionsCommand() *cobra.Command {
	actions := &cobra.Command{
		Use:   "actions",
		Short: "Look at what scripts may have sent, and at what waits to be",
		Long: `An action is a signed HTTP POST that the configuration declares and a provider's
script asks for. What is asked for is stored with what the event changes, and sent
until the receiver takes it.`,
		Args: knownCommand,
		RunE: func(*cobra.Command, []string) error {
			return usageError{errors.New("actions: say list, waiting or retry")}
		},
	}
	actions.AddCommand(p.actionsListCommand(), p.actionsWaitingCommand(), p.actionsRetryCommand())
	return actions
}
