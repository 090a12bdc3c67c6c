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
	usersync "usersync/sync"
)

// letterPage is how many letters are read at once.
const letterPage = 1000

func (p *program) eventsListCommand() *cobra.Command {
	var flags scopeFlags
	var limit int
	var below int64
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Show dead letters, the newest first",
		Long: `Shows dead letters, those that were stored last first, and counts all that are
meant by provider and reason. What was sent is shown by events show alone.`,
		Example: `  usersync events list --provider authon --since 24h
  usersync events list --reason refused --json`,
		Args: noWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			scope, err := flags.scope(nil)
			if err != nil {
				return err
			}
			if limit < 1 || below < 0 {
				return usageError{errors.New("--limit, --below: want a number of at least 1")}
			}
			return p.withLetters(cmd.Context(), func(db *models.DB) error {
				return p.listLetters(cmd.Context(), db, scope, below, limit)
			})
		},
	}
	flags.register(cmd)
	cmd.Flags().IntVar(&limit, "limit", 50, "the most letters to show")
	cmd.Flags().Int64Var(&below, "below", 0, "go on below the letter with this `ID`")
	return cmd
}

// letterListing is the result of events list.
type letterListing struct {
	Letters []report.Letter      `json:"letters"`
	Next    int64                `json:"next_below,omitempty"` // where to go on, if there are more
	Counts  []models.LetterCount `json:"counts"`
}

func (p *program) listLetters(ctx context.Context, db *models.DB, scope usersync.LetterScope, below int64, limit int) error {
	result := letterListing{Letters: []report.Letter{}}
	for more := true; more && len(result.Letters) < limit; {
		wanted := min(limit-len(result.Letters), letterPage)
		page, err := db.LetterList(ctx, scope, below, wanted+1)
		if err != nil {
			return err
		}
		if more = len(page) > wanted; more {
			page = page[:wanted]
		}
		for i := range page {
			result.Letters = append(result.Letters, report.LetterOf(&page[i]))
			below = page[i].ID
		}
		if result.Next = 0; more {
			result.Next = below
		}
	}
	if len(result.Letters) == 0 {
		if err := p.doubtScope(ctx, db, scope); err != nil {
			return err
		}
	}
	var err error
	if result.Counts, err = db.LetterCounts(ctx, scope); err != nil {
		return err
	}
	return p.print(result, result.text)
}

func (r letterListing) text(w io.Writer) {
	if len(r.Letters) == 0 {
		fmt.Fprintln(w, "no dead letters")
		return
	}
	rows := [][]string{{"ID", "PROVIDER", "REASON", "EVENT", "USER", "FIRST SEEN", "LAST SEEN", "SEEN", "DUE", "DETAIL"}}
	for i := range r.Letters {
		l := &r.Letters[i]
		rows = append(rows, []string{
			strconv.FormatInt(l.ID, 10), visibleLine(l.Provider), visibleLine(l.Reason), visibleLine(cmp.Or(l.EventID, "-")), visibleLine(cmp.Or(l.UserID, "-")),
			letterTime(&l.FirstSeen), letterTime(&l.LastSeen), strconv.FormatInt(l.Seen, 10), letterTime(l.Due), visibleLine(l.Detail),
		})
	}
	writeTable(w, rows)
	if r.Next != 0 {
		fmt.Fprintf(w, "there are more: go on with --below %d\n", r.Next)
	}
	counts := [][]string{{"LETTERS", "PROVIDER", "REASON"}}
	for _, c := range r.Counts {
		counts = append(counts, []string{strconv.FormatInt(c.Letters, 10), visibleLine(c.Provider), visibleLine(c.Reason)})
	}
	fmt.Fprintln(w)
	writeTable(w, counts)
}
