package dashboard

import (
	"errors"
	"net/http"
	"time"

	"usersync/handlers/desk"
	usersync "usersync/sync"
)

// runsShown is how many runs stand on a page.
const runsShown = 25

// runsView is what templates/runs.html shows.
type runsView struct {
	Provider     string
	Starts       []startView
	Runs         []runLine
	First        bool
	Newest, Next string
}

// startView is what can be started of a provider.
type startView struct {
	Name     string
	Unlisted string // why nothing can, "" if it can
}

// startKinds are the kinds of runs that a form may start.
var startKinds = []string{string(usersync.RunBackfill), string(usersync.RunPlan), string(usersync.RunReconcile)}

func (d *Dashboard) runs(r *http.Request) (sheet, error) {
	a := askedBy(r)
	provider, below := a.text("provider"), a.number("below")
	if a.err != nil {
		return sheet{}, a.err
	}
	page, err := d.desk.Runs.RunPage(r.Context(), provider, below, runsShown+1)
	if err != nil {
		return sheet{}, err
	}
	v := runsView{Provider: printable(provider), First: below == 0, Newest: runsPath(provider, 0)}
	if len(page) > runsShown {
		page = page[:runsShown]
		v.Next = runsPath(provider, page[runsShown-1].ID)
	}
	for _, p := range d.desk.Overview(r.Context()).Providers {
		if provider == "" || provider == p.Name {
			v.Starts = append(v.Starts, startView{p.Name, p.Unlisted})
		}
	}
	now := d.clock()
	for i := range page {
		v.Runs = append(v.Runs, viewRunLine(&page[i], expected(page[i+1:], &page[i]), now))
	}
	return sheet{template: "runs", title: "Runs", live: v.First, body: v}, nil
}

// start begins a run and shows it.
func (d *Dashboard) start(r *http.Request) (to string, err error) {
	a := filledIn(r)
	provider, kind := a.wanted("provider"), a.oneOf("kind", startKinds)
	if kind == "" {
		a.fault("kind", "it is missing. Nothing was started.")
	}
	if a.err != nil {
		return "", a.err
	}
	id, err := d.desk.Starter.Start(r.Context(), usersync.RunKind(kind), provider)
	switch {
	case err == nil:
		return runPath(id), nil
	case errors.Is(err, desk.ErrBusy), errors.Is(err, desk.ErrUnknownProvider):
		return "", err
	case r.Context().Err() != nil, d.desk.Overview(r.Context()).Away != "":
		return "", err
	default: // the error says why, for the operator
		return "", conflict("It cannot be started: " + err.Error())
	}
}

// running reports whether somebody is about a run.
func running(run *usersync.RunRecord, now time.Time) bool {
	return run.Outcome == "" && now.Sub(run.Seen.Time()) <= runQuiet
}

// expected is how many users a run will see, by the last one of the provider that read its
// whole list: 0 if none of these did.
func expected(older []usersync.RunRecord, run *usersync.RunRecord) int64 {
	for i := range older {
		if o := &older[i]; o.Provider == run.Provider && (o.Outcome == usersync.RunComplete || o.Outcome == usersync.RunHeld) && lists(o.Kind) {
			return o.Counts.Users
		}
	}
	return 0
}

// lists reports whether runs of a kind read the provider's whole list.
func lists(kind usersync.RunKind) bool {
	return kind == usersync.RunBackfill || kind == usersync.RunPlan || kind == usersync.RunReconcile
}
