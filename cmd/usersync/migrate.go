package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"usersync/models"
)

func (p *program) migrateCommand() *cobra.Command {
	migrate := &cobra.Command{
		Use:   "migrate",
		Short: "Make or upgrade the tables",
		Args:  knownCommand,
		RunE: func(*cobra.Command, []string) error {
			return usageError{errors.New("migrate: say up, status or print")}
		},
	}
	migrate.AddCommand(
		&cobra.Command{
			Use:   "up",
			Short: "Apply the pending migrations",
			Args:  noWords,
			RunE:  func(cmd *cobra.Command, _ []string) error { return p.migrateUp(cmd.Context()) },
		},
		&cobra.Command{
			Use:   "status",
			Short: "List the migrations and whether they are applied",
			Args:  noWords,
			RunE:  func(cmd *cobra.Command, _ []string) error { return p.migrateStatus(cmd.Context()) },
		},
		&cobra.Command{
			Use:   "print",
			Short: "Print the schema and the grants as SQL, to be applied by hand",
			Args:  noWords,
			RunE:  func(*cobra.Command, []string) error { return p.migratePrint() },
		},
	)
	return migrate
}

// step is a migration as it is printed.
type step struct {
	Version int64  `json:"version"`
	Name    string `json:"name"`
	Applied bool   `json:"applied"`
}

func steps(migrations []models.Migration) []step {
	list := make([]step, len(migrations))
	for i, m := range migrations {
		list[i] = step{m.Version, m.Name, m.Applied}
	}
	return list
}

// withSchema opens the configured database for a command about its schema.
func (p *program) withSchema(ctx context.Context, do func(db *models.DB) error) error {
	c, err := p.load(false)
	if err != nil {
		return err
	}
	db, err := p.openAnswering(ctx, c)
	if err != nil {
		return err
	}
	return errors.Join(advise(c, do(db)), db.Close())
}

func (p *program) migrateUp(ctx context.Context) error {
	return p.withSchema(ctx, func(db *models.DB) error {
		applied, err := db.Migrate(ctx)
		for i := range applied {
			applied[i].Applied = true
		}
		if err != nil && len(applied) > 0 { // which stays so
			err = errors.Join(p.print(steps(applied), func(w io.Writer) { appliedText(w, applied) }), err)
		}
		if err != nil {
			return err
		}
		made, err := makePartitions(ctx, db, weeksAheadByHand)
		if errors.Is(err, models.ErrBusyPartitions) {
			fmt.Fprintln(p.stderr, "usersync: "+err.Error())
		} else if err != nil {
			return err
		}
		return p.print(steps(applied), func(w io.Writer) {
			appliedText(w, applied)
			if len(made) > 0 {
				fmt.Fprintf(w, "made %d partitions for the events of the next weeks\n", len(made))
			}
			if len(applied)+len(made) == 0 {
				fmt.Fprintln(w, "nothing to do: the schema is up to date")
			}
		})
	})
}

func appliedText(w io.Writer, applied []models.Migration) {
	for _, m := range applied {
		fmt.Fprintf(w, "applied %d %s\n", m.Version, m.Name)
	}
}

func (p *program) migrateStatus(ctx context.Context) error {
	return p.withSchema(ctx, func(db *models.DB) error {
		all, err := db.Migrations(ctx)
		if err != nil {
			return err
		}
		return p.print(steps(all), func(w io.Writer) {
			for _, m := range all {
				fmt.Fprintf(w, "%4d  %-20s %s\n", m.Version, m.Name, map[bool]string{true: "applied", false: "pending"}[m.Applied])
			}
		})
	})
}

func (p *program) migratePrint() error {
	c, err := p.load(false)
	if err != nil {
		return err
	}
	dialect, err := models.DialectOf(c.Database.URL.Reveal())
	if err != nil {
		return err
	}
	text, err := models.SchemaSQL(dialect, c.Database.UsersTable, models.PartitionsSQL(dialect, now(), weeksAheadByHand))
	if err != nil {
		return err
	}
	return p.print(map[string]string{"sql": text}, func(w io.Writer) { fmt.Fprint(w, text) })
}
