package dashboard_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"usersync/handlers/desk"
	usersync "usersync/sync"
)

// oddIDs are ids that a path, a query or a page could misread.
var oddIDs = append([]string{
	"usr_1", "a/b", "a?b=c", "a&user=other", "#top", "100%", "%2F%00", "a+b c", "line\nfeed", "tab\there", "<b>bold</b>", `quote"'`, "..", "ünï", "مرحبا", "🦄",
	strings.Repeat("x", 255),
}, hostile...)

// began is the present of the records: the pages tell how long ago they are.
var began = time.Now()

func micros(ago time.Duration) usersync.Micros { return usersync.MicrosOf(began.Add(-ago)) }

// records is a desk over records that stand in memory. It notes what it was asked.
type records struct {
	mu       sync.Mutex
	away     error // of every question
	scopes   []usersync.EventScope
	searches []usersync.UserSearch
	letterOf []usersync.LetterScope
	retries  []usersync.LetterScope
	erased   []usersync.UserKey
	started  []string
	keys     []usersync.ClaimKey

	claims  []usersync.Claim
	letters []usersync.StoredLetter
	runs    []usersync.RunRecord
	states  map[usersync.UserKey]*usersync.State
	thin    bool // pages of events end early
	start   error
	retry   error // in the middle
}

// newRecords has for each odd id a user, three events, of which one is not the user's last
// word, and a dead letter.
func newRecords() *records {
	r := &records{states: map[usersync.UserKey]*usersync.State{}}
	for i, id := range oddIDs {
		key := usersync.UserKey{Provider: "acme", UserID: id}
		ago := time.Duration(i) * time.Minute
		created := usersync.Command{UserKey: key, EventID: "created " + id, Kind: usersync.KindCreated, OccurredAt: micros(ago + 2*time.Hour)}
		created.Fields[usersync.FieldEmail] = usersync.TextValue("old+" + id)
		created.Fields[usersync.FieldEmailVerified] = usersync.BoolValue(true)
		created.Fields[usersync.FieldName] = usersync.TextValue("name of " + id)
		created.Fields[usersync.FieldMetadata] = usersync.JSONValue(`{"plan":"<pro>"}`)
		updated := usersync.Command{UserKey: key, EventID: "updated " + id, Kind: usersync.KindUpdated, OccurredAt: micros(ago + time.Hour)}
		updated.Fields[usersync.FieldEmail] = usersync.TextValue("new+" + id)
		banned := usersync.Command{UserKey: key, EventID: id, Kind: usersync.KindBanned, OccurredAt: micros(ago), Unstable: true}
		banned.Fields[usersync.FieldSuspendedReason] = usersync.TextValue("because of " + id)
		state := usersync.State{}
		for _, c := range []usersync.Command{created, updated, banned} {
			state = usersync.Join(state, usersync.Facts(&c))
			claim := usersync.Claim{ClaimKey: usersync.ClaimKey{OccurredAt: c.OccurredAt, EventID: c.EventID, UserKey: key}, Kind: c.Kind, ReceivedAt: c.OccurredAt + 1_000_000, Outcome: usersync.OutcomeApplied}
			if c.Unstable {
				claim.OccurredAt = 0
			}
			r.claims = append(r.claims, claim)
		}
		r.states[key] = &state
		r.letters = append(r.letters, usersync.StoredLetter{
			ID: int64(1000 - i), FirstSeen: micros(time.Hour), Seen: 3,
			DeadLetter: usersync.DeadLetter{
				Provider: "acme", EventID: id, UserID: id, Reason: "bad_field", Detail: "email: " + id, Payload: []byte(`{"id":"` + "x" + `","note":["<script>"]}`),
				Headers: map[string]string{"X-Note": id}, ReceivedAt: micros(ago), DueAt: micros(-time.Minute),
			},
		})
	}
	for i := range int64(60) {
		r.runs = append(r.runs, usersync.RunRecord{
			ID: 60 - i, Provider: "acme", Kind: usersync.RunPlan, Outcome: usersync.RunComplete, Started: micros(time.Duration(i) * time.Hour), Seen: micros(time.Duration(i) * time.Hour), Finished: micros(time.Duration(i)*time.Hour - time.Minute),
			Counts: usersync.Counts{Pages: 20, Users: 2000, Drift: usersync.DriftCounts{Missing: 2, Gone: 1}},
		})
	}
	// Somebody is about it, however long the test takes.
	r.runs[0].Seen = micros(-24 * time.Hour)
	r.runs[0].Outcome, r.runs[0].Kind, r.runs[0].Finished, r.runs[0].Counts = "", usersync.RunBackfill, 0, usersync.Counts{Pages: 5, Users: 500}
	r.runs[1].Outcome, r.runs[1].Kind, r.runs[1].Counts.Held = usersync.RunHeld, usersync.RunReconcile, "60 of 200 users "+hostile[0]
	return r
}

// over makes the desk.
func (r *records) over() *desk.Desk {
	over := newDesk()
	over.Events, over.Letters, over.Users, over.Explainer, over.Runs, over.Starter = r, r, r, r, r, r
	over.Retry, over.Erase = r.retryAll, r.erase
	return over
}

// ask notes a question, and returns why it is not answered.
func (r *records) ask(note func()) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.away == nil {
		note()
	}
	return r.away
}

func (r *records) EventPage(_ context.Context, scope usersync.EventScope, from string, limit int) (page usersync.EventPage, err error) {
	if err := r.ask(func() { r.scopes = append(r.scopes, scope) }); err != nil {
		return page, err
	}
	begin := 0
	if from != "" {
		if _, err := fmt.Sscanf(from, "place %d", &begin); err != nil {
			return page, usersync.ErrNoPlace
		}
	}
	if r.thin {
		limit = 1
	}
	end := min(begin+limit, len(r.claims))
	page.Events = r.claims[min(begin, end):end]
	if end < len(r.claims) {
		page.Next = fmt.Sprint("place ", end)
	}
	return page, nil
}

func (r *records) Event(_ context.Context, key usersync.ClaimKey) (found *usersync.Claim, err error) {
	err = r.ask(func() { r.keys = append(r.keys, key) })
	for i := range r.claims {
		if err == nil && r.claims[i].ClaimKey == key {
			found = &r.claims[i]
		}
	}
	return found, err
}

func (r *records) FindUsers(_ context.Context, search usersync.UserSearch, limit int) (found []usersync.FoundUser, err error) {
	if err := r.ask(func() { r.searches = append(r.searches, search) }); err != nil {
		return nil, err
	}
	for i := range 120 {
		key := usersync.UserKey{Provider: "acme", UserID: fmt.Sprintf("usr/%03d", i)}
		if i < len(oddIDs) {
			key.UserID = oddIDs[i]
		}
		u := usersync.FoundUser{UserKey: key, UpdatedAt: micros(time.Hour)}
		if s := r.states[key]; s != nil {
			u.View = usersync.Project(s)
		}
		found = append(found, u)
	}
	if search.After != (usersync.UserKey{}) {
		found = found[1+slices.IndexFunc(found, func(u usersync.FoundUser) bool { return u.UserKey == search.After }):]
	}
	return found[:min(limit, len(found))], nil
}

func (r *records) Explain(_ context.Context, key usersync.UserKey, limit, back int) (*usersync.Explanation, error) {
	if err := r.ask(func() {}); err != nil {
		return nil, err
	}
	if back == 0 {
		return nil, errors.New("a page may not look through all events")
	}
	told := &usersync.Explanation{UserKey: key, ID: key.ID()}
	if s := r.states[key]; s != nil {
		view := usersync.Project(s)
		told = usersync.Explain(key, s, &view, r.claims)
		told.CreatedAt, told.UpdatedAt = micros(time.Hour), micros(time.Minute)
		told.Messages = []usersync.MessageState{{Message: usersync.Message{Action: "welcome"}, Attempts: 3, At: micros(-time.Minute), Detail: "no answer: " + key.UserID}}
		told.Waiting = &usersync.Waiting{DueAt: micros(-time.Minute), Attempts: 2, Requests: 5}
	}
	for i := range r.claims {
		if r.claims[i].UserKey == key {
			told.Events = append(told.Events, r.claims[i])
		}
	}
	told.Events, told.More = told.Events[:min(limit, len(told.Events))], len(told.Events) > 0
	for i := range r.letters {
		if l := &r.letters[i]; l.UserID == key.UserID {
			told.Letters = append(told.Letters, usersync.Buried{ID: l.ID, EventID: l.EventID, Reason: l.Reason, Detail: l.Detail, LastSeen: l.ReceivedAt, Seen: l.Seen, DueAt: l.DueAt})
		}
	}
	return told, nil
}

func (r *records) LetterPage(_ context.Context, scope usersync.LetterScope, below int64, limit int) (page []usersync.StoredLetter, err error) {
	if err := r.ask(func() { r.letterOf = append(r.letterOf, scope) }); err != nil {
		return nil, err
	}
	for _, l := range r.letters {
		if (below == 0 || l.ID < below) && (len(scope.IDs) == 0 || slices.Contains(scope.IDs, l.ID)) && cmp.Or(scope.UserID, l.UserID) == l.UserID && len(page) < limit {
			page = append(page, l)
		}
	}
	return page, nil
}

func (*records) BorrowDue(context.Context, []string, usersync.Micros, usersync.Micros, int) ([]usersync.StoredLetter, usersync.Micros, error) {
	return nil, 0, errors.New("no page borrows letters")
}

func (*records) RemoveLetters(context.Context, []usersync.StoredLetter) ([]bool, error) {
	return nil, errors.New("no page removes letters")
}

// retryAll applies every other letter, and the first in parts.
func (r *records) retryAll(ctx context.Context, scope usersync.LetterScope, tell func(usersync.Retried)) error {
	if err := r.ask(func() { r.retries = append(r.retries, scope) }); err != nil {
		return err
	}
	page, err := r.LetterPage(ctx, scope, 0, len(r.letters))
	for i, l := range page {
		switch {
		case r.retry != nil && i == 3:
			return r.retry
		case i == 0:
			tell(usersync.Retried{Letter: l, Outcome: usersync.OutcomeDeadLetter, Gone: true})
		case i%2 == 0:
			tell(usersync.Retried{Letter: l, Outcome: usersync.OutcomeApplied, Gone: true})
		default:
			tell(usersync.Retried{Letter: l, Why: "still so: " + l.Detail})
		}
	}
	return err
}

func (r *records) erase(_ context.Context, key usersync.UserKey) (usersync.Erased, error) {
	err := r.ask(func() { r.erased = append(r.erased, key) })
	return usersync.Erased{Row: usersync.RowBlanked, Events: 3, Letters: 1, KeepsID: true, Holders: []usersync.RowHolder{{Table: "orders " + hostile[0], Key: "orders_user_fk"}}}, err
}

func (r *records) RunPage(_ context.Context, provider string, below int64, limit int) (page []usersync.RunRecord, err error) {
	if err := r.ask(func() {}); err != nil {
		return nil, err
	}
	for _, one := range r.runs {
		if (below == 0 || one.ID < below) && cmp.Or(provider, one.Provider) == one.Provider && len(page) < limit {
			page = append(page, one)
		}
	}
	return page, nil
}

func (r *records) RunByID(_ context.Context, id int64) (found *usersync.RunRecord, err error) {
	err = r.ask(func() {})
	for i := range r.runs {
		if err == nil && r.runs[i].ID == id {
			found = &r.runs[i]
		}
	}
	return found, err
}

func (r *records) Start(_ context.Context, kind usersync.RunKind, provider string) (int64, error) {
	if err := r.ask(func() { r.started = append(r.started, string(kind)+" "+provider) }); err != nil {
		return 0, err
	}
	return r.runs[0].ID, r.start
}
