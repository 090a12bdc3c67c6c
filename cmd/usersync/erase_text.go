package main

import (
	"fmt"
	"io"
	"strings"

	"usersync/internal/report"
	usersync "usersync/sync"
)

// holderText is how a person reads of a key.
func holderText(h report.RowHolder) string {
	says := fmt.Sprintf("%s refers to it with %s", h.Table, h.Key)
	if h.Unread {
		says = fmt.Sprintf("%s, which this role may not read, may refer to it with %s", h.Table, h.Key)
	}
	return visibleLine(says)
}

// erasureText writes an erasure for a person; nothing says that there was nothing.
func erasureText(r *report.Erasure, nothing bool, w io.Writer) {
	fmt.Fprintf(w, "%s %s is erased.\n", r.Provider, visibleLine(r.UserID))
	if r.Before != nil {
		fmt.Fprintf(w, "It had been, at %s; this removed what was left.\n", shownTime(usersync.MicrosOf(r.Before.Time)))
	}
	if nothing {
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
		{"users", erasedRowText(r)},
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

func erasedRowText(r *report.Erasure) string {
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
				says = append(says, holderText(h))
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
