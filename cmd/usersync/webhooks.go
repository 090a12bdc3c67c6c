package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"usersync/internal/config"
	"usersync/providers"
)

func (p *program) webhooksCommand() *cobra.Command {
	webhooks := &cobra.Command{
		Use:   "webhooks",
		Short: "Register this daemon's URL at the provider",
		Long: `Registers webhooks through the provider's own API. Where it has none, the
commands say how it is done by hand.`,
		Args: knownCommand,
		RunE: func(*cobra.Command, []string) error {
			return usageError{errors.New("webhooks: say list, create, delete or test")}
		},
	}
	webhooks.AddCommand(p.webhooksListCommand(), p.webhooksCreateCommand(),
		p.webhooksActCommand("delete", "Remove a webhook at the provider", "removed", (*providers.Hooks).Delete),
		p.webhooksActCommand("test", "Have the provider post a test to a webhook", "tested: the provider posts a test now; if the daemon refuses it, its log says why", (*providers.Hooks).Test))
	return webhooks
}

func (p *program) webhooksListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list PROVIDER",
		Short: "Show the webhooks that are registered at the provider",
		Args:  words("PROVIDER"),
		RunE: func(cmd *cobra.Command, arguments []string) error {
			return p.withHooks(arguments[0], func(_ config.Provider, hooks *providers.Hooks) error {
				return p.listWebhooks(cmd.Context(), hooks)
			})
		},
	}
}

// webhooksActCommand is a command about one webhook.
func (p *program) webhooksActCommand(verb, short, done string, act func(h *providers.Hooks, ctx context.Context, id string) error) *cobra.Command {
	var id string
	cmd := &cobra.Command{
		Use:   verb + " PROVIDER --id ID",
		Short: short,
		Args:  words("PROVIDER"),
		RunE: func(cmd *cobra.Command, arguments []string) error {
			if id == "" {
				return usageError{fmt.Errorf("webhooks %s: say --id ID; `usersync webhooks list %s` shows them", verb, arguments[0])}
			}
			return p.withHooks(arguments[0], func(_ config.Provider, hooks *providers.Hooks) error {
				if err := possible(act(hooks, cmd.Context(), id)); err != nil {
					return err
				}
				return p.print(map[string]string{"id": id, "result": verb}, func(w io.Writer) { fmt.Fprintf(w, "webhook %s %s\n", id, done) })
			})
		},
	}
	cmd.Flags().StringVar(&id, "id", "", "the provider's `ID` of the webhook")
	return cmd
}

// withHooks prepares the provider's API for one command. The credentials of
// its deliveries need not be there yet.
func (p *program) withHooks(name string, do func(settings config.Provider, hooks *providers.Hooks) error) error {
	c, err := p.loadNames()
	if err != nil {
		return err
	}
	provider, err := configured(c, name)
	if err != nil {
		return usageError{err}
	}
	hooks, err := provider.Hooks(apiSettings(c.Providers[name]))
	if err != nil {
		return usageError{err}
	}
	defer hooks.Close()
	return do(c.Providers[name], hooks)
}

// possible makes of what cannot be asked for an error of usage.
func possible(err error) error {
	var cannot providers.ImpossibleError
	if errors.As(err, &cannot) {
		return usageError{err}
	}
	return err
}

func (p *program) listWebhooks(ctx context.Context, hooks *providers.Hooks) error {
	found, err := hooks.List(ctx)
	if err != nil {
		return err
	}
	return p.print(found, func(w io.Writer) {
		if len(found) == 0 {
			fmt.Fprintln(w, "there are none")
			return
		}
		rows := [][]string{{"ID", "STATUS", "URL", "EVENTS"}}
		for _, h := range found {
			rows = append(rows, []string{visibleLine(h.ID), visibleLine(h.Status), visibleLine(h.URL), visibleLine(strings.Join(h.Events, " "))})
		}
		writeTable(w, rows)
	})
}
