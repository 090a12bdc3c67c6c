package handlers_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"usersync/handlers"
	"usersync/internal/alarm"
	"usersync/internal/pulse"
	usersync "usersync/sync"
)

func TestMetrics(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 5, 4, 3, 2, 1, 500_000_000, time.UTC)
	w := newSite(t, settings{options: handlers.Options{Clock: func() time.Time { return at }}})
	w.metrics.Observe(usersync.Observation{Provider: "acme", Kind: usersync.KindBanned, Outcome: usersync.OutcomeStale, Origin: usersync.OriginSpool})
	w.metrics.Observe(usersync.Observation{Provider: "acme", Outcome: usersync.OutcomeDeadLetter})
	w.metrics.Buried(&usersync.DeadLetter{Provider: "acme", UserID: marker, Reason: "refused"})
	w.metrics.Refused("acme")
	w.deliver(t, "good", "user "+marker)
	w.deliver(t, "good", "several")
	w.deliver(t, "good", "ignored")
	w.deliver(t, "bad", "user")
	get(t, w.public+"/webhooks/"+marker)
	get(t, w.public+"/webhooks/acme") // with the wrong method
	// An answer is counted after it was given.
	var page string
	eventually(t, "the answers on the page", func() bool {
		_, page = get(t, w.admin+"/metrics")
		return strings.Contains(page, `_http_requests_total{code="200",listener="public"} 3`) &&
			strings.Contains(page, `code="404",listener="public"} 1`) && strings.Contains(page, `code="405",listener="public"} 1`)
	})
	for _, want := range []string{
		`usersync_events_total{kind="user.banned",origin="spool",outcome="stale",provider="acme"} 1`,
		`usersync_events_total{kind="",origin="live",outcome="dead_letter",provider="acme"} 1`,
		`usersync_events_total{kind="",origin="live",outcome="ignored",provider="acme"} 3`,
		`usersync_ack_duration_seconds_count{provider="acme"} 3`,
		`usersync_ack_duration_seconds_bucket{provider="acme",le="0.0005"}`,
		`usersync_ack_duration_seconds_bucket{provider="acme",le="10"} 3`,
		`usersync_signature_failures_total{provider="acme",reason="mismatch"} 1`,
		`usersync_last_verified_event_timestamp_seconds{provider="acme"} 1.7778637215e+09`,
		`usersync_secret_used_total{fingerprint="0a1b2c3d",provider="acme"} 3`,
		`usersync_http_requests_total{code="200",listener="public"} 3`,
		`usersync_http_requests_total{code="404",listener="public"} 1`,
		`usersync_http_requests_total{code="405",listener="public"} 1`,
		`usersync_dead_letters_total{provider="acme",reason="refused"} 1`,
		`usersync_refused_deliveries_total{provider="acme"} 1`,
		`usersync_build_info{goversion="go`,
		`version="test"} 1`,
		`with outcome="spooled", and once more, with origin="spool",`, // who adds them up counts twice
		"go_goroutines", "process_open_fds",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	if strings.Contains(page, marker) {
		t.Error("the metrics hold what a request said")
	}
	if t.Failed() {
		t.Log(page)
	}
}

// page reads the metrics as Prometheus does.
func page(m *handlers.Metrics) string {
	_, _, admin := newHandlers(settings{metrics: m})
	answer := httptest.NewRecorder()
	admin.ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	return answer.Body.String()
}

// expectLines checks which lines, or beginnings of lines, a page has.
func expectLines(t *testing.T, page string, want map[string]bool) {
	t.Helper()
	for line, there := range want {
		if strings.Contains("\n"+page, "\n"+line) != there {
			t.Errorf("%s: want it there: %v", line, there)
		}
	}
	if t.Failed() {
		t.Log(page)
	}
}

func TestLag(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) usersync.Micros { return usersync.MicrosOf(noon.Add(-d)) }
	beat := pulse.New(func() time.Time { return noon })
	m := handlers.NewMetrics("test", beat)
	m.Providers([]string{"acme"})
	for _, o := range []usersync.Observation{
		{Outcome: usersync.OutcomeApplied, OccurredAt: ago(3 * time.Second)},
		{Outcome: usersync.OutcomeStale, OccurredAt: ago(20 * time.Second)},
		{Outcome: usersync.OutcomeApplied, OccurredAt: ago(-time.Hour)}, // their clock is ahead
		{Outcome: usersync.OutcomeApplied, Origin: usersync.OriginSpool, OccurredAt: ago(2 * time.Hour)},
		// None of these has a lag.
		{Outcome: usersync.OutcomeApplied},
		{Outcome: usersync.OutcomeSpooled, OccurredAt: ago(time.Second)},
		{Outcome: usersync.OutcomeDuplicate, OccurredAt: ago(time.Second)},
		{Outcome: usersync.OutcomeDeadLetter},
		{Outcome: usersync.OutcomeApplied, Origin: usersync.OriginBackfill, OccurredAt: ago(time.Second)},
		{Outcome: usersync.OutcomeApplied, Origin: usersync.OriginReplay, OccurredAt: ago(time.Second)},
	} {
		o.Provider, o.Kind = "acme", usersync.KindUpdated
		m.Observe(o)
	}
	expectLines(t, page(m), map[string]bool{
		`usersync_event_lag_seconds_bucket{origin="live",provider="acme",le="0.05"} 1` + "\n": true,
		`usersync_event_lag_seconds_bucket{origin="live",provider="acme",le="5"} 2` + "\n":    true,
		`usersync_event_lag_seconds_sum{origin="live",provider="acme"} 23` + "\n":             true,
		`usersync_event_lag_seconds_count{origin="live",provider="acme"} 3` + "\n":            true,
		`usersync_event_lag_seconds_sum{origin="spool",provider="acme"} 7200` + "\n":          true,
		`usersync_event_lag_seconds_bucket{origin="backfill"`:                                 false,
		`usersync_event_lag_seconds_bucket{origin="replay"`:                                   false,
	})
	got := beat.Hour("acme").Sum(time.Minute)
	if got.Lagged != 4 || got.LagMost != 2*time.Hour || got.Lag != 2*time.Hour+23*time.Second || got.Applied != 6 || got.Events() != 10 {
		t.Errorf("the pulse has %+v", got)
	}
}

// What a page counts, charts and alarms count as well.
func TestThePulseKnowsAllDeliveries(t *testing.T) {
	t.Parallel()
	w := newSite(t, settings{})
	w.deliver(t, "good", "user")
	w.deliver(t, "good", "several") // two of its events are ignored
	w.deliver(t, "bad", "user")
	w.metrics.Refused("acme")
	got := w.pulse.Hour("acme").Sum(2 * time.Minute)
	if got.Verified != 2 || got.Rejected != 1 || got.Refused != 1 || got.Ignored != 2 {
		t.Errorf("the pulse has %+v", got)
	}
}

// A counter that appears with its first increment is invisible to rate().
func TestWhoIsConfiguredHasSeriesFromTheStart(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	m := handlers.NewMetrics("test", pulse.New(func() time.Time { return noon }))
	series := []string{
		`usersync_events_total{kind="user.deleted",origin="live",outcome="applied",provider="%s"} 0`,
		`usersync_events_total{kind="",origin="live",outcome="ignored",provider="%s"} 0`,
		`usersync_event_lag_seconds_count{origin="live",provider="%s"} 0`,
		`usersync_event_lag_seconds_count{origin="spool",provider="%s"} 0`,
		`usersync_ack_duration_seconds_count{provider="%s"} 0`,
		`usersync_signature_failures_total{provider="%s",reason="missing"} 0`,
		`usersync_signature_failures_total{provider="%s",reason="ip"} 0`,
		`usersync_refused_deliveries_total{provider="%s"} 0`,
	}
	gauges := []string{
		`usersync_last_verified_event_timestamp_seconds{provider="%s"} 0`,
		`usersync_provider_watched_since_timestamp_seconds{provider="%s"} 1.777896e+09`,
		`usersync_max_silence_seconds{provider="%s"} 0`,
	}
	want := map[string]bool{}
	expect := func(provider string, formats []string, there bool) {
		for _, format := range formats {
			want[fmt.Sprintf(format, provider)+"\n"] = there
		}
	}
	m.Providers([]string{"acme", "leaves"})
	expect("acme", append(series, gauges...), true)
	expect("leaves", append(series, gauges...), true)
	expectLines(t, page(m), want)

	m.Providers([]string{"acme"})
	expect("leaves", gauges, false) // its counters stay: they may not go backwards
	expectLines(t, page(m), want)
}

// What other replicas heard counts, unless it is older than what we heard.
func TestHeardElsewhere(t *testing.T) {
	t.Parallel()
	m := handlers.NewMetrics("test", pulse.New(time.Now))
	m.Providers([]string{"acme", "other"})
	line := func(value string) string {
		return `usersync_last_verified_event_timestamp_seconds{provider="acme"} ` + value + "\n"
	}
	for _, step := range []struct {
		heard usersync.Micros
		want  string
	}{{0, "0"}, {5_000_000, "5"}, {3_000_000, "5"}, {6_500_000, "6.5"}} {
		m.Heard("acme", step.heard)
		m.Heard("stranger", 7_000_000)
		expectLines(t, page(m), map[string]bool{line(step.want): true})
	}
	if got := fmt.Sprint(m.Verified()); got != "map[acme:6500000 other:0]" {
		t.Errorf("verified: %s", got)
	}
	m.Watched("acme", 1_000_000)
	m.MaxSilence("acme", 90*time.Minute)
	expectLines(t, page(m), map[string]bool{
		`usersync_provider_watched_since_timestamp_seconds{provider="acme"} 1` + "\n": true,
		`usersync_max_silence_seconds{provider="acme"} 5400` + "\n":                   true,
		`usersync_max_silence_seconds{provider="stranger"}`:                           false,
	})
}

// Many deliveries at once leave the time of the last one.
func TestTheLastOfManyDeliveries(t *testing.T) {
	t.Parallel()
	m := handlers.NewMetrics("test", pulse.New(time.Now))
	m.Providers([]string{"acme"})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 200 {
				m.Heard("acme", usersync.Micros(1+j*8+i))
				m.Observe(usersync.Observation{Provider: "acme", Outcome: usersync.OutcomeApplied})
			}
		})
	}
	all.Wait()
	if got := m.Verified()["acme"]; got != 1600 {
		t.Errorf("the last one was at %d", got)
	}
	expectLines(t, page(m), map[string]bool{`usersync_events_total{kind="",origin="live",outcome="applied",provider="acme"} 1600` + "\n": true})
}

func TestAlarmsOnThePage(t *testing.T) {
	t.Parallel()
	m := handlers.NewMetrics("test", pulse.New(time.Now))
	silent := alarm.Alarm{Kind: alarm.ProviderSilent, Provider: "acme", Severity: alarm.Critical, Text: marker}
	m.Alarms([]alarm.Alarm{silent, silent, {Kind: alarm.SpoolInUse, Severity: alarm.Warning}})
	expectLines(t, page(m), map[string]bool{
		`usersync_alarm{kind="provider_silent",provider="acme",severity="critical"} 1` + "\n": true,
		`usersync_alarm{kind="spool_in_use",provider="",severity="warning"} 1` + "\n":         true,
	})
	m.Alarms(nil)
	expectLines(t, page(m), map[string]bool{"usersync_alarm{": false})
}

func TestBatchSize(t *testing.T) {
	t.Parallel()
	m := handlers.NewMetrics("test", pulse.New(time.Now))
	for _, size := range []int{1, 3, 500} {
		m.Gathered(size)
	}
	expectLines(t, page(m), map[string]bool{
		`usersync_batch_size_bucket{le="1"} 1` + "\n": true, `usersync_batch_size_bucket{le="4"} 2` + "\n": true,
		`usersync_batch_size_bucket{le="512"} 3` + "\n": true, "usersync_batch_size_sum 504\n": true,
	})
}
