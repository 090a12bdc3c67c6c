package main

import (
	"errors"
	"sync"
	"time"

	"usersync/internal/config"
	"usersync/providers"
	usersync "usersync/sync"
)

// callBudget is how long a call for the app may wait between attempts: the app
// can ask again, and knows better whether that is worth while.
const callBudget = 3 * time.Second

// providerCalls are what the providers of one configuration can be asked for.
type providerCalls struct {
	inUse  sync.RWMutex // read-locked during a call
	closed bool
	of     map[string]*calls
}

// calls are those of one provider. The errors say why there is none.
type calls struct {
	fetcher   *providers.Fetcher
	noFetcher error
	writer    *providers.Writer
	noWriter  error
}

// callsOf makes the calls of a configuration. What cannot be made is no fault of
// it: webhooks need no API.
func callsOf(c *config.Config) *providerCalls {
	all := &providerCalls{of: make(map[string]*calls, len(c.Built))}
	for name, provider := range c.Built {
		settings := apiSettings(c.Providers[name])
		settings.Budget = callBudget
		one := &calls{}
		one.fetcher, one.noFetcher = provider.Fetcher(settings, usersync.OriginHydrate)
		one.writer, one.noWriter = provider.Writer(settings)
		all.of[name] = one
	}
	return all
}

// close waits for the calls that go on, then gives up all connections.
func (p *providerCalls) close() {
	p.inUse.Lock()
	defer p.inUse.Unlock()
	if p.closed {
		return
	}
	p.closed = true
	for _, one := range p.of {
		if one.fetcher != nil {
			one.fetcher.Close()
		}
		if one.writer != nil {
			one.writer.Close()
		}
	}
}

// errReplaced says that a newer configuration is in force.
var errReplaced = errors.New("the configuration was exchanged")

// with calls do with the calls of a provider, nil if there is no such provider.
// None of them is closed before do returns.
func (p *providerCalls) with(provider string, do func(*calls) error) error {
	p.inUse.RLock()
	defer p.inUse.RUnlock()
	if p.closed {
		return errReplaced
	}
	return do(p.of[provider])
}
