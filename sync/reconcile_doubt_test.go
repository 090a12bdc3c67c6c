package usersync_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	usersync "usersync/sync"
)

// hiding is a list of users of whom some are left out.
func hiding(users int, hidden ...int) *list {
	return &list{users: users, size: 6, hides: func(i int, _ int64) bool {
		for _, h := range hidden {
			if h == i {
				return true
			}
		}
		return false
	}}
}

// answers is a provider that decides by the id and how often it was asked.
type answers func(id string, times int) (there bool, err error)

func (a answers) fetcher() *counted { return &counted{answer: a, times: map[string]int{}} }

type counted struct {
	directory
	answer answers
	times  map[string]int
}

func (c *counted) Fetch(ctx context.Context, id string) (usersync.Command, bool, error) {
	c.lock.Lock()
	c.times[id]++
	times := c.times[id]
	c.lock.Unlock()
	there, err := c.answer(id, times)
	if !there || err != nil {
		return usersync.Command{}, false, err
	}
	return c.directory.Fetch(ctx, id)
}

// One user for whom the provider does not answer keeps nobody else waiting: the
// run ends, and says so.
func TestReconcileOfAUserWhoCannotBeAskedFor(t *testing.T) {
	t.Parallel()
	r := reconciling(t, 20, hiding(20, 7, 8), nil)
	r.Fetcher = answers(func(id string, _ int) (bool, error) {
		if id == "u8" {
			return false, errors.New("the provider answered 400 Bad Request")
		}
		return id != "u7", nil
	}).fetcher()
	run, result, err := r.Run(t.Context(), r.begin(t, false))
	if err != nil || r.deleted() != "u7" || run.Counts.Gone != 1 || result.Outcome() != usersync.RunHeld || !strings.Contains(result.Held, "400") {
		t.Errorf("%+v, %+v, %v, deleted %q", run, result, err, r.deleted())
	}
}

// A gateway that answers 404 for everybody, at first or later, deletes nobody;
// neither does one 404 that is taken back.
func TestReconcileDoesNotBelieveOne404(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer answers
		held   bool
	}{
		"for everybody":       {func(string, int) (bool, error) { return false, nil }, true},
		"for everybody later": {func(id string, times int) (bool, error) { return id != "u7" && id != "u8" && times == 1, nil }, true},
		"once":                {func(id string, times int) (bool, error) { return id != "u7" && id != "u8" || times > 1, nil }, false},
	} {
		r := reconciling(t, 20, hiding(20, 7, 8), nil)
		r.Fetcher = c.answer.fetcher()
		_, result, err := r.Run(t.Context(), usersync.Run{})
		if err != nil || r.deleted() != "" || (result.Held != "") != c.held || (result.Hidden == 2) == c.held {
			t.Errorf("%s: %+v, %v, deleted %q", name, result, err, r.deleted())
		}
	}
}

// A list on which nobody is whom we know is of another project, or broken;
// unless the operator says so.
func TestReconcileDoesNotBelieveAnEmptyList(t *testing.T) {
	t.Parallel()
	for _, emptied := range []bool{false, true} {
		r := reconciling(t, 5, hiding(5, 0, 1, 2, 3, 4), nil)
		r.Fetcher = answers(func(string, int) (bool, error) { return false, nil }).fetcher()
		r.Emptied = emptied
		_, result, err := r.Run(t.Context(), usersync.Run{})
		if err != nil || (r.deleted() != "") != emptied || (result.Held == "") != emptied || (len(result.Suspects) == 5) == emptied {
			t.Errorf("emptied %v: %+v, %v, deleted %q", emptied, result, err, r.deleted())
		}
	}
}

// What was planned binds: who vanishes after the plan is left for the next one.
func TestReconcileDeletesOnlyWhomThePlanNames(t *testing.T) {
	t.Parallel()
	r := reconciling(t, 20, hiding(20, 7, 8), &directory{gone: map[string]bool{"u7": true, "u8": true}})
	r.Only = func(key usersync.UserKey) bool { return key.UserID == "u8" }
	_, result, err := r.Run(t.Context(), usersync.Run{})
	if err != nil || r.deleted() != "u8" || result.Held == "" {
		t.Errorf("%+v, %v, deleted %q", result, err, r.deleted())
	}
}

// Users who are listed and not understood, or refused by the database, are not
// taken for missing ones.
func TestReconcileTellsTheUnwrittenFromTheGone(t *testing.T) {
	t.Parallel()
	r := reconciling(t, 40, &list{users: 40, size: 10, edit: func(i int, c *usersync.Command) {
		c.Payload = fmt.Appendf(nil, `{"id":%d}`, i)
		if i%2 == 0 {
			c.Fields[usersync.FieldEmail] = usersync.TextValue("refused@x")
		}
	}}, &directory{})
	r.memory.Refuse("refused@x")
	r.Backfill.Lister = &lettered{list: r.Backfill.Lister.(*list)}
	r.Listed = bag{}
	_, result, err := r.Run(t.Context(), usersync.Run{})
	if err != nil || result.Unlisted != 0 || result.Held != "" {
		t.Errorf("%+v, %v", result, err)
	}
}

// If the second list has somebody who is not understood, it proves nothing.
func TestReconcileWithASecondListThatIsNotUnderstood(t *testing.T) {
	t.Parallel()
	// A list is one page, and none is asked for ahead of it.
	l := &list{users: 12, size: 20, chained: true, hides: func(i int, _ int64) bool { return i == 2 || i == 3 }}
	r := reconciling(t, 12, l, nil)
	r.Backfill.Lister = &lettered{list: l, from: 2}
	_, result, err := r.Run(t.Context(), usersync.Run{})
	if err != nil || result.Held == "" || r.deleted() != "" || l.asked.Load() != 2 {
		t.Errorf("%+v, %v, deleted %q, %d lists", result, err, r.deleted(), l.asked.Load())
	}
}
