package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"usersync/internal/config"
	usersync "usersync/sync"
)

func (p *program) eventsCommand() *cobra.Command {
	events := &cobra.Command{
		Use:   "events",
		Short: "Look at dead letters and try them again",
		Long: `A verified event that is not understood, or that the database refuses, is kept
as a dead letter: nothing is lost, and no other event waits for it.`,
		Args: knownCommand,
		RunE: func(*cobra.Command, []string) error {
			return usageError{errors.New("events: say list, show or retry")}
		},
	}
	events.AddCommand(p.eventsListCommand(), p.eventsShowCommand(), p.eventsRetryCommand())
	return events
}

// scopeFlags are the flags that say which dead letters are meant.
type scopeFlags struct {
	provider, reason, user, since string
}

func (f *scopeFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.provider, "provider", "", "only letters of this `PROVIDER`")
	flags.StringVar(&f.reason, "reason", "", "only letters with this `REASON`, as list shows it")
	flags.StringVar(&f.user, "user", "", "only letters about the user with this `ID` at the provider")
	flags.StringVar(&f.since, "since", "", "only letters delivered since then: a `TIME` as 2026-01-31T12:00:00Z, or how long ago, as 24h or 7d")
}

// scope reads the flags and the ids.
func (f *scopeFlags) scope(ids []string) (usersync.LetterScope, error) {
	scope := usersync.LetterScope{Provider: f.provider, Reason: f.reason, UserID: f.user}
	for _, word := range ids {
		id, err := letterID(word)
		if err != nil {
			return scope, err
		}
		scope.IDs = append(scope.IDs, id)
	}
	if f.since == "" {
		return scope, nil
	}
	ago, err := config.ParseDuration(f.since)
	at := time.Now().Add(-ago)
	if err != nil {
		at, err = time.Parse(time.RFC3339, f.since)
	}
	if err != nil {
		return scope, usageError{fmt.Errorf("--since: %q is neither a time as 2026-01-31T12:00:00Z nor how long ago, as 24h or 7d", f.since)}
	}
	scope.Since = usersync.MicrosOf(at)
	return scope, nil
}

// letterID reads the id of a dead letter.
func letterID(word string) (int64, error) {
	id, err := strconv.ParseInt(word, 10, 64)
	if err != nil || id <= 0 {
		return 0, usageError{fmt.Errorf("%q is no id of a dead letter: `usersync events list` shows them", word)}
	}
	return id, nil
}

// letterTime is a time in a table.
func letterTime(at *time.Time) string {
	if at == nil {
		return "-"
	}
	return at.UTC().Format(time.RFC3339)
}
