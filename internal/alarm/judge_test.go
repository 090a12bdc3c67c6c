package alarm_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"usersync/internal/alarm"
	"usersync/internal/pulse"
	usersync "usersync/sync"
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func micros(t time.Time) usersync.Micros { return usersync.MicrosOf(t) }

// rules are those of one provider with everything on.
func rules() alarm.Rules {
	return alarm.Rules{
		MaxSilence: map[string]time.Duration{"acme": time.Hour}, SignatureFailures: 10, DeadLetters: 2,
		SpoolAfter: time.Minute, Late: 15 * time.Second,
	}
}

// well is a daemon with nothing wrong at a time.
func well(at time.Time) alarm.Observed {
	return alarm.Observed{
		At: at, Started: noon.Add(-24 * time.Hour), Shared: at, Census: &usersync.Census{}, Spool: &alarm.Spool{MaxBytes: 1000},
		Providers: map[string]alarm.Heard{"acme": {Verified: at, Since: noon.Add(-24 * time.Hour)}},
	}
}

// step is what happens at a moment, counted from noon, and what stands then.
type step struct {
	at   time.Duration
	see  func(*alarm.Observed)
	want string // "kind provider severity since", the since from noon
}

func heard(ago time.Duration) func(*alarm.Observed) {
	return func(o *alarm.Observed) {
		o.Providers["acme"] = alarm.Heard{Verified: o.At.Add(-ago), Since: noon.Add(-1000 * time.Hour)}
	}
}

// never is a provider of which nothing was ever verified, watched since noon.
func never(o *alarm.Observed) { o.Providers["acme"] = alarm.Heard{Since: noon} }

func recent(p pulse.Point) func(*alarm.Observed) {
	return func(o *alarm.Observed) {
		h := o.Providers["acme"]
		h.Recent = p
		o.Providers["acme"] = h
	}
}

func letters(provider string, recent, due int64) func(*alarm.Observed) {
	return func(o *alarm.Observed) {
		o.Census = &usersync.Census{Letters: []usersync.LettersWaiting{{Provider: provider, Count: recent + due + 5, Due: due, Recent: recent, Latest: micros(noon.Add(-time.Minute))}}}
	}
}

func spooled(s alarm.Spool) func(*alarm.Observed) {
	return func(o *alarm.Observed) { s.MaxBytes, o.Spool = 1000, &s }
}

func runs(all ...usersync.RunRecord) func(*alarm.Observed) {
	return func(o *alarm.Observed) {
		for i := range all {
			all[i].Provider = "acme"
		}
		o.Census = &usersync.Census{Runs: all}
	}
}

func planned(id int64, outcome usersync.RunOutcome, drift int64) usersync.RunRecord {
	r := usersync.RunRecord{ID: id, Kind: usersync.RunPlan, Outcome: outcome, Counts: usersync.Counts{Drift: usersync.DriftCounts{Gone: drift}}}
	if outcome != "" {
		r.Finished = micros(noon.Add(time.Duration(id-10) * time.Minute))
	}
	return r
}

func reconciled(id int64, outcome usersync.RunOutcome) usersync.RunRecord {
	r := planned(id, outcome, 3)
	r.Kind, r.Counts.Held = usersync.RunReconcile, "12 of 100 users are gone"
	return r
}

func nothing(*alarm.Observed) {}

// stories are the first moment, the last moment and what flaps, of each alarm.
var stories = map[string]struct {
	change func(*alarm.Rules)
	steps  []step
}{
	"silence": {steps: []step{
		{0, heard(time.Hour), ""},
		{time.Second, heard(time.Hour + 15*time.Second), ""},
		{2 * time.Second, heard(time.Hour + 15*time.Second + 1), "provider_silent acme warning -13.000000001s"},
		{3 * time.Second, heard(time.Hour + 1), "provider_silent acme warning -13.000000001s"},
		{4 * time.Second, heard(time.Hour), ""},
		{5 * time.Second, heard(2*time.Hour + 1), "provider_silent acme critical -59m55.000000001s"},
		{6 * time.Second, heard(2 * time.Hour), "provider_silent acme critical -59m55.000000001s"},
		{7 * time.Second, heard(0), ""},
	}},
	"never heard of, watched for an hour": {steps: []step{
		{time.Minute, never, ""},
		{time.Hour + 15*time.Second, never, ""},
		{time.Hour + 16*time.Second, never, "provider_silent acme warning 1h0m0s"},
		{2*time.Hour + 1, never, "provider_silent acme critical 1h0m0s"},
	}},
	"just started, and silent for long": {steps: []step{
		{0, func(o *alarm.Observed) { heard(3 * time.Hour)(o); o.Started = noon }, ""},
		{5 * time.Minute, func(o *alarm.Observed) { heard(3 * time.Hour)(o); o.Started = noon }, ""},
		{5*time.Minute + 1, func(o *alarm.Observed) { heard(3 * time.Hour)(o); o.Started = noon }, "provider_silent acme critical -1h54m59.999999999s"},
	}},
	"what others verified is not known": {steps: []step{
		{0, func(o *alarm.Observed) { heard(3 * time.Hour)(o); o.Shared = time.Time{} }, ""},
		{time.Minute, func(o *alarm.Observed) { o.Providers = nil }, ""},
		// The database went away while all was well.
		{5 * time.Hour, func(o *alarm.Observed) { heard(5 * time.Hour)(o); o.Shared = noon.Add(time.Minute) }, ""},
		{6 * time.Hour, func(o *alarm.Observed) { heard(5 * time.Hour)(o) }, "provider_silent acme critical 2h0m0s"},
		// It stays while nobody knows, and ends when this replica hears something.
		{7 * time.Hour, func(o *alarm.Observed) { o.Providers, o.Shared = nil, time.Time{} }, "provider_silent acme critical 2h0m0s"},
		{8 * time.Hour, func(o *alarm.Observed) { heard(0)(o); o.Shared = noon.Add(6 * time.Hour) }, ""},
	}},
	"may be silent for ever": {change: func(r *alarm.Rules) { r.MaxSilence["acme"] = 0 }, steps: []step{{0, heard(1000 * time.Hour), ""}}},
	"signatures": {steps: []step{
		{0, recent(pulse.Point{Rejected: 9}), ""},
		{time.Minute, recent(pulse.Point{Rejected: 10, Verified: 1}), "signature_failures acme warning 1m0s"},
		{2 * time.Minute, recent(pulse.Point{Rejected: 10}), "signature_failures acme critical 1m0s"},
		{3 * time.Minute, recent(pulse.Point{Rejected: 11, Verified: 1}), "signature_failures acme critical 1m0s"},
		{4 * time.Minute, nothing, "signature_failures acme critical 1m0s"},
		{12 * time.Minute, recent(pulse.Point{Rejected: 5}), "signature_failures acme critical 1m0s"},
		{13 * time.Minute, recent(pulse.Point{Rejected: 4}), ""},
		{14 * time.Minute, recent(pulse.Point{Rejected: 9}), ""},
	}},
	"signatures are off": {change: func(r *alarm.Rules) { r.SignatureFailures = 0 }, steps: []step{{0, recent(pulse.Point{Rejected: 1000}), ""}}},
	"one failure is enough": {change: func(r *alarm.Rules) { r.SignatureFailures = 1 }, steps: []step{
		{0, nothing, ""},
		{1, recent(pulse.Point{Rejected: 1}), "signature_failures acme critical 1ns"},
		{time.Hour, nothing, ""},
	}},
	"refused": {steps: []step{
		{0, recent(pulse.Point{Refused: 1}), "deliveries_refused acme critical 0s"},
		{9 * time.Minute, nothing, "deliveries_refused acme critical 0s"},
		{10 * time.Minute, nothing, ""},
	}},
	"letters": {steps: []step{
		{0, letters("acme", 1, 7), ""},
		{time.Second, letters("acme", 2, 0), "dead_letters acme warning -1m0s"},
		{2 * time.Second, letters("acme", 3, 0), "dead_letters acme warning -1m0s"},
		{3 * time.Second, func(o *alarm.Observed) { o.Census = nil }, "dead_letters acme warning -1m0s"},
		{4 * time.Second, letters("acme", 1, 0), ""},
	}},
	"letters are off":                 {change: func(r *alarm.Rules) { r.DeadLetters = 0 }, steps: []step{{0, letters("acme", 9, 0), ""}, {0, letters("gone", 9, 0), ""}}},
	"letters of a provider that left": {steps: []step{{0, letters("gone", 2, 0), "dead_letters - warning -1m0s"}, {time.Second, letters("gone", 0, 9), ""}}},
	"spool": {steps: []step{
		{0, spooled(alarm.Spool{Records: 1, Oldest: noon.Add(-time.Minute)}), ""},
		{1, spooled(alarm.Spool{Records: 1, Oldest: noon.Add(-time.Minute)}), "spool_in_use - warning 0s"},
		{time.Minute, spooled(alarm.Spool{Records: 1, Oldest: noon, Bytes: 801}), "spool_in_use - critical 0s"},
		{2 * time.Minute, spooled(alarm.Spool{Records: 9, Oldest: noon.Add(89 * time.Second), Bytes: 800}), "spool_in_use - critical 0s"},
		{3 * time.Minute, spooled(alarm.Spool{Records: 9, Oldest: noon.Add(150 * time.Second), Bytes: 800}), ""},
		{4 * time.Minute, spooled(alarm.Spool{Records: 9, Oldest: noon.Add(4 * time.Minute), Bytes: 801}), "spool_in_use - critical 4m0s"},
		{5 * time.Minute, spooled(alarm.Spool{Bytes: 801}), ""},
	}},
	"a file of the spool cannot be read": {steps: []step{
		{0, spooled(alarm.Spool{Unreadable: 1}), "spool_in_use - critical 0s"},
		{time.Minute, spooled(alarm.Spool{Unreadable: 1}), "spool_in_use - critical 0s"},
		{2 * time.Minute, nothing, ""},
		{3 * time.Minute, func(o *alarm.Observed) { o.Spool = nil }, ""},
	}},
	"drift": {steps: []step{
		{0, runs(planned(1, usersync.RunComplete, 0)), ""},
		{1, runs(planned(2, usersync.RunComplete, 3)), "drift_held acme warning -8m0s"},
		{2, runs(planned(3, "", 0)), "drift_held acme warning -8m0s"},
		{3, runs(planned(3, usersync.RunFailed, 1)), "drift_held acme warning -8m0s"},
		{4, runs(planned(3, usersync.RunFailed, 1), reconciled(4, "")), "drift_held acme warning -8m0s"},
		{5, runs(planned(5, usersync.RunComplete, 4), reconciled(4, usersync.RunComplete)), "drift_held acme warning -8m0s"},
		{6, runs(planned(5, usersync.RunComplete, 4), reconciled(6, usersync.RunComplete)), ""},
		{7, runs(planned(7, usersync.RunComplete, 4)), "drift_held acme warning -3m0s"},
		{8, runs(planned(8, usersync.RunComplete, 0)), ""},
	}},
	"deletes": {steps: []step{
		{0, runs(reconciled(1, usersync.RunComplete)), ""},
		{1, runs(reconciled(2, usersync.RunHeld)), "deletes_held acme warning -8m0s"},
		{2, runs(reconciled(3, "")), "deletes_held acme warning -8m0s"},
		{3, runs(reconciled(3, usersync.RunHeld)), "deletes_held acme warning -8m0s"},
		{4, runs(reconciled(3, usersync.RunHeld), planned(4, usersync.RunComplete, 2)), "drift_held acme warning -6m0s"},
		{5, runs(reconciled(5, usersync.RunComplete)), ""},
		{6, runs(), ""},
	}},
	"whoever only looks repairs nothing": {steps: []step{
		{0, runs(reconciled(2, usersync.RunHeld)), "deletes_held acme warning -8m0s"},
		{1, runs(reconciled(2, usersync.RunHeld), planned(3, usersync.RunHeld, 0)), "deletes_held acme warning -8m0s"},
		{2, runs(reconciled(2, usersync.RunHeld), planned(4, usersync.RunHeld, 5)), "deletes_held acme warning -8m0s|drift_held acme warning -6m0s"},
		{3, runs(reconciled(5, usersync.RunComplete), planned(4, usersync.RunHeld, 5)), ""},
	}},
	"a plan that would delete too many": {steps: []step{
		{0, runs(planned(1, usersync.RunHeld, 0)), "deletes_held acme warning -9m0s"},
	}},
	"what was repaired stays so while the next one goes on": {steps: []step{
		{0, runs(planned(1, usersync.RunComplete, 3), reconciled(2, usersync.RunComplete), reconciled(3, "")), ""},
		{1, runs(planned(1, usersync.RunComplete, 3), reconciled(2, usersync.RunComplete), reconciled(4, usersync.RunFailed)), ""},
	}},
	"a run that goes on tells of the one before": {steps: []step{
		{0, runs(reconciled(1, usersync.RunHeld), planned(2, "", 0)), "deletes_held acme warning -9m0s"},
	}},
	"the worst first": {steps: []step{
		{0, func(o *alarm.Observed) {
			letters("acme", 2, 0)(o)
			o.Census.Runs = []usersync.RunRecord{{ID: 1, Provider: "acme", Kind: usersync.RunReconcile, Outcome: usersync.RunHeld}, {ID: 9, Provider: "gone", Kind: usersync.RunReconcile, Outcome: usersync.RunHeld}}
			spooled(alarm.Spool{Records: 1, Oldest: o.At, Bytes: 999})(o)
			recent(pulse.Point{Rejected: 10, Verified: 1, Refused: 1})(o)
		}, "deliveries_refused acme critical 0s|spool_in_use - critical 0s|signature_failures acme warning 0s|dead_letters acme warning -1m0s|deletes_held acme warning -498804h0m0s"},
	}},
}

func describe(all []alarm.Alarm) string {
	var lines []string
	for _, a := range all {
		provider := a.Provider
		if provider == "" {
			provider = "-"
		}
		lines = append(lines, fmt.Sprintf("%s %s %s %v", a.Kind, provider, a.Severity, a.Since.Sub(noon)))
	}
	return strings.Join(lines, "|")
}

func TestStories(t *testing.T) {
	t.Parallel()
	for name, story := range stories {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rules()
			if story.change != nil {
				story.change(&r)
			}
			var stand []alarm.Alarm
			for i, s := range story.steps {
				seen := well(noon.Add(s.at))
				s.see(&seen)
				stand = alarm.Judge(r, seen, stand)
				if got := describe(stand); got != s.want {
					t.Errorf("step %d, at %v: %q, want %q", i, s.at, got, s.want)
				}
			}
		})
	}
}

// Each alarm says in one line what is wrong, in numbers, and names a command.
func TestTexts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		see          func(*alarm.Observed)
		text, remedy string
	}{
		"silence":   {heard(26 * time.Hour), "nothing was verified for 26 h, and 60 min is the most that max_silence allows", "`usersync reconcile acme`"},
		"never":     {func(o *alarm.Observed) { o.Providers["acme"] = alarm.Heard{Since: noon.Add(-72 * time.Hour)} }, "nothing was ever verified, for 3 days now", "`usersync check`"},
		"signature": {recent(pulse.Point{Rejected: 12, Verified: 1}), "12 deliveries were rejected within 10 minutes, and 1 was verified", "providers.acme.secrets"},
		"refused":   {recent(pulse.Point{Refused: 1}), "1 delivery was answered 503", "spool.max_bytes"},
		"letters":   {letters("acme", 2, 3), "2 events were delivered within a day and could not be applied", "`usersync events retry --provider acme`"},
		"left":      {letters("gone", 2, 3), "configured no more, and could not be applied: gone", "`usersync events retry`"},
		"spool": {func(o *alarm.Observed) {
			spooled(alarm.Spool{Records: 7, Oldest: noon.Add(-5 * time.Minute), Bytes: 500})(o)
			o.Away = noon.Add(-6 * time.Minute)
		}, "7 deliveries wait in the spool, the oldest for 5 min; it is 50 % full; the database has not taken deliveries for 6 min", "bring the database back (`usersync check`"},
		"locked":  {spooled(alarm.Spool{Records: 1, Oldest: noon.Add(-5 * time.Minute)}), "1 delivery waits in the spool, the oldest for 5 min; it is 0 % full", "`usersync spool status`"},
		"unread":  {spooled(alarm.Spool{Unreadable: 1}), "1 file of the spool cannot be read", "spool.dir"},
		"drift":   {runs(planned(1, usersync.RunComplete, 1)), "the last plan found 1 user who differs: 0 missing, 0 changed, 0 whose suspension differs, 1 gone; nobody has applied it", "`usersync reconcile acme --apply`"},
		"would":   {runs(planned(1, usersync.RunHeld, 0)), "the last plan would hold deletions back", "--max-deletes"},
		"deletes": {runs(reconciled(1, usersync.RunHeld)), "the last reconcile held deletions back: 12 of 100 users are gone", "--max-deletes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen := well(noon)
			c.see(&seen)
			all := alarm.Judge(rules(), seen, nil)
			if len(all) != 1 || !strings.Contains(all[0].Text, c.text) || !strings.Contains(all[0].Remedy, c.remedy) {
				t.Errorf("%+v", all)
			}
		})
	}
}

// What cannot be judged is said, once it has lasted.
func TestUnknown(t *testing.T) {
	t.Parallel()
	seen := well(noon)
	if u := alarm.Unknown(rules(), seen); u != "" {
		t.Error(u)
	}
	seen.Shared = noon.Add(-5*time.Minute + 1)
	if u := alarm.Unknown(rules(), seen); u != "" {
		t.Error(u)
	}
	seen.Shared = noon.Add(-7 * time.Minute)
	if u := alarm.Unknown(rules(), seen); !strings.Contains(u, "for 7 min the database has not told") {
		t.Error(u)
	}
	seen.Shared, seen.Started = time.Time{}, noon.Add(-time.Minute)
	if u := alarm.Unknown(rules(), seen); u != "" {
		t.Error(u)
	}
	if u := alarm.Unknown(alarm.Rules{MaxSilence: map[string]time.Duration{"acme": 0}}, well(noon.Add(time.Hour))); u != "" {
		t.Error(u)
	}
}
