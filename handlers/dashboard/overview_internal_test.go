package dashboard

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"usersync/handlers/desk"
	"usersync/internal/alarm"
	"usersync/internal/pulse"
	"usersync/internal/secret"
	usersync "usersync/sync"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// The first line says how things stand.
func TestStateInALine(t *testing.T) {
	t.Parallel()
	warning := alarm.Alarm{Kind: alarm.DeadLetters, Severity: alarm.Warning, Since: noon}
	critical := alarm.Alarm{Kind: alarm.SpoolInUse, Severity: alarm.Critical, Since: noon}
	for name, test := range map[string]struct {
		o    desk.Overview
		want badge
	}{
		"well":                 {desk.Overview{Ready: true}, badge{"good", "All is well"}},
		"not known":            {desk.Overview{Ready: true, Trouble: []string{"x"}}, badge{"info", "All is well, as far as can be known"}},
		"one warning":          {desk.Overview{Ready: true, Alarms: []alarm.Alarm{warning}, Trouble: []string{"x"}}, badge{"warn", "1 thing needs you"}},
		"two":                  {desk.Overview{Ready: true, Alarms: []alarm.Alarm{critical, warning}}, badge{"bad", "2 things need you"}},
		"the database is away": {desk.Overview{Ready: true, Away: "connection refused"}, badge{"bad", "1 thing needs you"}},
		"not ready":            {desk.Overview{Away: "connection refused", Alarms: []alarm.Alarm{critical}}, badge{"bad", "3 things need you"}},
	} {
		if got := viewOverview(test.o).State; got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

// Before the first event the page says how to get one, and afterwards no more.
func TestFirstSteps(t *testing.T) {
	t.Parallel()
	silent := desk.Provider{Name: "acme", WebhookURL: "https://u.example/webhooks/acme"}
	heard := desk.Provider{Name: "other", Verified: noon}
	for name, test := range map[string]struct {
		providers []desk.Provider
		want      string
	}{
		"nobody was heard": {[]desk.Provider{silent}, "acme"},
		"one was heard":    {[]desk.Provider{silent, heard}, ""},
		"no provider":      {nil, ""},
	} {
		got := ""
		if start := viewOverview(desk.Overview{At: noon, Providers: test.providers}).Start; start != nil {
			got = start.Name
		}
		if got != test.want {
			t.Errorf("%s: steps for %q, want %q", name, got, test.want)
		}
	}
}

// A run goes on while somebody is about it; one that ended says how.
func TestRunStates(t *testing.T) {
	t.Parallel()
	seen := func(ago time.Duration) usersync.RunRecord {
		return usersync.RunRecord{Seen: usersync.MicrosOf(noon.Add(-ago))}
	}
	for want, r := range map[string]usersync.RunRecord{
		"running": seen(time.Minute), "interrupted": seen(3 * time.Minute),
		"complete": {Outcome: usersync.RunComplete}, "failed": {Outcome: usersync.RunFailed}, "deletions held": {Outcome: usersync.RunHeld},
	} {
		if got := runState(&r, noon); got.Word != want {
			t.Errorf("%+v is %q, want %q", r, got.Word, want)
		}
	}
}

// An overview of nothing at all is a page too: a daemon that has just started, whose
// database is away.
func TestBareOverview(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]desk.Overview{
		"nothing": {},
		"away":    {At: noon, Started: noon, Away: "connection refused", Providers: []desk.Provider{{Name: "acme"}}, Trouble: []string{"how much waits"}},
	} {
		over := &desk.Desk{Overview: func(context.Context) desk.Overview { return o }}
		d := New(Options{Desk: over, Token: secret.New("x"), Admits: func(*http.Request) bool { return true }, Clock: time.Now})
		for _, route := range d.Routes() {
			if route.Path == "/" {
				answer := httptest.NewRecorder()
				route.Serve(answer, httptest.NewRequest(http.MethodGet, "/", nil))
				if answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), "This daemon") {
					t.Errorf("%s: %d %s", name, answer.Code, answer.Body)
				}
			}
		}
	}
}

// Every health has a tone, and so an icon.
func TestHealthTones(t *testing.T) {
	t.Parallel()
	for _, h := range []desk.Health{desk.Failing, desk.Silent, desk.Warned, desk.Waiting, desk.Healthy} {
		if health(h).Tone == "" {
			t.Errorf("%s has no tone", h)
		}
	}
}

// An alarm leads to the page that shows what it is about, and to one that is there.
func TestAlarmsLeadOn(t *testing.T) {
	t.Parallel()
	there := map[string]bool{}
	for _, p := range open().places {
		there[p.path] = p.get != nil
	}
	for kind, want := range map[alarm.Kind]string{
		alarm.ProviderSilent: "/events?provider=acme", alarm.SignatureFailures: "/settings", alarm.DeadLetters: "/letters?provider=acme",
		alarm.SpoolInUse: "", alarm.DeliveriesRefused: "", alarm.DriftHeld: "/runs?provider=acme", alarm.DeletesHeld: "/runs?provider=acme",
	} {
		got := ""
		if at := look(alarm.Alarm{Kind: kind, Provider: "acme"}); at != nil {
			got = at.Path
		}
		path, _, _ := strings.Cut(got, "?")
		if got != want || got != "" && !there[path] {
			t.Errorf("%s leads to %q, want %q", kind, got, want)
		}
	}
}

// BenchmarkOverview is the whole page of ten providers, whose budget is 100 ms.
func BenchmarkOverview(b *testing.B) {
	o := desk.Overview{At: noon, Ready: true}
	for i := range 10 {
		hour, day := make([]pulse.Point, 60), make([]pulse.Point, 96)
		for j := range day {
			day[j] = pulse.Point{Applied: int64(j % 17), Stale: 3, Letters: 1, Lagged: 5, Lag: time.Second, LagMost: time.Minute}
		}
		copy(hour, day)
		o.Providers = append(o.Providers, desk.Provider{
			Name: "provider_" + strconv.Itoa(i), Verified: noon,
			Hour: pulse.Series{Step: time.Minute, Points: hour}, Day: pulse.Series{Step: 15 * time.Minute, Points: day},
		})
	}
	d := open()
	d.desk.Overview = func(context.Context) desk.Overview { return o }
	serve := d.serve(d.places[0])
	b.ReportAllocs()
	for b.Loop() {
		answer := httptest.NewRecorder()
		serve(answer, httptest.NewRequest(http.MethodGet, "/", nil))
		if answer.Code != http.StatusOK {
			b.Fatal(answer.Code)
		}
		b.ReportMetric(float64(answer.Body.Len()), "bytes/page")
	}
}
