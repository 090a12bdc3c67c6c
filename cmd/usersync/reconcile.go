package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"usersync/internal/config"
)

// reconcileFlags are the flags of reconcile.
type reconcileFlags struct {
	apply      bool
	restart    bool
	maxDeletes string
	planFile   string // of --apply PLAN.json
}

func (p *program) reconcileCommand() *cobra.Command {
	var flags reconcileFlags
	cmd := &cobra.Command{
		Use:   "reconcile PROVIDER [--apply [PLAN.json]]",
		Short: "Compare the provider's whole list with the table, and repair it",
		Long: `Reads the provider's list of users and says who differs: missing here, changed,
suspended differently, gone at the provider. Nothing is written, and the exit
code is 3 if anybody differs. With --apply the table is repaired; users who are
gone are marked as deleted once the provider confirms it, if they are not more
than reconcile.max_deletes. --apply PLAN.json does so only if everything is as in
a plan that was saved before.`,
		Example: `  usersync reconcile authon
  usersync reconcile authon --json > plan.json
  usersync reconcile authon --apply plan.json`,
		Args: func(cmd *cobra.Command, given []string) error {
			if flags.apply && len(given) == 2 {
				flags.planFile, given = given[1], given[:1]
			}
			return words("PROVIDER")(cmd, given)
		},
		RunE: func(cmd *cobra.Command, arguments []string) error {
			return p.reconcile(cmd.Context(), arguments[0], flags)
		},
	}
	cmd.Flags().BoolVar(&flags.apply, "apply", false, "repair the table; with a file behind it, only if the plan in it still holds")
	cmd.Flags().BoolVar(&flags.restart, "restart", false, "begin anew instead of going on with an interrupted --apply")
	cmd.Flags().StringVar(&flags.maxDeletes, "max-deletes", "", "the most users to delete, as 50 or 2% (default: reconcile.max_deletes)")
	return cmd
}

func (p *program) reconcile(ctx context.Context, name string, flags reconcileFlags) (err error) {
	c, err := p.load(true)
	if err != nil {
		return err
	}
	_, limit := c.ReconcileOf(name)
	if flags.maxDeletes != "" {
		if limit, err = config.ParseShare(flags.maxDeletes); err != nil {
			return usageError{fmt.Errorf("--max-deletes: %w", err)}
		}
	}
	var saved *reconcileResult
	if flags.planFile != "" {
		if saved, err = readPlan(flags.planFile, name); err != nil {
			return usageError{err}
		}
	}
	api, err := openReconcileAPI(c, name)
	if err != nil {
		return usageError{err}
	}
	defer api.close()
	db, err := p.openMigrated(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()

	keepGarbage(reconcileGarbage)
	job := reconcileJob{program: p, config: c, name: name, db: db, api: api, limit: limit, emptied: flags.maxDeletes != ""}
	result, err := job.do(ctx, flags, saved)
	if result == nil {
		return err
	}
	switch printed := p.print(result, result.text); {
	case printed != nil:
		return printed
	case err != nil:
		return err
	case result.drifts():
		return failure(exitDrift)
	}
	return nil
}

// do plans, applies, or applies what a saved plan says if it still holds.
func (j *reconcileJob) do(ctx context.Context, flags reconcileFlags, saved *reconcileResult) (*reconcileResult, error) {
	if flags.apply && saved == nil {
		return j.apply(ctx, flags.restart, nil)
	}
	result, gone, err := j.plan(ctx)
	switch {
	case err != nil || saved == nil:
		return result, err
	case saved.Digest != result.Digest:
		result.Moved = true
		return result, nil
	default:
		return j.apply(ctx, true, gone)
	}
}

// readPlan reads what an earlier reconcile printed with --json.
func readPlan(file, name string) (*reconcileResult, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--apply: %w: make a plan with `usersync reconcile %s --json > %s`", err, name, file)
	}
	var plan reconcileResult
	switch err := json.Unmarshal(text, &plan); {
	case err != nil || plan.Digest == "":
		return nil, fmt.Errorf("--apply: %s is no plan: make one with `usersync reconcile %s --json`", file, name)
	case plan.Applied:
		return nil, fmt.Errorf("--apply: %s is the result of an --apply, not a plan", file)
	case plan.Failed:
		return nil, fmt.Errorf("--apply: %s is a plan that was not completed: make a new one", file)
	case plan.Provider != name:
		return nil, fmt.Errorf("--apply: %s is a plan for %s, not for %s", file, plan.Provider, name)
	}
	return &plan, nil
}
