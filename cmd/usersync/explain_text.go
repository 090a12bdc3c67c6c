package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"usersync/internal/report"
	usersync "usersync/sync"
)

// explanationText writes what is known of a user for a person.
func explanationText(r *report.Explanation, w io.Writer) {
	fmt.Fprintf(w, "%s %s, id %s\n", r.Provider, visibleLine(r.UserID), r.ID)
	switch {
	case r.Erased != nil:
		fmt.Fprintf(w, "erased at %s: whatever is said about the user is ignored\n", shownInstant(r.Erased))
		if r.Row {
			fmt.Fprintln(w, "a blank row is left, because the app's tables may refer to it")
		}
	case !r.Row:
		fmt.Fprintln(w, "there is no row")
	default:
		fmt.Fprintf(w, "row made at %s, changed at %s\n", shownInstant(r.CreatedAt), shownInstant(r.UpdatedAt))
	}
	if r.Unreadable != "" {
		fmt.Fprintln(w, visibleLine(r.Unreadable))
	}
	if len(r.Fields) > 0 {
		rows := [][]string{{"COLUMN", "VALUE", "AS", "AT", "EVENT", "RECEIVED"}}
		for _, x := range r.Fields {
			value := visibleLine(shownValue(x.Value))
			if x.Hidden {
				value += " (shown as null: of an older address)"
			}
			rows = append(rows, append([]string{x.Field, value}, sourceCells(&x.Source)...))
		}
		fmt.Fprintln(w)
		writeTable(w, rows)
	}
	if r.Redacted != nil {
		fmt.Fprintln(w, "\nWhat was said of the profile before this is dropped:")
		writeTable(w, [][]string{sourceCells(r.Redacted)})
	}
	explainedEventsText(r, w)
	buriedText(r, w)
	if len(r.Messages) > 0 {
		fmt.Fprintln(w, "\nMessages of actions that no receiver has taken:")
		writeTable(w, messageRows(r.Messages))
	}
	if r.Waiting != nil {
		fmt.Fprintf(w, "\nThe user waits to be fetched: due at %s, %d attempts, asked for by %d events.\n", shownInstant(r.Waiting.DueAt), r.Waiting.Attempts, r.Waiting.Requests)
	}
}

func explainedEventsText(r *report.Explanation, w io.Writer) {
	if len(r.Events) == 0 {
		fmt.Fprintln(w, "\nNo processed event of the user is kept.")
		return
	}
	fmt.Fprintln(w, "\nProcessed events, the newest first:")
	rows := [][]string{{"TIME", "KIND", "EVENT", "OUTCOME", "ORIGIN", "RECEIVED"}}
	for _, e := range r.Events {
		rows = append(rows, []string{shownInstant(e.At), e.Kind, visibleLine(e.EventID), e.Outcome, e.Origin, shownInstant(e.Received)})
	}
	writeTable(w, rows)
	if r.More {
		fmt.Fprintln(w, "There are more: --limit shows them.")
	}
}

func buriedText(r *report.Explanation, w io.Writer) {
	if len(r.Letters) == 0 {
		return
	}
	fmt.Fprintln(w, "\nDead letters, the newest first:")
	rows := [][]string{{"ID", "LAST SEEN", "SEEN", "REASON", "EVENT", "DETAIL"}}
	for _, l := range r.Letters {
		rows = append(rows, []string{strconv.FormatInt(l.ID, 10), shownInstant(l.LastSeen), strconv.FormatInt(l.Seen, 10), l.Reason, visibleLine(l.EventID), visibleLine(l.Detail)})
	}
	writeTable(w, rows)
}

// sourceCells are the columns of a table that tell of a source.
func sourceCells(s *report.Source) []string {
	event := visibleLine(s.EventID)
	if event == "" {
		event = "-"
	}
	received := "-"
	if s.Received != nil {
		received = shownInstant(s.Received)
	}
	return []string{s.Means, shownInstant(s.At), event, received}
}

// shownValue is a value in one line.
func shownValue(value any) string {
	if at, isTime := value.(report.Instant); isTime {
		return shownInstant(&at)
	}
	if at, isTime := value.(*report.Instant); isTime {
		return shownInstant(at)
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return ""
	}
	return string(bytes.TrimSuffix(text.Bytes(), []byte("\n")))
}

func shownInstant(at *report.Instant) string {
	if at == nil {
		return "-"
	}
	return at.UTC().Format(time.RFC3339Nano)
}

func shownTime(at usersync.Micros) string { return at.Time().Format(time.RFC3339Nano) }
