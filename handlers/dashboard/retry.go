package dashboard

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"

	usersync "usersync/sync"
)

// retriedShown is how many letters the result of a retry lists; the others are counted.
const retriedShown = 200

// retries are the pages on which dead letters are tried again.
type retries struct {
	*Dashboard
	done receipts[retriedView]
}

// retriedView is what templates/retried.html shows.
type retriedView struct {
	Filter      letterFilter
	All         bool // all letters of the filter were meant
	Tried       int64
	Gone        []retriedCount
	Stays       int64
	Letters     []retriedLetter // in the order in which they were tried
	Unlisted    int64           // how many more were tried
	Missing     []int64         // chosen, and not there any more
	Interrupted string          // why not all were tried, "" if all were
	Back        string
}

// retriedCount is how many are gone with an outcome.
type retriedCount struct {
	Outcome badge
	Count   int64
}

// retriedLetter is what became of one.
type retriedLetter struct {
	ID       int64
	Path     string // "" if it is gone
	Provider string
	Reason   string
	State    badge
	Why      string
}

// retry tries the letters that a form chose, or all that its filter means.
func (t *retries) retry(r *http.Request) (to string, err error) {
	a := filledIn(r)
	f, which := letterFilterOf(a), a.oneOf("which", []string{"selected", "filter"})
	chosen := a.ids("id", lettersShown)
	scope := f.scope()
	switch {
	case a.err != nil:
		return "", a.err
	case which == "":
		return "", badInput("which: say selected or filter. Nothing was tried.")
	case which == "selected" && len(chosen) == 0:
		return "", badInput("No letter is selected, so nothing was tried: go back and select some, or take all.")
	case which == "selected":
		scope = usersync.LetterScope{IDs: chosen}
	}
	v := retriedView{Filter: f, All: which == "filter", Back: f.path(0)}
	gone, left := map[usersync.Outcome]int64{}, map[int64]bool{}
	for _, id := range scope.IDs {
		left[id] = true
	}
	err = t.desk.Retry(r.Context(), scope, func(one usersync.Retried) {
		delete(left, one.Letter.ID)
		v.add(one, gone)
	})
	if err != nil && v.Tried == 0 {
		return "", err
	}
	v.end(err, gone, left)
	return pathTo("/letters/retried", "result", t.done.keep(v, t.clock())), nil
}

// add notes what became of a letter.
func (v *retriedView) add(one usersync.Retried, gone map[usersync.Outcome]int64) {
	v.Tried++
	l := retriedLetter{ID: one.Letter.ID, Provider: printable(one.Letter.Provider), Reason: printable(one.Letter.Reason), State: outcomeBadge(one.Outcome)}
	switch {
	case !one.Gone:
		v.Stays++
		l.Path, l.State, l.Why = letterPath(l.ID), badge{"warn", "stays"}, printable(one.Why)
	case one.Outcome == usersync.OutcomeDeadLetter:
		gone[one.Outcome]++
		l.State, l.Why = badge{"warn", "in parts"}, "what was understood of it is applied, and the rest are letters of their own now"
	default:
		gone[one.Outcome]++
	}
	if len(v.Letters) == retriedShown {
		v.Unlisted++
		return
	}
	v.Letters = append(v.Letters, l)
}

// end sums up.
func (v *retriedView) end(err error, gone map[usersync.Outcome]int64, left map[int64]bool) {
	for o := usersync.OutcomeDeadLetter; o <= usersync.OutcomeSpooled; o++ {
		if gone[o] > 0 {
			word := outcomeBadge(o)
			if o == usersync.OutcomeDeadLetter {
				word = badge{"warn", "in parts"}
			}
			v.Gone = append(v.Gone, retriedCount{word, gone[o]})
		}
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		v.Interrupted = "there was no time for more"
	case err != nil:
		v.Interrupted = err.Error()
	default:
		v.Missing = slices.Sorted(maps.Keys(left))
	}
}

// retried shows what became of the letters.
func (t *retries) retried(r *http.Request) (sheet, error) {
	a := askedBy(r)
	name := a.wanted("result")
	if a.err != nil {
		return sheet{}, a.err
	}
	v, err := t.done.find(name, t.clock())
	return sheet{template: "retried", title: "Retried", body: v}, err
}
