package main

import (
	"fmt"
	"io"
	"slices"
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
	HeldBy   []rowHolder        `json:"row_held_by,omitempty"` // why the row was blanked
	KeepsID  bool               `json:"row_keeps_user_id,omitempty"`
	Removed  struct {
		Events     int64 `json:"processed_events"`
		Letters    int64 `json:"dead_letters"`
		Mentions   int64 `json:"dead_letters_that_mention"`
		Messages   int64 `json:"messages"`
		Bodies     int64 `json:"messages_that_mention"`
		Hydrations int64 `json:"hydrations"`
	} `json:"removed"`
	NotReached []string `json:"not_reached"`
	nothing    bool
}

func eraseResultOf(key usersync.UserKey, done usersync.Erased, dialect models.Dialect) *eraseResult {
	r := &eraseResult{
		Provider: key.Provider, UserID: key.UserID, Before: instantOrNil(done.Before),
		Row: done.Row, KeepsID: done.KeepsID, nothing: done.Nothing(),
	}
	for _, h := range done.Holders {
		r.HeldBy = append(r.HeldBy, rowHolder(h))
	}
	r.Removed.Events, r.Removed.Letters, r.Removed.Mentions, r.Removed.Hydrations = done.Events, done.Letters, done.Mentions, done.Hydrations
	r.Removed.Messages, r.Removed.Bodies = done.Messages, done.MessageMentions
	r.NotReached = []string{"the provider, where the user still is: delete them there; what it says about them is ignored here"}
	if dialect == models.Postgres {
		r.NotReached = append(r.NotReached,
			"spools, of this replica and of others: what waits there about the user is dropped when it is drained; records that cannot be read, and exports, are files of yours",
			"backups, replicas of the database, its write-ahead log, and what a VACUUM has not freed yet")
	} else {
		r.NotReached = append(r.NotReached, "backups, and the database's write-ahead log until its next checkpoint")
	}
	r.NotReached = append(r.NotReached,
		"receivers of actions, and messages that are being sent to them at this moment",
		"dead letters and messages that arrive from now on and name nobody",
		"logs of your own, and the app's own tables")
	if done.Row == usersync.RowBlanked {
		r.NotReached = append(r.NotReached, "the blanked row's id: who knows the user's id can compute it; "+r.letGo())
	}
	return r
}

// rowHolder is a foreign key of the app's, as it is printed.
type rowHolder struct {
	Table  string `json:"table"`
	Key    string `json:"foreign_key"`
	Unread bool   `json:"not_readable,omitempty"`
}

// says is how a person reads of a key.
func (h rowHolder) says() string {
	says := fmt.Sprintf("%s refers to it with %s", h.Table, h.Key)
	if h.Unread {
		says = fmt.Sprintf("%s, which this role may not read, may refer to it with %s", h.Table, h.Key)
	}
	return visibleLine(says)
}

// letGo says what lets a blanked row go.
func (r *eraseResult) letGo() string {
	until := "when nothing there refers to it any more"
	switch {
	case len(r.HeldBy) == 0:
		until = "when the trigger lets it go"
	case slices.ContainsFunc(r.HeldBy, func(h rowHolder) bool { return h.Unread }):
		until += ", and this role may read all of these tables"
	}
	return until + ", erase again"
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
	bodies := ""
	if r.Removed.Bodies > 0 {
		bodies = fmt.Sprintf(", and %d that named nobody and mentioned the user were emptied", r.Removed.Bodies)
	}
	writeTable(w, [][]string{
		{"users", r.rowText()},
		{"processed events", fmt.Sprintf("%d removed", r.Removed.Events)},
		{"dead letters", fmt.Sprintf("%d removed%s", r.Removed.Letters, mentions)},
		{"messages", fmt.Sprintf("%d removed%s", r.Removed.Messages, bodies)},
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
			var says []string
			for _, h := range r.HeldBy {
				says = append(says, h.says())
			}
			text += strings.Join(says, ", and ")
		}
		if r.KeepsID {
			text += "; it keeps provider_user_id, to which a foreign key refers"
		}
		return text
	default:
		return "there was no row"
	}
}
