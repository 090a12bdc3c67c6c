package main

import (
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"usersync/internal/config"
	"usersync/models"
	usersync "usersync/sync"
)

// lettersLook is how often the daemon looks for dead letters that are due:
// other replicas, and the one before a restart, stored some too.
const lettersLook = 15 * time.Second

// letterRetry tries dead letters again, with what a configuration says now.
type letterRetry struct {
	config atomic.Pointer[config.Config] // exchanged by a reload
	work   usersync.LetterRetry
}

func newLetterRetry(c *config.Config, db *models.DB, engine *usersync.Engine) *letterRetry {
	r := &letterRetry{}
	r.config.Store(c)
	r.work = usersync.LetterRetry{Letters: db.Letters(), Engine: engine, Reread: r.reread}
	return r
}

// reread reads a letter as its provider would be understood if it came now.
func (r *letterRetry) reread(l *usersync.StoredLetter) (*usersync.Delivery, error) {
	c := r.config.Load()
	provider := c.Built[l.Provider]
	if provider == nil {
		return nil, fmt.Errorf("no provider %q is configured any more: configure it again, then retry", l.Provider)
	}
	v := &usersync.Verified{Provider: l.Provider, ReceivedAt: now(), Headers: l.Headers, Body: l.Payload}
	if !l.Origin.Listed() {
		return provider.Reread(v, usersync.OriginReplay), nil
	}
	return provider.RereadUser(v, l.Origin, apiSettings(c.Providers[l.Provider]))
}

// providers are those whose letters can be read again.
func (r *letterRetry) providers() []string { return slices.Collect(maps.Keys(r.config.Load().Built)) }

// due makes what retries letters by themselves.
func (r *letterRetry) due() *usersync.DueLetters {
	return usersync.NewDueLetters(&usersync.DueLetters{
		Letters: r.work.Letters, Providers: r.providers, Try: r.work.Try, Clock: now, Log: r.work.Engine.Log, Look: lettersLook,
	})
}
