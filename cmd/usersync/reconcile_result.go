package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	usersync "usersync/sync"
)

// reconcileResult is what reconcile prints. A plan is one that was not applied.
type reconcileResult struct {
	Provider string          `json:"provider"`
	Applied  bool            `json:"applied"`
	Resumed  bool            `json:"resumed,omitempty"`
	Moved    bool            `json:"moved,omitempty"` // a saved plan does not hold any more
	Failed   bool            `json:"failed,omitempty"`
	Digest   string          `json:"digest"` // of who differs and how
	Run      usersync.Counts `json:"run"`
	Alive    int64           `json:"alive"`           // users in the table who were not deleted
	Unlisted int64           `json:"unlisted"`        // of them, those who are not listed
	Hidden   int64           `json:"hidden"`          // of them, those who are there all the same
	Young    int64           `json:"young"`           // not listed, but heard of since: not judged
	AsOf     string          `json:"as_of,omitempty"` // when the list was true
	Held     string          `json:"held,omitempty"`
	Suspects []string        `json:"suspects,omitempty"` // some of those who are held back
	*usersync.Findings
}

func (r *reconcileResult) add(found *usersync.Reconciled) {
	r.Alive, r.Unlisted, r.Hidden, r.Young, r.Held = found.Alive, found.Unlisted, found.Hidden, found.Young, found.Held
	r.Findings = found.Findings
	if found.Instant != 0 {
		r.AsOf = found.Instant.Time().Format(time.RFC3339)
	}
	for _, key := range found.Suspects {
		r.Suspects = append(r.Suspects, key.UserID)
	}
}

// drifts reports whether the table is not as the provider has its users: a plan
// found somebody who differs, something is held back, or a saved plan does not
// hold.
func (r *reconcileResult) drifts() bool {
	return r.Held != "" || r.Moved || !r.Applied && r.Findings.Total() > 0
}

// driftWords say in what order the kinds are shown, and how.
var driftWords = [...]struct {
	kind usersync.DriftKind
	text string
}{
	{usersync.DriftMissing, "missing here"},
	{usersync.DriftChanged, "changed"},
	{usersync.DriftSuspension, "suspended differently"},
	{usersync.DriftGone, "gone at the provider"},
}

// text writes the result for a person.
func (r *reconcileResult) text(w io.Writer) {
	if r.Failed && r.Run.Pages == 0 {
		fmt.Fprintf(w, "%s: nothing could be listed\n", r.Provider)
		return
	}
	fmt.Fprintf(w, "%s: %d users listed on %d pages, %d here\n", r.Provider, r.Run.Users, r.Run.Pages, r.Alive)
	rows := [][]string{}
	for _, d := range driftWords {
		var some []string
		for _, s := range r.Samples[d.kind] {
			some = append(some, sampleText(s))
		}
		if n := r.Counts[d.kind]; n > int64(len(some)) {
			some = append(some, "…")
		}
		rows = append(rows, []string{"  " + d.text, fmt.Sprint(r.Counts[d.kind]), strings.Join(some, ", ")})
	}
	writeTable(w, rows)
	if r.Hidden > 0 {
		fmt.Fprintf(w, "%d users were not listed and are there all the same: the list moved while it was read.\n", r.Hidden)
	}
	if r.Young > 0 {
		fmt.Fprintf(w, "%d users who are not listed were heard of after %s: newer than the list, they are left for the next time.\n", r.Young, r.AsOf)
	}
	if r.Run.Letters > 0 {
		fmt.Fprintf(w, "%d listed users were not understood", r.Run.Letters)
		if r.Applied {
			fmt.Fprint(w, ": see the dead letters")
		}
		fmt.Fprintln(w, ".")
	}
	if r.Held != "" {
		fmt.Fprintf(w, "Held back: %s.\n", r.Held)
		if len(r.Suspects) > 0 {
			fmt.Fprintf(w, "Look whether they are really gone: %s … If so, --max-deletes %d lets them be deleted.\n", strings.Join(r.Suspects, ", "), r.Unlisted)
		}
	}
	switch {
	case r.Failed:
		fmt.Fprintln(w, "Not complete: this is what was listed so far. Run it again.")
	case r.Moved:
		fmt.Fprintln(w, "Nothing was written: this is not what the plan says. Make a new one.")
	case r.Applied:
		went := ""
		if r.Resumed {
			went = ", with what was done before the interruption"
		}
		fmt.Fprintf(w, "Repaired: %d users changed, %d of them deleted%s.\n", r.Run.Changed, r.Run.Gone, went)
	case r.Findings.Total() > 0:
		fmt.Fprintf(w, "Nothing was written. `usersync reconcile %s --apply` repairs.\n", r.Provider)
	case r.Held == "":
		fmt.Fprintf(w, "Everybody is as the provider had them at %s: what happened since is not judged.\n", r.AsOf)
	}
}

func sampleText(s usersync.DriftSample) string {
	var about []string
	if s.Email != "" {
		about = append(about, s.Email)
	}
	if len(s.Columns) > 0 {
		about = append(about, strings.Join(s.Columns, " "))
	}
	if about == nil {
		return s.UserID
	}
	return s.UserID + " (" + strings.Join(about, ": ") + ")"
}
