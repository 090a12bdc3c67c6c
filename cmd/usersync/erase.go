package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"usersync/internal/config"
	"usersync/internal/report"
	"usersync/models"
	usersync "usersync/sync"
)

func (p *program) eraseCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "erase PROVIDER USER_ID",
		Short: "Remove all that is kept of a user, for good",
		Long: `Removes the user's row, processed events, dead letters, messages that wait to be sent
and place in the queue of users to fetch, and keeps only a keyed hash of the id. Whatever is said about the
user later, or waits in a spool now, is ignored. The row is blanked instead where a
row of the app's refers to it by a foreign key, or may: an erasure never changes the
app's own tables.
The user still exists at the provider: delete them there too. It can be run beside
the daemon, and again if it was interrupted.`,
		Example: `  usersync erase authon usr_1
  usersync erase authon usr_1 --yes --json`,
		Args: words("PROVIDER", "USER_ID"),
		RunE: func(cmd *cobra.Command, arguments []string) error {
			return p.erase(cmd.Context(), arguments, yes)
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

func (p *program) erase(ctx context.Context, arguments []string, yes bool) error {
	key, err := userOf(arguments)
	if err != nil {
		return err
	}
	return p.withUsers(ctx, func(c *config.Config, db *models.DB) error {
		if err := mistyped(ctx, c, db, key); err != nil {
			return err
		}
		if !yes {
			if err := p.confirm(fmt.Sprintf("Erase %s of %s? This cannot be undone.", key.UserID, key.Provider)); err != nil {
				return err
			}
		}
		done, err := db.Eraser().Erase(ctx, key, now())
		if err != nil {
			return err
		}
		result := report.ErasureOf(key, done, string(db.Dialect()))
		return p.print(result, func(w io.Writer) { erasureText(result, done.Nothing(), w) })
	})
}

// mistyped refuses a provider that is neither configured nor known: what is erased
// cannot be taken back.
func mistyped(ctx context.Context, c *config.Config, db *models.DB, key usersync.UserKey) error {
	_, unknown := configured(c, key.Provider)
	if unknown == nil {
		return nil
	}
	told, err := db.Explainer().Explain(ctx, key, 1, 0)
	if err == nil && told.Nothing() {
		return usageError{unknown}
	}
	return err
}
