package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"usersync/internal/report"
	"usersync/models"
)

func (p *program) actionsWaitingCommand() *cobra.Command {
	var scope models.OutboxScope
	limit := 50
	cmd := &cobra.Command{
		Use:   "waiting",
		Short: "Show what waits to be sent, or was given up",
		Long: `Shows messages that no receiver has taken, those that are the oldest first, and how
many there are of each action. What they hold is not shown.`,
		Example: `  usersync actions waiting --action notify.chat`,
		Args:    noWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 1 {
				return usageError{errors.New("--limit: want at least 1")}
			}
			return p.withLetters(cmd.Context(), func(db *models.DB) error { return p.showWaiting(cmd.Context(), db, scope, limit) })
		},
	}
	cmd.Flags().StringVar(&scope.Action, "action", "", "only messages of this `ACTION`")
	cmd.Flags().IntVar(&limit, "limit", limit, "the most messages to show")
	return cmd
}

// waitingListing is the result of actions waiting.
type waitingListing struct {
	Messages []report.Message `json:"messages"`
	More     bool             `json:"more"`
	Counts   []messageCount   `json:"counts"`
}

type messageCount struct {
	Action  string `json:"action"`
	Waiting int64  `json:"waiting"`
	GivenUp int64  `json:"given_up"`
}

func (p *program) showWaiting(ctx context.Context, db *models.DB, scope models.OutboxScope, limit int) error {
	result := waitingListing{Messages: []report.Message{}, Counts: []messageCount{}}
	found, err := db.UntakenMessages(ctx, scope, limit+1)
	if err != nil {
		return err
	}
	if result.More = len(found) > limit; result.More {
		found = found[:limit]
	}
	for i := range found {
		result.Messages = append(result.Messages, report.MessageOf(&found[i]))
	}
	counts, err := db.OutboxCounts(ctx)
	if err != nil {
		return err
	}
	for _, c := range counts {
		if scope.Action == "" || scope.Action == c.Action {
			result.Counts = append(result.Counts, messageCount(c))
		}
	}
	return p.print(result, result.text)
}

func (r waitingListing) text(w io.Writer) {
	if len(r.Messages) == 0 {
		fmt.Fprintln(w, "nothing waits to be sent, and nothing was given up")
		return
	}
	writeTable(w, messageRows(r.Messages))
	if r.More {
		fmt.Fprintln(w, "there are more: --limit shows them")
	}
	counts := [][]string{{"ACTION", "WAITING", "GIVEN UP"}}
	for _, c := range r.Counts {
		counts = append(counts, []string{visibleLine(c.Action), strconv.FormatInt(c.Waiting, 10), strconv.FormatInt(c.GivenUp, 10)})
	}
	fmt.Fprintln(w)
	writeTable(w, counts)
}

// messageRows are messages as a table.
func messageRows(messages []report.Message) [][]string {
	rows := [][]string{{"ID", "ACTION", "PROVIDER", "USER", "RECEIVED", "TRIES", "STATE", "AT", "LAST FAILURE"}}
	for _, m := range messages {
		at := cmp.Or(m.Due, m.GivenUp)
		rows = append(rows, []string{
			visibleLine(m.ID), visibleLine(m.Action), visibleLine(m.Provider), visibleLine(cmp.Or(m.UserID, "-")), letterTime(&m.Received),
			strconv.Itoa(m.Attempts), m.State, letterTime(at), visibleLine(cmp.Or(m.Detail, "-")),
		})
	}
	return rows
}
