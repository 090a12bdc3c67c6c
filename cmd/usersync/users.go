package main

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"usersync/handlers"
	"usersync/internal/config"
	"usersync/models"
	usersync "usersync/sync"
)

// readTimeout is how long one row may take to be read, readsAtOnce how many are
// read together: those who wait for a row shall not take the database's
// connections from those who deliver.
const (
	readTimeout = 2 * time.Second
	readsAtOnce = 2
)

// fetchTimeout is how long a provider may take for a fetch that several may wait
// for, whoever of them leaves.
const fetchTimeout = 10 * time.Second

// appUsers is what the API for the app stands on. It implements handlers.Users.
type appUsers struct {
	db      *models.DB
	sink    handlers.Sink
	calls   atomic.Pointer[providerCalls]
	flights singleflight.Group
	reads   chan struct{}
}

var _ handlers.Users = (*appUsers)(nil)

func newAppUsers(c *config.Config, db *models.DB, sink handlers.Sink) *appUsers {
	a := &appUsers{db: db, sink: sink, reads: make(chan struct{}, readsAtOnce)}
	a.calls.Store(callsOf(c))
	return a
}

// replace exchanges the providers. A call that has begun is finished with what
// it began with.
func (a *appUsers) replace(c *config.Config) {
	old := a.calls.Swap(callsOf(c))
	go old.close() // it waits for those calls
}

// close is for when no call goes on anymore.
func (a *appUsers) close() { a.calls.Load().close() }

// Has implements handlers.Users.
func (a *appUsers) Has(provider string) bool {
	_, has := a.calls.Load().of[provider]
	return has
}

// with calls do with the calls of a provider.
func (a *appUsers) with(provider string, do func(*calls) error) error {
	for {
		err := a.calls.Load().with(provider, func(c *calls) error {
			if c == nil {
				return &handlers.UserError{Fault: handlers.FaultProvider, Text: "no provider of this name is configured anymore"}
			}
			return do(c)
		})
		if !errors.Is(err, errReplaced) {
			return err
		}
	}
}

// Row implements handlers.Users.
func (a *appUsers) Row(ctx context.Context, key usersync.UserKey) (row handlers.UserRow, found bool, err error) {
	user, found, err := a.read(ctx, key)
	if err != nil || !found {
		return row, false, err
	}
	return rowOf(&user), true, nil
}

func (a *appUsers) read(ctx context.Context, key usersync.UserKey) (user models.User, found bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	select {
	case a.reads <- struct{}{}:
		defer func() { <-a.reads }()
	case <-ctx.Done():
		return user, false, notStored("our database is slow", ctx.Err())
	}
	user, found, err = a.db.User(ctx, key)
	if err != nil {
		return user, false, notStored("our database does not answer", err)
	}
	return user, found, nil
}

// Ensure implements handlers.Users. Those who ask for the same user at the same
// time share one fetch.
func (a *appUsers) Ensure(ctx context.Context, key usersync.UserKey) (handlers.UserRow, error) {
	row, err, _ := a.flights.Do(key.Provider+"\n"+key.UserID, func() (any, error) {
		// Whoever came first may leave; the others still wait.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
		defer cancel()
		return a.fetch(ctx, key)
	})
	if err != nil {
		return handlers.UserRow{}, err
	}
	return row.(handlers.UserRow), nil
}

// fetch brings the row up to what the provider says. The merge decides between
// that and what is known, as for any fetched user.
func (a *appUsers) fetch(ctx context.Context, key usersync.UserKey) (handlers.UserRow, error) {
	var user usersync.Command
	err := a.with(key.Provider, func(c *calls) error {
		if c.noFetcher != nil {
			return incapable(c.noFetcher)
		}
		fetched, found, err := c.fetcher.Fetch(ctx, key.UserID)
		switch {
		case err != nil:
			return providerFault(err)
		case !found:
			return unknownUser()
		}
		user = fetched
		return nil
	})
	if err != nil {
		return handlers.UserRow{}, err
	}
	return a.store(ctx, user)
}

// store makes what a provider answered about one user durable, together with whatever else
// waits, and reads the row as it is then.
func (a *appUsers) store(ctx context.Context, said ...usersync.Command) (row handlers.UserRow, err error) {
	// What the provider has said is not dropped because it took its time.
	ctx = context.WithoutCancel(ctx)
	outcome, err := a.sink.Submit(ctx, &usersync.Delivery{Commands: said})
	switch {
	case err != nil:
		return row, notStored("the provider's answer could not be written to our database", err)
	case outcome == usersync.OutcomeDeadLetter:
		return row, &handlers.UserError{Fault: handlers.FaultConflict, Text: "the users table refused the row, which is kept as a dead letter: look for a constraint or trigger on it"}
	case outcome == usersync.OutcomeIgnored: // no answer about a user is, otherwise
		return row, &handlers.UserError{Fault: handlers.FaultUser, Text: "the user was erased here, so nothing is kept of what the provider says"}
	}
	row, found, err := a.Row(ctx, said[0].UserKey)
	if err == nil && !found {
		err = notStored("the row is not there although it was written: was it deleted by the app?", nil)
	}
	return row, err
}
