package report

import usersync "usersync/sync"

// The states of a run that has not ended. It says running as long as nobody has ended
// it: see when somebody was last about it.
const running = "running"

// Run is a backfill, a plan, a reconcile or a push.
type Run struct {
	ID       int64     `json:"id"`
	Provider string    `json:"provider"`
	Kind     string    `json:"kind"`
	State    string    `json:"state"`      // running, or how it ended: complete, failed or held
	Started  *Instant  `json:"started_at"` // nil: that could not be read
	Seen     *Instant  `json:"seen_at"`    // when somebody was last known to be about it
	Finished *Instant  `json:"finished_at"`
	AsOf     *Instant  `json:"as_of"` // when the list was true
	Counts   RunCounts `json:"counts"`
}

// RunCounts are what a run has done so far.
type RunCounts struct {
	Pages   int64    `json:"pages"`
	Users   int64    `json:"users"`
	Changed int64    `json:"changed"`
	Letters int64    `json:"dead_letters"`
	Gone    int64    `json:"gone"`
	Drift   RunDrift `json:"drift"`
	Held    string   `json:"held"` // why deletions were held back, "" if none were
}

// RunDrift counts the users who differed.
type RunDrift struct {
	Missing    int64 `json:"missing"`
	Changed    int64 `json:"changed"`
	Suspension int64 `json:"suspension"`
	Gone       int64 `json:"gone"`
}

// RunOf shows a run.
func RunOf(r *usersync.RunRecord) Run {
	c := &r.Counts
	shown := Run{
		ID: r.ID, Provider: r.Provider, Kind: string(r.Kind), State: string(r.Outcome),
		Started: InstantOf(r.Started), Seen: InstantOf(r.Seen), Finished: InstantOf(r.Finished), AsOf: InstantOf(r.Instant),
		Counts: RunCounts{c.Pages, c.Users, c.Changed, c.Letters, c.Gone, RunDrift(c.Drift), c.Held},
	}
	if shown.State == "" {
		shown.State = running
	}
	return shown
}
