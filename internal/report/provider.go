package report

import (
	"time"

	"usersync/handlers/desk"
	"usersync/internal/pulse"
)

// ProviderStatus is how things stand with a provider, in short.
type ProviderStatus struct {
	Name       string            `json:"name"`
	Type       string            `json:"type"`
	Health     string            `json:"health"`
	Verified   *Instant          `json:"last_verified_at"` // by any replica; nil: never
	MaxSilence int64             `json:"max_silence_seconds"`
	Letters    LettersWaiting    `json:"dead_letters"`
	Hydrations HydrationsWaiting `json:"hydrations"`
}

// LettersWaiting counts dead letters.
type LettersWaiting struct {
	Count  int64    `json:"count"`
	Due    int64    `json:"due"`    // those that are tried by themselves
	Recent int64    `json:"recent"` // of the others, those that came within the last day
	Latest *Instant `json:"latest_at"`
}

// HydrationsWaiting counts users who wait to be fetched.
type HydrationsWaiting struct {
	Count  int64    `json:"count"`
	Oldest *Instant `json:"oldest_due_at"`
}

// Provider is all that is known of a provider.
type Provider struct {
	ProviderStatus
	WebhookURL string      `json:"webhook_url"`
	Listed     bool        `json:"listed"`       // its users can be listed
	Unlisted   string      `json:"unlisted_why"` // why not, "" if they can
	Every      int64       `json:"reconcile_every_seconds"`
	Runs       []Run       `json:"runs"` // the last of each kind
	Hour       Sum         `json:"last_hour"`
	Day        Sum         `json:"last_day"`
	Secrets    []SecretUse `json:"secrets"`
}

// Sum is what a while brought to this replica.
type Sum struct {
	Since    *Instant `json:"since"` // nil: nothing is remembered
	Applied  int64    `json:"applied"`
	Stale    int64    `json:"stale"`
	Repeated int64    `json:"duplicate"`
	Ignored  int64    `json:"ignored"`
	Letters  int64    `json:"dead_letter"`
	Spooled  int64    `json:"spooled"`
	Verified int64    `json:"deliveries_verified"`
	Rejected int64    `json:"deliveries_rejected"`
	Refused  int64    `json:"deliveries_refused"`
	LagMean  float64  `json:"lag_mean_seconds"`
	LagMost  float64  `json:"lag_max_seconds"`
}

// SecretUse tells which of several secrets is still in use.
type SecretUse struct {
	Fingerprint string   `json:"fingerprint"`
	Count       int64    `json:"count"`
	Last        *Instant `json:"last_used_at"`
}

// ProviderOf shows a provider.
func ProviderOf(p *desk.Provider) Provider {
	shown := Provider{
		ProviderStatus: providerStatusOf(p), WebhookURL: p.WebhookURL, Listed: p.Unlisted == "", Unlisted: p.Unlisted,
		Every: seconds(p.Every), Runs: []Run{}, Hour: sumOf(p.Hour, time.Hour), Day: sumOf(p.Day, 24*time.Hour), Secrets: []SecretUse{},
	}
	for i := range p.Runs {
		shown.Runs = append(shown.Runs, RunOf(&p.Runs[i]))
	}
	for _, s := range p.Secrets {
		shown.Secrets = append(shown.Secrets, SecretUse{s.Fingerprint, s.Count, instantAt(s.Last)})
	}
	return shown
}

func providerStatusOf(p *desk.Provider) ProviderStatus {
	return ProviderStatus{
		Name: p.Name, Type: p.Type, Health: string(p.Health), Verified: instantAt(p.Verified), MaxSilence: seconds(p.MaxSilence),
		Letters:    LettersWaiting{p.Letters.Count, p.Letters.Due, p.Letters.Recent, InstantOf(p.Letters.Latest)},
		Hydrations: HydrationsWaiting{p.Hydrations.Count, InstantOf(p.Hydrations.Oldest)},
	}
}

func sumOf(series pulse.Series, last time.Duration) Sum {
	if len(series.Points) == 0 {
		return Sum{}
	}
	p := series.Sum(last)
	sum := Sum{
		Since: instantAt(p.At), Applied: p.Applied, Stale: p.Stale, Repeated: p.Repeated, Ignored: p.Ignored, Letters: p.Letters,
		Spooled: p.Spooled, Verified: p.Verified, Rejected: p.Rejected, Refused: p.Refused, LagMost: p.LagMost.Seconds(),
	}
	if p.Lagged > 0 {
		sum.LagMean = (p.Lag / time.Duration(p.Lagged)).Seconds()
	}
	return sum
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }
