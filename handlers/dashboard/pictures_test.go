package dashboard_test

import (
	"bytes"
	"context"
	"flag"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"usersync/handlers/desk"
	"usersync/internal/alarm"
	"usersync/internal/browsertest"
	"usersync/internal/pulse"
	usersync "usersync/sync"
)

// shown is whom the second picture is about.
var shown = usersync.UserKey{Provider: "authon", UserID: "usr_2b7f"}

// The pictures of the README are of the pages as they are, over a quiet day on which one
// provider went silent.
func TestPictures(t *testing.T) {
	t.Parallel()
	s := newSite(t, ordinaryDesk(), token)
	tab := s.signedIn(t)
	for name, path := range map[string]string{
		"overview": "/", "user": query("/users/one", "provider", shown.Provider, "user", shown.UserID),
	} {
		tab.Open(s.url + path)
		height := map[string]int64{"overview": 860, "user": 800}[name]
		picture := tab.Screenshot(1180, height, false)
		decoded, err := png.Decode(bytes.NewReader(picture))
		if err != nil || decoded.Bounds().Dx() != 1180 || len(tab.Complaints()) > 0 {
			t.Fatal(name, err, decoded.Bounds(), tab.Complaints())
		}
		file := filepath.Join("..", "..", "docs", "images", name+".png")
		if updating() {
			if err := os.WriteFile(file, picture, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if kept, err := os.ReadFile(file); err != nil || len(kept) == 0 {
			t.Errorf("%s: %v: write it with go test ./handlers/dashboard -run Pictures -update", name, err)
		}
	}
	if text := tab.Text(); text == "" || browsertest.Eval[int](tab, `document.querySelectorAll("h1").length`) != 1 {
		t.Error(text)
	}
}

// updating reports whether golden files are written anew: the flag is that of the tests
// from within.
func updating() bool { return flag.Lookup("update").Value.String() == "true" }

// ordinaryDesk is one as an operator may find it.
func ordinaryDesk() *desk.Desk {
	r := &records{states: map[usersync.UserKey]*usersync.State{}}
	r.tell(usersync.KindCreated, "evt_01JXB2", 70*24*time.Hour, func(c *usersync.Command) {
		c.Fields[usersync.FieldEmail] = usersync.TextValue("ann@example.com")
		c.Fields[usersync.FieldEmailVerified] = usersync.BoolValue(false)
		c.Fields[usersync.FieldName] = usersync.TextValue("Ann Example")
		c.Fields[usersync.FieldTenantID] = usersync.TextValue("prj_shop")
		c.Fields[usersync.FieldMetadata] = usersync.JSONValue(`{"plan":"pro"}`)
	})
	r.tell(usersync.KindUpdated, "evt_01JXC9", 69*24*time.Hour, func(c *usersync.Command) {
		c.Fields[usersync.FieldEmailVerified] = usersync.BoolValue(true)
	})
	r.tell(usersync.KindUpdated, "evt_01K7QA", 26*time.Hour, func(c *usersync.Command) {
		c.Fields[usersync.FieldEmail] = usersync.TextValue("ann@new.example.com")
		c.Fields[usersync.FieldEmailVerified] = usersync.BoolValue(true)
	})
	r.tell(usersync.KindUpdated, "evt_01K7ZD", 20*time.Minute, func(c *usersync.Command) {
		c.Fields[usersync.FieldLastSignInAt] = usersync.TimeValue(c.OccurredAt)
	})
	over := r.over()
	over.Explainer = untroubled{r}
	over.Overview = func(context.Context) desk.Overview { return ordinaryDay(time.Now()) }
	return over
}

// untroubled explains users for whom nothing waits.
type untroubled struct{ *records }

// Explain implements usersync.Explainer.
func (u untroubled) Explain(ctx context.Context, key usersync.UserKey, limit, back int) (*usersync.Explanation, error) {
	told, err := u.records.Explain(ctx, key, limit, back)
	if err == nil {
		told.Waiting, told.Messages, told.CreatedAt, told.UpdatedAt = nil, nil, micros(70*24*time.Hour), micros(20*time.Minute)
	}
	return told, err
}

// tell has an event happen to the user of the picture.
func (r *records) tell(kind usersync.Kind, event string, ago time.Duration, fill func(*usersync.Command)) {
	c := usersync.Command{UserKey: shown, EventID: event, Kind: kind, OccurredAt: micros(ago)}
	fill(&c)
	state := usersync.State{}
	if before := r.states[shown]; before != nil {
		state = *before
	}
	state = usersync.Join(state, usersync.Facts(&c))
	r.states[shown] = &state
	r.claims = append([]usersync.Claim{{
		ClaimKey: usersync.ClaimKey{OccurredAt: c.OccurredAt, EventID: event, UserKey: shown},
		Kind:     kind, ReceivedAt: c.OccurredAt + 230_000, Outcome: usersync.OutcomeApplied,
	}}, r.claims...)
}

func ordinaryDay(now time.Time) desk.Overview {
	provider := func(name string, health desk.Health, verified time.Duration, most float64, until time.Duration) desk.Provider {
		return desk.Provider{
			Name: name, Type: name, Health: health, WebhookURL: "https://users.example.com/webhooks/" + name,
			Every: 24 * time.Hour, MaxSilence: 6 * time.Hour, Verified: now.Add(-verified),
			Runs: []usersync.RunRecord{{
				ID: 41, Provider: name, Kind: usersync.RunReconcile, Outcome: usersync.RunComplete, Started: usersync.MicrosOf(now.Add(-5 * time.Hour)),
				Seen: usersync.MicrosOf(now.Add(-5 * time.Hour)), Finished: usersync.MicrosOf(now.Add(-5*time.Hour + 40*time.Second)), Counts: usersync.Counts{Pages: 182, Users: 18_204, Changed: 2},
			}},
			Hour: tide(now, time.Minute, 60, most, until), Day: tide(now, 15*time.Minute, 96, 15*most, until),
		}
	}
	return desk.Overview{
		At: now, Started: now.Add(-212 * time.Hour), Version: "v1.0.0", Replica: "usersync-0", Database: "postgres", Ready: true,
		Parts: []desk.Part{{Name: "spool", Ready: true}, {Name: "database", Ready: true}}, Spool: &desk.Spool{MaxBytes: 1 << 30},
		Alarms: []alarm.Alarm{{
			Kind: alarm.ProviderSilent, Provider: "authpi", Severity: alarm.Warning, Since: now.Add(-74 * time.Minute),
			Text:   "authpi has sent nothing that was verified for 7h14m0s, and max_silence is 6h0m0s.",
			Remedy: "See in the provider's dashboard whether its webhook is on and where it points, then run `usersync check --probe`; `usersync reconcile authpi` shows what was missed.",
		}},
		Providers: []desk.Provider{
			provider("authon", desk.Healthy, 9*time.Second, 40, 0),
			provider("authpi", desk.Silent, 434*time.Minute, 12, 434*time.Minute),
		},
	}
}

// tide is a day with its noon and its night, until some time ago.
func tide(now time.Time, step time.Duration, n int, most float64, until time.Duration) pulse.Series {
	s := pulse.Series{Step: step, Points: make([]pulse.Point, n)}
	for i := range s.Points {
		p := &s.Points[i]
		p.At = now.Truncate(step).Add(step * time.Duration(i+1-n))
		if now.Sub(p.At) < until {
			continue
		}
		ago := now.Sub(p.At).Hours()
		wave := most * (0.55 + 0.4*math.Cos(ago*math.Pi/12)) * (0.85 + 0.15*math.Sin(float64(i*i%29)))
		p.Applied, p.Repeated, p.Stale, p.Ignored = int64(wave), int64(wave/18), int64(wave/30), int64(wave/12)
		p.Lagged, p.Lag = p.Applied, time.Duration(p.Applied)*time.Duration(240+30*(i%5))*time.Millisecond
		p.LagMost = time.Duration(600+80*(i%7)) * time.Millisecond
	}
	return s
}
