package report

import usersync "usersync/sync"

// Retry is what became of dead letters that were tried again.
type Retry struct {
	DryRun  bool             `json:"dry_run"`
	Failed  bool             `json:"failed"`         // not all were tried
	Left    bool             `json:"left,omitempty"` // the time was over: a retry goes on with the rest
	Counts  map[string]int64 `json:"counts"`         // of those that are gone, by outcome
	Stays   []StayingLetter  `json:"stays"`
	Unnamed int64            `json:"stays_unnamed,omitempty"` // how many more stay than are listed
	Missing []int64          `json:"missing,omitempty"`       // ids that there are no letters with
}

// StayingLetter is a letter that stays, and why.
type StayingLetter struct {
	Letter
	Why string `json:"why"`
}

// NewRetry is a Retry of nothing yet.
func NewRetry(dryRun bool) *Retry {
	return &Retry{DryRun: dryRun, Counts: map[string]int64{}, Stays: []StayingLetter{}}
}

// Add notes what became of a letter.
func (r *Retry) Add(one usersync.Retried) {
	if one.Gone {
		r.Counts[one.Outcome.String()]++
		return
	}
	r.Stays = append(r.Stays, StayingLetter{LetterOf(&one.Letter), one.Why})
}
