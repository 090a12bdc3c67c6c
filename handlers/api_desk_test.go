package handlers_test

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"usersync/handlers/desk"
	"usersync/internal/alarm"
	"usersync/internal/apitest"
	"usersync/internal/pulse"
	"usersync/internal/secret"
	usersync "usersync/sync"
)

// fakeDesk is what operators see, in memory. Its users are those of its events.
type fakeDesk struct {
	mu      sync.Mutex
	events  []usersync.Claim
	letters []usersync.StoredLetter
	found   []usersync.FoundUser
	runs    []usersync.RunRecord
	fault   error                           // of everything that asks the database
	starts  error                           // of Start
	stays   func(int64) bool                // letters that stay
	slow    func(ctx context.Context) error // before each letter is tried
	calls   []string
}

const deskTime = usersync.Micros(1_777_863_721_120_000)

func newFakeDesk() *fakeDesk {
	f := &fakeDesk{stays: func(int64) bool { return false }}
	for i := range 3 {
		id := string(rune('a' + i))
		f.events = append(f.events, usersync.Claim{
			ClaimKey: usersync.ClaimKey{OccurredAt: deskTime - usersync.Micros(i), EventID: "evt_" + id, UserKey: usersync.UserKey{Provider: "acme", UserID: "usr_" + id}},
			Kind:     usersync.KindUpdated, ReceivedAt: deskTime + 5, Outcome: usersync.OutcomeApplied,
		})
		f.letters = append(f.letters, usersync.StoredLetter{ID: int64(i + 1), FirstSeen: deskTime, Seen: 2, DeadLetter: usersync.DeadLetter{
			Provider: "acme", EventID: "evt_" + id, UserID: "usr_" + id, Reason: "refused", Detail: "taken", Payload: []byte(`{"a":"` + "\u202e" + `"}`),
			Headers: map[string]string{"X-Id": "1"}, ReceivedAt: deskTime, DueAt: usersync.Micros(i) * deskTime,
		}})
		user := usersync.FoundUser{UserKey: usersync.UserKey{Provider: "acme", UserID: "usr_" + id}, CreatedAt: deskTime, UpdatedAt: deskTime}
		for field := range user.View.Columns {
			user.View.Columns[field] = usersync.NullValue()
		}
		user.View.Columns[usersync.FieldEmail] = usersync.TextValue(id + "@example.com")
		user.View.DeletedAt = usersync.NullValue()
		f.found = append(f.found, user)
		f.runs = append(f.runs, usersync.RunRecord{ID: int64(i + 1), Provider: "acme", Kind: usersync.RunBackfill, Outcome: usersync.RunComplete, Started: deskTime, Seen: deskTime, Finished: deskTime})
	}
	return f
}

func (f *fakeDesk) note(call string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, call)
}

func (f *fakeDesk) asked() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(f.calls, "; ")
}

func (f *fakeDesk) desk() *desk.Desk {
	return &desk.Desk{
		Overview: f.overview, Events: f, Letters: f, Users: f, Explainer: f, Runs: f, Starter: f,
		Retry: f.retry,
		Erase: func(_ context.Context, key usersync.UserKey) (usersync.Erased, error) {
			f.note("erase " + key.UserID)
			return usersync.Erased{Row: usersync.RowBlanked, Before: deskTime, Events: 2, Holders: []usersync.RowHolder{{Table: "orders", Key: "fk", Unread: true}}}, f.fault
		},
		Settings: func() string { return "" },
	}
}

func (f *fakeDesk) overview(context.Context) desk.Overview {
	at := deskTime.Time()
	o := desk.Overview{
		At: at, Started: at, Version: "test", Replica: "here", Database: "postgres", Ready: true,
		Parts: []desk.Part{{Name: "database", Ready: true}}, Spool: &desk.Spool{Records: 1, Bytes: 2, MaxBytes: 3, Oldest: at},
		Alarms:   []alarm.Alarm{{Kind: alarm.ProviderSilent, Provider: "acme", Severity: alarm.Critical, Since: at, Text: "silent", Remedy: "look"}},
		Messages: []usersync.MessagesWaiting{{Action: "mail", Count: 1, Oldest: deskTime}},
		Providers: []desk.Provider{
			{
				Name: "acme", Type: "custom", Health: desk.Silent, WebhookURL: "https://x/webhooks/acme", Every: time.Hour, MaxSilence: time.Minute, Verified: at,
				Letters: usersync.LettersWaiting{Count: 3, Latest: deskTime}, Runs: f.runs[:1], Secrets: []desk.SecretUse{{Fingerprint: "0a1b2c3d", Count: 1, Last: at}},
				Hour: pulse.Series{Step: time.Minute, Points: []pulse.Point{{At: at, Applied: 4, Lagged: 2, Lag: 3 * time.Second, LagMost: 2 * time.Second}}},
			},
			{Name: "mute", Type: "custom", Health: desk.Waiting, Unlisted: "it has no list"},
		},
	}
	if f.fault != nil {
		o.Away, o.Trouble = f.fault.Error(), []string{"what waits: " + f.fault.Error()}
	}
	return o
}

// EventPage implements usersync.EventLog. A place is the id of an event.
func (f *fakeDesk) EventPage(_ context.Context, scope usersync.EventScope, from string, limit int) (page usersync.EventPage, err error) {
	i := 0
	if from != "" {
		if i = 1 + slices.IndexFunc(f.events, func(c usersync.Claim) bool { return c.EventID == from }); i == 0 {
			return page, usersync.ErrNoPlace
		}
	}
	for ; i < len(f.events); i++ {
		c := &f.events[i]
		if scope.UserID != "" && scope.UserID != c.UserID || scope.Provider != "" && scope.Provider != c.Provider ||
			scope.Origin != nil && *scope.Origin != c.Origin || scope.Kind != usersync.KindNone && scope.Kind != c.Kind || scope.Outcome != usersync.OutcomeNone && scope.Outcome != c.Outcome {
			continue
		}
		if len(page.Events) == limit {
			page.Next = page.Events[limit-1].EventID
			break
		}
		page.Events = append(page.Events, *c)
	}
	return page, f.fault
}

// Event implements usersync.EventLog.
func (f *fakeDesk) Event(_ context.Context, key usersync.ClaimKey) (*usersync.Claim, error) {
	for i := range f.events {
		if f.events[i].ClaimKey == key {
			return &f.events[i], f.fault
		}
	}
	return nil, f.fault
}

// Explain implements usersync.Explainer.
func (f *fakeDesk) Explain(_ context.Context, key usersync.UserKey, _, _ int) (*usersync.Explanation, error) {
	e := &usersync.Explanation{UserKey: key, ID: key.ID()}
	for i := range f.events {
		if c := &f.events[i]; c.UserKey == key {
			e.Row, e.CreatedAt, e.UpdatedAt, e.More = true, deskTime, deskTime, true
			source := usersync.Source{Stamp: usersync.Stamp{At: c.OccurredAt, Event: c.EventID}, Means: "updated", Claim: c}
			e.Events = append(e.Events, *c)
			e.Fields = []usersync.Explained{{Field: usersync.FieldEmail, Value: usersync.TextValue("a@example.com"), Source: source}, {Field: usersync.FieldName, Value: usersync.NullValue(), Source: usersync.Source{Means: "listed"}}}
			e.Letters = []usersync.Buried{{ID: 1, Reason: "refused", Detail: "d", Origin: "live", FirstSeen: deskTime, LastSeen: deskTime, Seen: 1}}
			e.Waiting = &usersync.Waiting{DueAt: deskTime, Requests: 1}
		}
	}
	return e, f.fault
}

// LetterPage implements usersync.Letters. A page has at most two letters.
func (f *fakeDesk) LetterPage(_ context.Context, scope usersync.LetterScope, below int64, limit int) (page []usersync.StoredLetter, err error) {
	for _, l := range slices.Backward(f.letters) {
		if (below == 0 || l.ID < below) && (len(scope.IDs) == 0 || slices.Contains(scope.IDs, l.ID)) && (scope.UserID == "" || scope.UserID == l.UserID) && len(page) < min(limit, 2) {
			page = append(page, l)
		}
	}
	return page, f.fault
}

// BorrowDue implements usersync.Letters.
func (f *fakeDesk) BorrowDue(context.Context, []string, usersync.Micros, usersync.Micros, int) ([]usersync.StoredLetter, usersync.Micros, error) {
	return nil, 0, errors.New("nobody borrows here")
}

// RemoveLetters implements usersync.Letters.
func (f *fakeDesk) RemoveLetters(context.Context, []usersync.StoredLetter) ([]bool, error) {
	return nil, errors.New("nobody removes here")
}

func (f *fakeDesk) retry(ctx context.Context, scope usersync.LetterScope, tell func(usersync.Retried)) error {
	f.note("retry")
	for _, l := range f.letters {
		if len(scope.IDs) > 0 && !slices.Contains(scope.IDs, l.ID) {
			continue
		}
		if f.slow != nil {
			if err := f.slow(ctx); err != nil {
				return err
			}
		}
		if f.stays(l.ID) {
			tell(usersync.Retried{Letter: l, Outcome: usersync.OutcomeDeadLetter, Why: "still refused"})
		} else {
			tell(usersync.Retried{Letter: l, Outcome: usersync.OutcomeApplied, Gone: true})
		}
	}
	return f.fault
}

// FindUsers implements usersync.UserFinder.
func (f *fakeDesk) FindUsers(_ context.Context, search usersync.UserSearch, limit int) (page []usersync.FoundUser, err error) {
	for _, u := range f.found {
		after := cmp.Or(strings.Compare(u.Provider, search.After.Provider), strings.Compare(u.UserID, search.After.UserID)) > 0
		if after && len(page) < limit && (search.Text == "" || strings.HasPrefix(u.UserID, search.Text) || u.View.Columns[usersync.FieldEmail].Str() == search.Text) {
			page = append(page, u)
		}
	}
	return page, f.fault
}

// RunPage implements usersync.RunLog.
func (f *fakeDesk) RunPage(_ context.Context, provider string, below int64, limit int) (page []usersync.RunRecord, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range slices.Backward(f.runs) {
		if (below == 0 || r.ID < below) && (provider == "" || provider == r.Provider) && len(page) < limit {
			page = append(page, r)
		}
	}
	return page, f.fault
}

// RunByID implements usersync.RunLog.
func (f *fakeDesk) RunByID(_ context.Context, id int64) (*usersync.RunRecord, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.runs {
		if r.ID == id {
			return &r, f.fault
		}
	}
	return nil, f.fault
}

// change lets a run go on.
func (f *fakeDesk) change(id int64, how func(*usersync.RunRecord)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	how(&f.runs[id-1])
}

// Start implements desk.Starter.
func (f *fakeDesk) Start(_ context.Context, kind usersync.RunKind, provider string) (int64, error) {
	f.note("start " + string(kind) + " of " + provider)
	if f.starts != nil {
		return 0, f.starts
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.runs = append(f.runs, usersync.RunRecord{ID: int64(len(f.runs) + 1), Provider: provider, Kind: kind, Started: deskTime, Seen: deskTime})
	return int64(len(f.runs)), nil
}

// apiSite is the admin listener over a fake desk. Each answer is held against the
// document.
type apiSite struct {
	*site
	t        *testing.T
	admin    http.Handler
	contract *apitest.Contract
}

func newAPISite(t *testing.T, f *fakeDesk) *apiSite {
	t.Helper()
	w, _, admin := newHandlers(settings{token: secret.New(adminToken), users: &fakeUsers{}, desk: f.desk()})
	return &apiSite{site: w, t: t, admin: admin, contract: apitest.Load(t)}
}

// do sends a request below /api/v1; a header's value "-" takes it away.
func (s *apiSite) do(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequest(method, "/api/v1"+target, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+adminToken)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if r.Header.Set(headers[i], headers[i+1]); headers[i+1] == "-" {
			r.Header.Del(headers[i])
		}
	}
	answer := httptest.NewRecorder()
	s.admin.ServeHTTP(answer, r)
	if err := s.contract.Check(method, r.URL.EscapedPath(), answer.Code, answer.Header(), answer.Body.Bytes()); err != nil {
		s.t.Error(err)
	}
	return answer
}

func (s *apiSite) get(target string) *httptest.ResponseRecorder {
	s.t.Helper()
	return s.do(http.MethodGet, target, "")
}
