package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"usersync/internal/fakeprovider"
	"usersync/internal/secret"
	"usersync/models"
	"usersync/providers"
	usersync "usersync/sync"
)

// demoListed is the provider of the demo that is listed, and how many users it
// has.
const (
	demoListed = "acme"
	demoPeople = 250
)

// demoList is what the demo shows of lists: everybody who was there before the
// first webhook, and what no webhook told.
type demoList struct {
	Provider  string                       `json:"provider"`
	Backfill  usersync.Counts              `json:"backfill"`
	Reconcile map[usersync.DriftKind]int64 `json:"reconcile"`
	Repaired  usersync.Counts              `json:"repaired"`
	Surprise  bool                         `json:"surprise,omitempty"`
}

// demoAPI is a provider's API on loopback, with a clock that the demo sets.
type demoAPI struct {
	*fakeprovider.Server
	began  time.Time
	later  atomic.Int64 // nanoseconds since then
	listen net.Listener
	server *http.Server
}

func newDemoAPI() (*demoAPI, error) {
	listen, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	a := &demoAPI{began: time.Now().Add(-time.Hour), listen: listen}
	a.Server = fakeprovider.New("authon", fakeprovider.Options{Users: demoPeople, Now: a.clock})
	a.server = &http.Server{Handler: a.Server, ReadHeaderTimeout: time.Second}
	go func() { _ = a.server.Serve(listen) }() // ends with close
	return a, nil
}

func (a *demoAPI) clock() time.Time { return a.began.Add(time.Duration(a.later.Load())) }

func (a *demoAPI) close() error { return a.server.Close() }

// settings are how the API is asked.
func (a *demoAPI) settings() providers.APISettings {
	return providers.APISettings{URL: "http://" + a.listen.Addr().String(), Key: secret.New(a.Key()), RateLimit: 1000, Clock: a.clock}
}

// change is what happens at the provider while no webhook arrives.
func (a *demoAPI) change() error {
	users := a.Users()
	_, added := users.Add(fakeprovider.User{Email: "new@example.com", Name: "New User"})
	_, renamed := users.Update("usr_0000001", func(u *fakeprovider.User) { u.Name = "Another Name" })
	_, banned := users.Ban("usr_0000002", "spam")
	return errors.Join(added, renamed, banned, users.Delete("usr_0000003"))
}

// demoLists backfills, lets an hour pass in which webhooks are lost, and
// reconciles.
func demoLists(ctx context.Context, provider *providers.Provider, db *models.DB) (shown demoList, err error) {
	api, err := newDemoAPI()
	if err != nil {
		return shown, err
	}
	defer func() { err = errors.Join(err, api.close()) }()
	shown.Provider = provider.Name()
	lists := &reconcileAPI{}
	if lists.lister, err = provider.Lister(api.settings(), usersync.OriginBackfill); err != nil {
		return shown, err
	}
	if lists.fetcher, err = provider.Fetcher(api.settings(), usersync.OriginReconcile); err != nil {
		return shown, err
	}
	defer lists.close()
	engine := newEngine(db, zerolog.Nop())
	run, err := (&usersync.Backfill{Lister: lists.lister, Engine: engine, InFlight: pagesAhead}).Run(ctx, usersync.Run{})
	if shown.Backfill = run.Counts; err != nil {
		return shown, err
	}
	api.later.Store(int64(time.Hour))
	if err := api.change(); err != nil {
		return shown, err
	}
	repair := usersync.Reconcile{
		Provider: provider.Name(), Roll: db.Roll(), Fetcher: lists.fetcher, MaxDeletes: func(int64) int64 { return 10 },
		Backfill: usersync.Backfill{Lister: lists.lister, Engine: engine, InFlight: pagesAhead},
	}
	run, found, err := repair.Run(ctx, usersync.Run{})
	shown.Reconcile, shown.Repaired = found.Findings.Counts, run.Counts
	shown.Surprise = shown.Backfill.Changed != demoPeople || found.Held != "" || found.Findings.Total() != 4 || run.Counts.Gone != 1
	return shown, err
}

// print writes it for a person.
func (l *demoList) print(out io.Writer) {
	fmt.Fprintf(out, "\nusersync backfill %s             %d users on %d pages, %d changed\n", l.Provider, l.Backfill.Users, l.Backfill.Pages, l.Backfill.Changed)
	fmt.Fprintf(out, "  an hour later, and no webhook came: one signed up, one was renamed, one was banned, one was deleted\n")
	fmt.Fprintf(out, "usersync reconcile %s --apply    %d missing, %d changed, %d suspended differently, %d gone; %d repaired\n", l.Provider,
		l.Reconcile[usersync.DriftMissing], l.Reconcile[usersync.DriftChanged], l.Reconcile[usersync.DriftSuspension], l.Reconcile[usersync.DriftGone], l.Repaired.Changed)
}
