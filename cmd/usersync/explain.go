package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"usersync/internal/config"
	"usersync/internal/report"
	"usersync/models"
)

func (p *program) explainCommand() *cobra.Command {
	limit := 50
	cmd := &cobra.Command{
		Use:   "explain PROVIDER USER_ID",
		Short: "Show what is known of a user, and which event said so",
		Long: `Shows each column of the user's row with the event that set it, then the user's
processed events and dead letters, the newest first, messages of actions that were not
taken, whether the user waits to be fetched and whether they were erased. Events are looked for back in time, which
takes a while if there are millions.`,
		Example: `  usersync explain authon usr_1
  usersync explain authon usr_1 --limit 500 --json`,
		Args: words("PROVIDER", "USER_ID"),
		RunE: func(cmd *cobra.Command, arguments []string) error {
			if limit < 1 {
				return usageError{errors.New("--limit: want at least 1")}
			}
			return p.explain(cmd.Context(), arguments, limit)
		},
	}
	cmd.Flags().IntVar(&limit, "limit", limit, "the most events and dead letters to show")
	return cmd
}

func (p *program) explain(ctx context.Context, arguments []string, limit int) error {
	key, err := userOf(arguments)
	if err != nil {
		return err
	}
	return p.withUsers(ctx, func(c *config.Config, db *models.DB) error {
		told, err := db.Explainer().Explain(ctx, key, limit, 0)
		if err != nil {
			return err
		}
		if told.Nothing() {
			if _, err := configured(c, key.Provider); err != nil {
				return usageError{err}
			}
			return fmt.Errorf("nothing is known of %s of %s: no row, no event, no dead letter; is it the provider's own id of the user?", key.UserID, key.Provider)
		}
		result := report.ExplanationOf(told)
		return p.print(result, func(w io.Writer) { explanationText(result, w) })
	})
}
