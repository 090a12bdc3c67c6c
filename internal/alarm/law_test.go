package alarm_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"usersync/internal/alarm"
	"usersync/internal/pulse"
	usersync "usersync/sync"
)

func ago(t *rapid.T, at time.Time, name string) time.Time {
	return at.Add(-time.Duration(rapid.Int64Range(0, int64(100*time.Hour)).Draw(t, name)))
}

func drawRules(t *rapid.T) alarm.Rules {
	span := rapid.SampledFrom([]time.Duration{0, time.Second, time.Hour, 50 * time.Hour})
	return alarm.Rules{
		MaxSilence:        rapid.MapOf(rapid.SampledFrom([]string{"acme", "other"}), span).Draw(t, "silence"),
		SignatureFailures: rapid.IntRange(0, 20).Draw(t, "signatures"), DeadLetters: rapid.IntRange(0, 3).Draw(t, "letters"),
		SpoolAfter: span.Draw(t, "spool after"), Late: rapid.SampledFrom([]time.Duration{0, 15 * time.Second}).Draw(t, "late"),
	}
}

func drawObserved(t *rapid.T, at time.Time) alarm.Observed {
	o := alarm.Observed{At: at, Started: ago(t, at, "started"), Providers: map[string]alarm.Heard{}}
	maybe := func(name string) bool { return rapid.Bool().Draw(t, name) }
	if maybe("shared") {
		o.Shared = ago(t, at, "shared at")
	}
	if maybe("away") {
		o.Away = ago(t, at, "away since")
	}
	if maybe("spool") {
		o.Spool = &alarm.Spool{Records: rapid.IntRange(0, 2).Draw(t, "records"), Oldest: ago(t, at, "oldest"), Bytes: rapid.Int64Range(0, 100).Draw(t, "bytes"), MaxBytes: 100, Unreadable: rapid.IntRange(0, 1).Draw(t, "unreadable")}
	}
	census := &usersync.Census{}
	for _, name := range []string{"acme", "other", "gone"} {
		h := alarm.Heard{Recent: pulse.Point{Rejected: rapid.Int64Range(0, 30).Draw(t, "rejected"), Refused: rapid.Int64Range(0, 1).Draw(t, "refused"), Verified: rapid.Int64Range(0, 1).Draw(t, "verified")}}
		if maybe("watched") {
			h.Since = ago(t, at, "since")
		}
		if maybe("heard") {
			h.Verified = ago(t, at, "verified at")
		}
		o.Providers[name] = h
		census.Letters = append(census.Letters, usersync.LettersWaiting{Provider: name, Recent: rapid.Int64Range(0, 4).Draw(t, "recent"), Latest: micros(ago(t, at, "latest"))})
		for _, kind := range []usersync.RunKind{usersync.RunPlan, usersync.RunReconcile, usersync.RunBackfill} {
			census.Runs = append(census.Runs, usersync.RunRecord{
				ID: rapid.Int64Range(1, 9).Draw(t, "id"), Provider: name, Kind: kind, Finished: micros(ago(t, at, "finished")),
				Outcome: rapid.SampledFrom([]usersync.RunOutcome{"", usersync.RunComplete, usersync.RunFailed, usersync.RunHeld}).Draw(t, "outcome"),
				Counts:  usersync.Counts{Drift: usersync.DriftCounts{Changed: rapid.Int64Range(0, 1).Draw(t, "drift")}},
			})
		}
	}
	if maybe("census") {
		o.Census = census
	}
	return o
}

type about struct {
	kind     alarm.Kind
	provider string
}

func index(all []alarm.Alarm) map[about]alarm.Alarm {
	found := map[about]alarm.Alarm{}
	for _, a := range all {
		found[about{a.Kind, a.Provider}] = a
	}
	return found
}

// Whatever happens: one alarm of each, of configured providers, with a beginning that is
// not ahead and is kept while it stands, a severity that does not fall, one line of text
// and a remedy. The same observation again changes nothing, however often.
func TestLaw(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r, at := drawRules(t), noon
		var before []alarm.Alarm
		for range rapid.IntRange(1, 6).Draw(t, "looks") {
			at = at.Add(time.Duration(rapid.Int64Range(0, int64(20*time.Minute)).Draw(t, "later")))
			seen := drawObserved(t, at)
			now := alarm.Judge(r, seen, before)
			stood, stand := index(before), index(now)
			if len(stand) != len(now) {
				t.Fatalf("twice the same: %v", now)
			}
			for k, a := range stand {
				if _, configured := r.MaxSilence[a.Provider]; !configured && a.Provider != "" {
					t.Fatalf("of a provider that is not configured: %+v", a)
				}
				if a.Since.After(at) || a.Text == "" || a.Remedy == "" || strings.ContainsAny(a.Text+a.Remedy, "\n%") && strings.Contains(a.Text+a.Remedy, "%!") {
					t.Fatalf("%+v", a)
				}
				if old, was := stood[k]; was && (!old.Since.Equal(a.Since) || old.Severity == alarm.Critical && a.Severity != alarm.Critical) {
					t.Fatalf("%+v became %+v", old, a)
				}
				off := map[alarm.Kind]bool{alarm.ProviderSilent: r.MaxSilence[a.Provider] == 0, alarm.SignatureFailures: r.SignatureFailures == 0, alarm.DeadLetters: r.DeadLetters == 0}
				if off[a.Kind] {
					t.Fatalf("is off: %+v", a)
				}
				if _, was := stood[k]; !was && a.Kind == alarm.ProviderSilent && (seen.Shared.IsZero() || seen.Providers[a.Provider].Since.IsZero()) {
					t.Fatalf("silent, and nobody knows: %+v", a)
				}
			}
			if again := alarm.Judge(r, seen, now); !reflect.DeepEqual(again, now) {
				t.Fatalf("the same seen again:\n%+v\nthen\n%+v", now, again)
			}
			before = now
		}
	})
}

// quiet draws when another replica verifies something, at most max_silence apart, and
// judges as one without traffic that hears of it late.
func quiet(t *rapid.T, r alarm.Rules, late time.Duration) []alarm.Alarm {
	all, told, at := []time.Time{noon}, noon, noon
	var stand []alarm.Alarm
	for range rapid.IntRange(1, 20).Draw(t, "deliveries") {
		verified := all[len(all)-1]
		next := verified.Add(rapid.SampledFrom([]time.Duration{time.Second, 59 * time.Minute, time.Hour}).Draw(t, "gap"))
		for range rapid.IntRange(0, 3).Draw(t, "looks") {
			look := verified.Add(time.Duration(rapid.Int64Range(0, int64(next.Sub(verified))).Draw(t, "look")))
			if look.Before(at) {
				continue
			}
			at = look
			for _, one := range all {
				if at.Sub(one) >= late {
					told = one
				}
			}
			seen := well(at)
			seen.Providers["acme"] = alarm.Heard{Verified: told, Since: noon.Add(-time.Hour)}
			if stand = alarm.Judge(r, seen, stand); len(stand) > 0 {
				return stand
			}
		}
		all = append(all, next)
	}
	return nil
}

// A replica without traffic is never the cause of a silence.
func TestNoSilenceWhileAnybodyHears(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		if wrong := quiet(t, rules(), rules().Late); wrong != nil {
			t.Fatal(wrong)
		}
	})
}

// The law above sees a rule that forgets how late replicas hear of each other.
func TestSilenceOfOthersIsHeardLate(t *testing.T) {
	t.Parallel()
	forgetful, found := rules(), false
	forgetful.Late = 0
	rapid.Check(t, func(t *rapid.T) { found = found || quiet(t, forgetful, rules().Late) != nil })
	if !found {
		t.Error("no silence was found where one is raised too early")
	}
}
