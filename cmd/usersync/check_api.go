package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"usersync/internal/config"
	"usersync/providers"
	usersync "usersync/sync"
)

// apiWait is how long check waits for a provider's answers.
const apiWait = 10 * time.Second

// checkAPIs asks each provider whose API is configured for a page of its list, and for
// one user. One that is away, or not wholly configured, is no fault: webhooks work without.
func checkAPIs(ctx context.Context, c *config.Config) []finding {
	return eachProvider(ctx, providerNames(c), func(ctx context.Context, name string) []finding {
		settings := apiSettings(c.Providers[name])
		if settings.Key.Empty() && settings.URL == "" && len(settings.Params) == 0 {
			return nil // nobody meant to
		}
		// The smallest page there is, and little patience.
		settings.PageSize, settings.Timeout, settings.Budget = 1, apiWait, time.Second
		var clock apiClock
		settings.Dated = clock.note
		ctx, cancel := context.WithTimeout(ctx, apiWait)
		defer cancel()
		findings := checkAPI(ctx, name, c.Built[name], settings)
		if apart, known := clock.read(); known {
			findings = append(findings, judgeClock(name, apart, c.Built[name].SignsTime()))
		}
		return findings
	})
}

// checkAPI asks for one page and for one user of it.
func checkAPI(ctx context.Context, name string, provider *providers.Provider, settings providers.APISettings) []finding {
	lister, err := provider.Lister(settings, usersync.OriginReconcile)
	if errors.Is(err, providers.ErrNoPart) {
		return nil
	}
	if err != nil {
		return []finding{warned("api", ofProvider(name, err).Error(), "")}
	}
	defer lister.Close()
	page, err := lister.Page(ctx, "")
	if err != nil {
		return []finding{apiFault(ctx, err, ofProvider(name, err).Error())}
	}
	says := name + " lists its users, as of " + page.Instant.Time().Format(time.RFC3339)
	var findings []finding
	switch fetches := provider.Fetches(settings); {
	case fetches && len(page.Users) > 0:
		if f, ok := checkFetch(ctx, name, provider, settings, page.Users[0].UserID); ok {
			says += ", and fetches one"
		} else {
			findings = append(findings, f)
		}
	case fetches:
		says += "; there is none to fetch"
	}
	if len(page.Letters) > 0 {
		findings = append(findings, warned("api", fmt.Sprintf("%s lists a user that is not understood: %s: %s", name, page.Letters[0].Reason, page.Letters[0].Detail), "usersync backfill "+name+", then usersync events list"))
	}
	if w, err := provider.Writer(settings); err == nil {
		w.Close()
		says += "; whether the key may write is not tried"
	}
	return append([]finding{fine("api", says)}, findings...)
}

// checkFetch asks for a user that was listed. The user is not named: an id may tell who
// it is.
func checkFetch(ctx context.Context, name string, provider *providers.Provider, settings providers.APISettings, user string) (f finding, ok bool) {
	settings.PageSize = 0
	fetcher, err := provider.Fetcher(settings, usersync.OriginHydrate)
	if err != nil {
		return warned("api", ofProvider(name, err).Error(), ""), false
	}
	defer fetcher.Close()
	switch _, found, err := fetcher.Fetch(ctx, user); {
	case err != nil:
		return apiFault(ctx, err, ofProvider(name, errors.New("fetching a user that it lists: "+providers.FailureOf(err).Text)).Error()), false
	case !found:
		return warned("api", ofProvider(name, errors.New("a user that it lists is not found by id: reconcile would take others for deleted")).Error(), "api.url and api.params: do list and fetch speak of the same project?"), false
	default:
		return f, true
	}
}

// apiFault is a warning for what may pass.
func apiFault(ctx context.Context, err error, detail string) finding {
	var passing interface{ RetryAfter() time.Duration }
	if errors.As(err, &passing) || ctx.Err() != nil {
		return warned("api", detail, "run the check again later: webhooks work without the API, and what needs it waits")
	}
	return failed("api", detail, "")
}

// apiClock is how far a provider's clock lies ahead of ours, by its first answer.
type apiClock struct {
	mu    sync.Mutex
	known bool
	apart time.Duration
}

// note compares what an answer gives as its date, which is cut to the second, with the
// middle of the time in which it was made.
func (c *apiClock) note(date, from, to time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known {
		c.known, c.apart = true, date.Add(time.Second/2).Sub(from.Add(to.Sub(from)/2))
	}
}

func (c *apiClock) read() (apart time.Duration, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.apart, c.known
}

// farApart is how far a provider's clock and ours may lie apart before somebody should
// look at it.
const farApart = time.Minute

// judgeClock judges a provider's clock by how old its signatures may be; 0 is any age.
func judgeClock(name string, apart, tolerance time.Duration) finding {
	const remedy = "run a time service on this machine (timedatectl set-ntp true)"
	how := apart.Abs().Round(time.Second).String() + " ahead of"
	if apart < 0 {
		how = apart.Abs().Round(time.Second).String() + " behind"
	}
	switch {
	case tolerance > 0 && apart.Abs() > tolerance:
		return failed("clock", fmt.Sprintf("the clock of %s is %s ours, further than signatures may be away (%s): its deliveries are refused", name, how, tolerance), remedy)
	case apart.Abs() > farApart:
		return warned("clock", fmt.Sprintf("the clock of %s is %s ours: signatures may be refused as too old or too new, and events as of the future", name, how), remedy)
	default:
		return fine("clock", "within "+farApart.String()+" of that of "+name)
	}
}
