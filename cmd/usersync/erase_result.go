package main

import (
	"fmt"
	"io"
	"strings"

	"usersync/handlers"
	"usersync/models"
	usersync "usersync/sync"
)

// eraseResult is what erase prints.
type eraseResult struct {
	Provider string             `json:"provider"`
	UserID   string             `json:"user_id"`
	Before   *handlers.Instant  `json:"erased_before,omitempty"` // when the user was erased the first time
	Row      usersync.ErasedRow `json:"row"`
	HeldBy   []string           `json:"row_held_by,omitempty"` // tables of the app's
	KeepsID  bool               `json:"row_keeps_user_id,omitempty"`
	Removed  struct {
		Events     int64 `json:"processed_events"`
		Letters    int64 `json:"dead_letters"`
		Mentions   int64 `json:"dead_letters_that_mention"`
		Hydrations int64 `json:"hydrations"`
	} `json:"removed"`
	NotReached []string `json:"not_reached"`
	nothing    bool
}

func eraseResultOf(key usersync.UserKey, done usersync.Erased, dialect models.Dialect) *eraseResult {
	r := &eraseResult{
		Provider: key.Provider, UserID: key.UserID, Before: instantOrNil(done.Before),
		Row: done.Row, HeldBy: done.Holders, KeepsID: done.KeepsID, nothing: done.Nothing(),
	}
	r.Removed.Events, r.Removed.Letters, r.Removed.Mentions, r.Removed.Hydrations = done.Events, done.Letters, done.Mentions, done.Hydrations
	r.NotReached = []string{"the provider, where the user still is: delete them there; what it says about them is ignored here"}
	if dialect == models.Postgres {
		r.NotReached = append(r.NotReached,
			"spools, of this replica and of others: what waits there about the user is dropped when it is drained; records that cannot be read, and exports, are files of yours",
			"backups, replicas of the database, its write-ahead log, and what a VACUUM has not freed yet")
	} else {
		r.NotReached = append(r.NotReached, "backups, and the database's write-ahead log until its next checkpoint")
	}
	r.NotReached = append(r.NotReached,
		"dead letters that arrive from now on and name nobody",
		"logs of your own, and the app's own tables")
	if done.Row == usersync.RowBlanked {
		r.NotReached = append(r.NotReached, "the row's id, to which the app's tables refer: who knows the user's id can compute it; when nothing refers to it any more, erase again")
	}
	return r
}

// text writes the result for a person.
func (r *eraseResult) text(w io.Writer) {
	fmt.Fprintf(w, "%s %s is erased.\n", r.Provider, visibleLine(r.UserID))
	if r.Before != nil {
		fmt.Fprintf(w, "It had been, at %s; this removed what was left.\n", shownTime(usersync.MicrosOf(r.Before.Time)))
	}
	if r.nothing {
		fmt.Fprintln(w, "Nothing was there to remove. What is said about the user is ignored from now on.")
	}
	mentions := ""
	if r.Removed.Mentions > 0 {
		mentions = fmt.Sprintf(", and %d that named nobody and mentioned the user", r.Removed.Mentions)
	}
	writeTable(w, [][]string{
		{"users", r.rowText()},
		{"processed events", fmt.Sprintf("%d removed", r.Removed.Events)},
		{"dead letters", fmt.Sprintf("%d removed%s", r.Removed.Letters, mentions)},
		{"hydrations", fmt.Sprintf("%d removed", r.Removed.Hydrations)},
	})
	fmt.Fprintln(w, "\nNot reached:")
	for _, rest := range r.NotReached {
		fmt.Fprintf(w, "- %s\n", rest)
	}
}

func (r *eraseResult) rowText() string {
	switch r.Row {
	case usersync.RowDeleted:
		return "the row was removed"
	case usersync.RowBlanked:
		text := "the row was blanked and stays, because "
		if len(r.HeldBy) == 0 {
			text += "a trigger of the app's keeps it"
		} else {
			text += strings.Join(r.HeldBy, ", ") + " may refer to it"
		}
		if r.KeepsID {
			text += "; it keeps provider_user_id, to which a foreign key refers"
		}
		return text
	default:
		return "there was no row"
	}
}
