package providers

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"usersync/internal/secret"
	usersync "usersync/sync"
)

// Lister returns what lists the provider's users. The origin is that of the
// commands. The error begins with the key that is at fault, or says that the
// provider has no list.
func (p *Provider) Lister(api APISettings, origin usersync.Origin) (*Lister, error) {
	p.standards(&api, defaultListBudget)
	found, params, err := p.prepare(api)
	if err != nil {
		return nil, err
	}
	list := found.list
	switch {
	case list == nil:
		return nil, noPart(p.typ, api.Variant, "list of users", "backfill and reconcile need one; webhooks work without")
	case api.PageSize > list.maxSize:
		return nil, fmt.Errorf("api.page_size: %d is more than the %d that %s takes", api.PageSize, list.maxSize, p.typ)
	case api.Since != 0 && !list.filters():
		return nil, fmt.Errorf("%s cannot list only the users that changed: list all, without --since", p.typ)
	}
	names := list.names()
	if list.detail {
		names = append(names, found.fetch.names()...)
	}
	if err := p.def.api.missing(names, params); err != nil {
		return nil, fmt.Errorf("%s lists no users: %w", p.typ, err)
	}
	size := cmp.Or(api.PageSize, list.maxSize)
	l := &Lister{name: p.name, source: p.sourceOf(api, params, size), read: p.itemReader(list.item, api, origin), budget: newBudget(api.Budget)}
	if list.sql != nil {
		d, err := p.database(api)
		if err != nil {
			return nil, err
		}
		l.pages = &sqlPages{d, list.sql, params, size, api.Since}
		l.finish = func() { _ = d.db.Close() } // nothing was written
		return l, nil
	}
	c, err := p.client(api, params)
	if err != nil {
		return nil, err
	}
	l.pages = &httpPages{client: c, part: list, params: params, size: size, since: api.Since}
	l.finish = c.http.CloseIdleConnections
	if list.detail {
		l.details = &Fetcher{
			name:   p.name,
			source: &httpUser{c, found.fetch, params},
			read:   p.itemReader(found.fetch.item, api, origin),
			clock:  api.Clock,
		}
	}
	return l, nil
}

// Fetcher returns what reads single users; see Lister.
func (p *Provider) Fetcher(api APISettings, origin usersync.Origin) (*Fetcher, error) {
	p.standards(&api, defaultFetchBudget)
	found, params, err := p.prepare(api)
	if err != nil {
		return nil, err
	}
	fetch := found.fetch
	if fetch == nil {
		return nil, noPart(p.typ, api.Variant, "way to fetch one user", "profiles come from webhooks and lists alone")
	}
	if err := p.def.api.missing(fetch.names(), params); err != nil {
		return nil, fmt.Errorf("%s fetches no users: %w", p.typ, err)
	}
	f := &Fetcher{Lag: api.Lag, name: p.name, read: p.itemReader(fetch.item, api, origin), waiting: api.Budget, clock: api.Clock}
	if fetch.sql != nil {
		d, err := p.database(api)
		if err != nil {
			return nil, err
		}
		f.source = &sqlUser{d, fetch.sql, params}
		f.finish = func() { _ = d.db.Close() } // nothing was written
		return f, nil
	}
	c, err := p.client(api, params)
	if err != nil {
		return nil, err
	}
	f.source = &httpUser{c, fetch, params}
	f.finish = c.http.CloseIdleConnections
	return f, nil
}

// standards fills in the defaults.
func (p *Provider) standards(api *APISettings, budget time.Duration) {
	api.Lag = cmp.Or(api.Lag, defaultLag)
	api.Timeout = cmp.Or(api.Timeout, defaultTimeout)
	api.Budget = cmp.Or(api.Budget, budget)
	api.MaxFuture = cmp.Or(api.MaxFuture, p.maxFuture)
	if api.Clock == nil {
		api.Clock = time.Now
	}
}

// prepare checks the settings that any call needs.
func (p *Provider) prepare(api APISettings) (calls, map[string]string, error) {
	for key, d := range map[string]time.Duration{"list.lag": api.Lag, "api.timeout": api.Timeout, "api.budget": api.Budget, "max_future": api.MaxFuture} {
		if d < 0 {
			return calls{}, nil, fmt.Errorf("%s: %s is negative", key, d)
		}
	}
	if !(api.RateLimit >= 0) || api.PageSize < 0 {
		return calls{}, nil, errors.New("api.rate_limit, api.page_size: a negative number")
	}
	found, err := p.def.callsOf(api.Variant)
	if err != nil {
		return calls{}, nil, err
	}
	params, err := p.def.api.settle(api.Params)
	if err != nil {
		return calls{}, nil, err
	}
	if base, err := baseURL(cmp.Or(api.URL, p.def.api.url)); err == nil { // else that is told where it is needed
		params[urlPlaceholder] = strings.TrimRight(base.String(), "/")
	}
	return found, params, nil
}

// client makes what sends requests.
func (p *Provider) client(api APISettings, params map[string]string) (*client, error) {
	address := cmp.Or(api.URL, p.def.api.url)
	if address == "" {
		return nil, errors.New("api.url is missing: set it to the address of the provider's API")
	}
	base, err := baseURL(address)
	if err != nil {
		return nil, fmt.Errorf("api.url: %w", err)
	}
	prepared, _ := keys("api.key", []secret.Text{api.Key}, rawKey)
	if len(prepared) == 0 {
		return nil, errors.New("api.key is missing: set it to a key of the provider's API")
	}
	value := prepared[0].secret.Reveal()
	switch {
	case strings.ContainsFunc(value, isControl):
		return nil, errors.New("api.key has a control character, which no header can hold")
	case p.def.api.auth.pair && !strings.Contains(value, ":"):
		return nil, errors.New("api.key: expected id:secret")
	}
	c := &client{
		http: newHTTPClient(), base: base, auth: p.def.api.auth, headers: p.def.api.headers, key: prepared[0].secret,
		limiter:  limiter(cmp.Or(api.RateLimit, p.def.api.rate, defaultRate)),
		patience: usualPatience, timeout: api.Timeout, lag: api.Lag, clock: api.Clock, dated: api.Dated,
	}
	if part := p.def.api.auth.token; part != nil {
		if err := p.def.api.missing(p.def.api.auth.names(), params); err != nil {
			return nil, err
		}
		if c.token, err = part.request(base, params, c.key); err != nil {
			return nil, err
		}
		c.token.tokens = p.tokens.of(c.token)
	}
	return c, nil
}

// database makes what reads a provider's database.
func (p *Provider) database(api APISettings) (*database, error) {
	db, err := openDatabase(api)
	if err != nil {
		return nil, err
	}
	return &database{
		db: db, limiter: limiter(cmp.Or(api.RateLimit, float64(rate.Inf))),
		patience: usualPatience, timeout: api.Timeout, lag: api.Lag, clock: api.Clock,
	}, nil
}

// limiter spaces requests evenly: a burst is what providers punish.
func limiter(perSecond float64) *rate.Limiter { return rate.NewLimiter(rate.Limit(perSecond), 1) }

func (p *Provider) itemReader(part itemPart, api APISettings, origin usersync.Origin) *itemReader {
	return &itemReader{
		itemPart: part, provider: p.name, origin: origin, redact: p.redact, redaction: p.def.redaction,
		maxFuture: usersync.Micros(api.MaxFuture.Microseconds()),
	}
}
