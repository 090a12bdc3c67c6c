package dashboard

import (
	"time"

	"usersync/handlers/desk"
	usersync "usersync/sync"
)

// providerView is how things stand with a provider.
type providerView struct {
	Name, Type   string
	State        badge
	WebhookURL   string
	Verified     moment
	MaxSilence   string // "" if it may be silent for ever
	Hour, Day    Figures
	Outcomes     []outcomeView // of the last day
	Letters      string        // "" if there are none
	LettersDue   string        // of these, those that are tried by themselves
	Hydrations   string        // users who wait to be fetched, "" if none do
	HydrationDue moment
	Unlisted     string
	Every        string
	Runs         []runView
}

// Figures are the charts of a while.
type Figures struct{ Rate, Lag Chart }

type outcomeView struct {
	State badge
	Count int64
	Means string
}

type runView struct {
	ID    int64
	Kind  string
	State badge
	When  moment
	Said  string
}

func viewProvider(p *desk.Provider, now time.Time) providerView {
	v := providerView{
		Name: p.Name, Type: p.Type, State: health(p.Health), WebhookURL: p.WebhookURL, Verified: momentOf(p.Verified, now),
		Hour: Figures{RateChart(p.Hour), LagChart(p.Hour)}, Day: Figures{RateChart(p.Day), LagChart(p.Day)},
		Outcomes: outcomes(p), Letters: waiting(p.Letters.Count), Hydrations: waiting(p.Hydrations.Count),
		HydrationDue: microsMoment(p.Hydrations.Oldest, now), Unlisted: p.Unlisted,
	}
	if p.Letters.Due > 0 {
		v.LettersDue = waiting(p.Letters.Due)
	}
	if p.MaxSilence > 0 {
		v.MaxSilence = span(p.MaxSilence)
	}
	if p.Every > 0 {
		v.Every = span(p.Every)
	}
	for i := range p.Runs {
		v.Runs = append(v.Runs, viewRun(&p.Runs[i], now))
	}
	return v
}

// health is a provider's health as a badge.
func health(h desk.Health) badge {
	tone := map[desk.Health]string{
		desk.Failing: "bad", desk.Silent: "bad", desk.Warned: "warn", desk.Waiting: "idle", desk.Healthy: "good",
	}[h]
	return badge{tone, string(h)}
}

// outcomes are what became of the events of the last day, without those that there were
// none of.
func outcomes(p *desk.Provider) []outcomeView {
	day := total(p.Day)
	var all []outcomeView
	for _, o := range []outcomeView{
		{badge{"good", "applied"}, day.Applied, "changed what is known of a user"},
		{badge{"info", "stale"}, day.Stale, "were older than what is known"},
		{badge{"info", "duplicate"}, day.Repeated, "had come before"},
		{badge{"info", "ignored"}, day.Ignored, "were not about a user"},
		{badge{"warn", "spooled"}, day.Spooled, "wait or waited on disk for the database"},
		{badge{"bad", "dead letter"}, day.Letters, "were not understood, or refused by the database"},
		{badge{"bad", "not believed"}, day.Rejected, "deliveries answered 401"},
		{badge{"bad", "refused"}, day.Refused, "deliveries answered 503"},
	} {
		if o.Count > 0 {
			all = append(all, o)
		}
	}
	return all
}

// waiting is a number that the census counted: it ends somewhere. 0 is "".
func waiting(n int64) string {
	switch {
	case n == 0:
		return ""
	case n >= usersync.CensusMost:
		return count(usersync.CensusMost) + " or more"
	default:
		return count(n)
	}
}

// viewRun is the last run of a kind.
func viewRun(r *usersync.RunRecord, now time.Time) runView {
	v := runView{ID: r.ID, Kind: string(r.Kind), State: runState(r, now), When: microsMoment(max(r.Started, r.Finished), now)}
	v.Said = counted(r.Counts.Users, "user", "users") + ", " + count(r.Counts.Changed) + " changed"
	if r.Counts.Gone > 0 {
		v.Said += ", " + count(r.Counts.Gone) + " gone"
	}
	if r.Counts.Letters > 0 {
		v.Said += ", " + counted(r.Counts.Letters, "dead letter", "dead letters")
	}
	return v
}

// runQuiet is for how long nobody may have been heard to be about a run that goes on.
const runQuiet = 2 * time.Minute

// runState is how a run ended, or whether it goes on.
func runState(r *usersync.RunRecord, now time.Time) badge {
	switch r.Outcome {
	case usersync.RunComplete:
		return badge{"good", "complete"}
	case usersync.RunFailed:
		return badge{"bad", "failed"}
	case usersync.RunHeld:
		return badge{"warn", "deletions held"}
	}
	if now.Sub(r.Seen.Time()) > runQuiet {
		return badge{"warn", "interrupted"}
	}
	return badge{"info", "running"}
}
