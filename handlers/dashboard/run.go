package dashboard

import (
	"net/http"
	"strconv"
	"time"

	usersync "usersync/sync"
)

// runLine is a run in a list.
type runLine struct {
	ID             int64
	Path           string
	Provider, Kind string
	ByProvider     string // path of the runs of the provider
	State          badge
	Running        bool
	Users          int64
	Expected       int64 // 0 if not known
	Percent        int64 // of them; 0 if not known
	Pages          int64
	Changed, Gone  int64
	Letters        int64
	Drift          []driftCount
	Held           string
	Started, Seen  moment
	Finished       moment
	Took           string
}

// driftCount is how many users differ in one way.
type driftCount struct {
	Kind, Means string
	Count       int64
}

func runsPath(provider string, below int64) string {
	from := ""
	if below > 0 {
		from = strconv.FormatInt(below, 10)
	}
	return pathTo("/runs", "provider", provider, "below", from)
}

func viewRunLine(run *usersync.RunRecord, expected int64, now time.Time) runLine {
	c := &run.Counts
	v := runLine{
		ID: run.ID, Path: runPath(run.ID), Provider: run.Provider, ByProvider: runsPath(run.Provider, 0), Kind: string(run.Kind),
		State: runState(run, now), Running: running(run, now),
		Users: c.Users, Pages: c.Pages, Changed: c.Changed, Gone: c.Gone, Letters: c.Letters,
		Drift: driftCounts(c.Drift), Held: printable(c.Held),
		Started: microsMoment(run.Started, now), Seen: microsMoment(run.Seen, now), Finished: microsMoment(run.Finished, now),
	}
	until := now
	switch {
	case run.Finished != 0:
		until = run.Finished.Time()
	case !v.Running:
		until = run.Seen.Time()
	}
	v.Took = span(max(until.Sub(run.Started.Time()), 0).Truncate(100 * time.Millisecond))
	if run.Outcome == "" && expected > 0 {
		v.Expected, v.Percent = expected, min(100*c.Users/expected, 99)
	}
	return v
}

func driftCounts(d usersync.DriftCounts) (counts []driftCount) {
	for _, one := range []driftCount{
		{string(usersync.DriftMissing), "listed, and not in the table", d.Missing},
		{string(usersync.DriftChanged), "some column differs", d.Changed},
		{string(usersync.DriftSuspension), "suspended there and not here, or the other way round", d.Suspension},
		{string(usersync.DriftGone), "deleted at the provider, alive here", d.Gone},
	} {
		if one.Count > 0 {
			counts = append(counts, one)
		}
	}
	return counts
}

// runPage is what templates/run.html shows.
type runPage struct {
	runLine
	Plan     bool
	Apply    bool // it found what a reconcile would repair
	Restart  bool // it can be gone on with
	Found    int64
	Instant  string // when its list was true, "" if that is not known
	ByWhom   string // the command that goes on from here
	KindText string
}

// kindTexts say what the kinds of runs do, in a sentence.
var kindTexts = map[usersync.RunKind]string{
	usersync.RunBackfill:  "Reads all users of the provider and enters them; what is newer stays.",
	usersync.RunPlan:      "Compares the table with the provider's list, and changes nothing.",
	usersync.RunReconcile: "Compares, and repairs what differs; who is gone is asked for one by one, and deleted within a limit.",
}

func (d *Dashboard) run(r *http.Request) (sheet, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id < 1 {
		return sheet{}, missing("runs have numbers: look for one on the page of the runs")
	}
	run, err := d.desk.Runs.RunByID(r.Context(), id)
	if err != nil {
		return sheet{}, err
	}
	if run == nil {
		return sheet{}, missing("there is no run " + strconv.FormatInt(id, 10))
	}
	var most int64
	if run.Outcome == "" {
		older, err := d.desk.Runs.RunPage(r.Context(), run.Provider, run.ID, runsShown)
		if err != nil {
			return sheet{}, err
		}
		most = expected(older, run)
	}
	return sheet{template: "run", title: "Run " + strconv.FormatInt(id, 10), live: run.Outcome == "", body: viewRunPage(run, most, d.clock())}, nil
}

func viewRunPage(run *usersync.RunRecord, expected int64, now time.Time) runPage {
	v := runPage{
		runLine: viewRunLine(run, expected, now), Plan: run.Kind == usersync.RunPlan, Found: run.Counts.Drift.Total(),
		KindText: kindTexts[run.Kind], ByWhom: "usersync reconcile " + run.Provider,
	}
	v.Apply = v.Plan && run.Outcome != "" && run.Outcome != usersync.RunFailed && v.Found > 0
	v.Restart = lists(run.Kind) && !v.Running && (run.Outcome == "" || run.Outcome == usersync.RunFailed)
	if run.Instant != 0 {
		v.Instant = exact(run.Instant)
	}
	return v
}
