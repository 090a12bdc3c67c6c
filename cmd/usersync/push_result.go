package main

import (
	"fmt"
	"io"
)

// What became of a line.
const (
	resultCreated   = "created"
	resultUpdated   = "updated"
	resultUnchanged = "unchanged"
	resultFailed    = "failed"
)

// pushResult is what became of one line, as it is printed.
type pushResult struct {
	Line       int    `json:"line"`
	Result     string `json:"result"`
	ID         string `json:"id,omitempty"`          // the provider's
	ExternalID string `json:"external_id,omitempty"` // as the line has it
	Error      string `json:"error,omitempty"`
	DryRun     bool   `json:"dry_run,omitempty"` // it would become that
}

// text writes the result for a person.
func (r pushResult) text(w io.Writer) {
	who := r.ID
	if who == "" {
		who = r.ExternalID
	}
	if who != "" {
		who = " " + who
	}
	switch {
	case r.Result == resultFailed:
		fmt.Fprintf(w, "line %d: failed%s: %s\n", r.Line, who, r.Error)
	case r.DryRun && r.Result != resultUnchanged:
		fmt.Fprintf(w, "line %d: would be %s%s\n", r.Line, r.Result, who)
	default:
		fmt.Fprintf(w, "line %d: %s%s\n", r.Line, r.Result, who)
	}
}

// summary is the last line, for the log.
func (j *pushJob) summary(complete bool) string {
	text := fmt.Sprintf("push %s: %s", j.provider, j.at.counts())
	if j.dryRun {
		text += " (dry run: nothing was written)"
	}
	if j.record.Counts.Letters > 0 {
		text += fmt.Sprintf("; the database refused %d of the rows, which are dead letters", j.record.Counts.Letters)
	}
	if !complete && !j.dryRun {
		text += fmt.Sprintf("; run it again to go on behind line %d", j.at.Line)
	}
	return text
}
