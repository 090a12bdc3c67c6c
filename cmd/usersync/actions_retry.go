package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"usersync/models"
	usersync "usersync/sync"
)

// beingSent is how far ahead of its time a message may be that somebody is sending at
// this moment.
const beingSent = 2 * time.Minute

func (p *program) actionsRetryCommand() *cobra.Command {
	var scope models.OutboxScope
	var all bool
	cmd := &cobra.Command{
		Use:   "retry [ID...]",
		Short: "Have messages sent again that were given up, or wait for long",
		Long: `Makes messages due at once, with all of their tries before them: the daemon sends
them within a few seconds. What is due within two minutes anyway is left alone.
Say which ones, by id or with --action, or --all.`,
		Example: `  usersync actions retry --action notify.chat
  usersync actions retry --all`,
		RunE: func(cmd *cobra.Command, ids []string) error {
			if scope.IDs = ids; len(ids) == 0 && scope.Action == "" && !all {
				return usageError{errors.New("actions retry: say which messages, by id or with --action, or say --all")}
			}
			return p.withLetters(cmd.Context(), func(db *models.DB) error { return p.retryMessages(cmd.Context(), db, scope) })
		},
	}
	cmd.Flags().StringVar(&scope.Action, "action", "", "only messages of this `ACTION`")
	cmd.Flags().BoolVar(&all, "all", false, "all messages that were not taken")
	return cmd
}

// retriedMessages is the result of actions retry.
type retriedMessages struct {
	Due int64 `json:"due"` // messages that are due now
}

func (p *program) retryMessages(ctx context.Context, db *models.DB, scope models.OutboxScope) error {
	at := now()
	count, err := db.RetryMessages(ctx, scope, at, at+usersync.Micros(beingSent.Microseconds()))
	if err != nil {
		return err
	}
	result := retriedMessages{count}
	if err := p.print(result, result.text); err != nil {
		return err
	}
	if count == 0 {
		return failure(exitFailed)
	}
	return nil
}

func (r retriedMessages) text(w io.Writer) {
	if r.Due == 0 {
		fmt.Fprintln(w, "there is no such message, or it is about to be sent: `usersync actions waiting` shows them")
		return
	}
	fmt.Fprintf(w, "%s due now: the daemon sends them within a few seconds\n", count(int(r.Due), "message"))
}
