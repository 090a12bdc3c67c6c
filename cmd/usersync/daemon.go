package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"usersync/handlers"
	"usersync/handlers/desk"
	"usersync/internal/config"
	"usersync/internal/pulse"
	"usersync/models"
	usersync "usersync/sync"
)

// How many deliveries may wait, how many commands one transaction holds, and how many
// transactions there may be on a long way: with more there was nothing left to win.
const (
	queueLength = 4096
	batchLength = 512
	mostFlights = 3
)

// addresses are where a daemon listens.
type addresses struct{ Public, Admin string }

// daemon is everything that serve runs.
type daemon struct {
	config   *config.Config
	log      zerolog.Logger
	db       *models.DB
	durable  *durability
	fetching *hydration
	pulse    *pulse.Pulse
	metrics  *handlers.Metrics
	census   *censusTaker
	webhooks *handlers.Webhooks
	users    *appUsers
	health   *handlers.Health
	repairs  *reconciler
	due      *usersync.DueLetters
	couriers *couriers
	forgets  *pruner
	starter  *starter
	watch    *watch
	overview *overviewer
	desk     *desk.Desk
	works    []work
	public   net.Listener
	admin    net.Listener
}

// work is something that goes on beside the listeners: until run's context ends. It
// takes over what a reloaded configuration says. Either may be nil.
type work struct {
	run      func(ctx context.Context)
	exchange func(c *config.Config)
}

// newDaemon opens the database and the listeners. Nothing is accepted before
// run. An error leaves nothing open.
func newDaemon(ctx context.Context, c *config.Config, log zerolog.Logger) (d *daemon, err error) {
	d = &daemon{config: c, log: log, pulse: pulse.New(time.Now)}
	d.metrics = handlers.NewMetrics(version, d.pulse)
	defer func() {
		if err != nil {
			err = errors.Join(err, d.close())
			d = nil
		}
	}()
	if c.TLS.Enabled() {
		// A bad certificate shall be known before anything is changed.
		if _, err = loadCertificate(c.TLS); err != nil {
			return d, err
		}
	}
	if d.db, err = openDatabase(c); err != nil {
		return d, err
	}
	arrival := &arrival{config: c, db: d.db, log: log}
	away, err := arrival.atStart(ctx)
	if err != nil {
		return d, err
	}
	if err = d.assemble(arrival); err != nil {
		return d, err
	}
	if away != nil {
		d.durable.breaker.Tell(advise(c, away))
	}
	if d.public, err = listen("listen", c.Listen); err != nil {
		return d, err
	}
	d.admin, err = listen("admin.listen", c.Admin.Listen)
	return d, err
}

// assemble puts together what takes deliveries, and what goes on beside that.
func (d *daemon) assemble(arrival *arrival) (err error) {
	d.measure(d.config)
	engine := newEngine(d.db, d.log)
	engine.Observe, engine.Buried = d.metrics.Observe, d.metrics.Buried
	d.fetching = newHydration(d.db, d.log)
	engine.Hydrates, engine.Asked = d.fetching.fetches, d.fetching.wake
	letters := newLetterRetry(d.config, d.db, engine)
	d.due = letters.due()
	engine.Due = d.due.Wake
	d.couriers = newCouriers(d.db, d.metrics.Registerer(), d.log)
	engine.Posted = d.couriers.wake
	if d.durable, err = newDurability(d.config, d.db, engine, d.metrics.Gathered, d.log, arrival.again); err != nil {
		return err
	}
	d.census = newCensusTaker(d.db.Surveyor(), d.durable.breaker.Away, d.log)
	d.census.config.Store(d.config)
	d.registerMetrics()
	d.repairs = newReconciler(d.db, d.metrics, d.log, d.durable.breaker)
	d.durable.back = d.repairs.wakeUp
	d.durable.refused = func(provider string) {
		d.repairs.owed.add(provider, 1)
		d.metrics.Refused(provider)
	}
	d.forgets = &pruner{db: d.db, log: d.log, look: pruneLook, quiet: runQuiet, breaker: d.durable.breaker}
	d.users = newAppUsers(d.config, d.db, d.durable.batcher)
	d.health = handlers.NewHealth(d.durable.parts()...)
	d.webhooks = handlers.NewWebhooks(handlers.Options{
		Endpoints: endpoints(d.config),
		Sink:      d.durable.intake,
		Metrics:   d.metrics,
		Clock:     time.Now,
		MaxBody:   d.config.MaxBody,
	})
	d.starter = newStarter(d.db, d.metrics, d.log)
	d.watch = d.newWatch()
	d.overview = &overviewer{
		started: time.Now(), replica: hostName(), db: d.db, health: d.health, durable: d.durable, pulse: d.pulse,
		census:   d.census.Last,
		standing: d.watch.Standing, activity: d.watch.Activity, trouble: d.watch.Trouble,
		secrets: d.metrics.SecretUses,
	}
	d.desk = d.newDesk(letters)
	fetch := func(c *config.Config) { d.fetching.exchange(c, d.durable.batcher.Submit) }
	d.works = []work{
		{exchange: d.measure},
		{d.census.run, d.census.config.Store},
		{exchange: func(c *config.Config) { d.webhooks.Replace(endpoints(c)) }},
		{d.durable.run, d.durable.replace},
		{d.repairs.run, d.repairs.config.Store},
		{d.due.Run, letters.config.Store},
		{d.forgets.run, d.forgets.config.Store},
		{d.starter.run, d.starter.config.Store},
		{d.watch.run, d.watch.replace},
		{exchange: d.overview.replace},
		{exchange: fetch},
		{exchange: d.couriers.exchange},
		{exchange: d.users.replace},
	}
	d.repairs.config.Store(d.config)
	d.forgets.config.Store(d.config)
	d.starter.config.Store(d.config)
	d.watch.replace(d.config)
	d.overview.replace(d.config)
	fetch(d.config)
	d.couriers.exchange(d.config)
	return nil
}

// endpoints are the webhook paths of a configuration.
func endpoints(c *config.Config) map[string]handlers.Endpoint {
	all := make(map[string]handlers.Endpoint, len(c.Built))
	for name, provider := range c.Built {
		all[name] = handlers.Endpoint{Provider: provider, AllowIPs: c.Providers[name].AllowIPs}
	}
	return all
}

func listen(key, address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: is another usersync running, or should %s name another port?", key, err, key)
	}
	return l, nil
}

// openDatabase opens the configured database, without waiting for it.
func openDatabase(c *config.Config) (*models.DB, error) {
	return models.Open(c.Database.URL.Reveal(), models.Options{
		UsersTable:     c.Database.UsersTable,
		MaxConnections: c.Database.MaxConnections,
	})
}

// refusePending returns an error if a migration is not applied.
func refusePending(ctx context.Context, db *models.DB) error {
	pending, err := db.Pending(ctx)
	if err == nil && pending > 0 {
		err = fmt.Errorf("%s pending: run `usersync migrate up`, or set database.migrate: true", count(pending, "migration"))
	}
	return err
}

// newEngine makes an engine over an open database.
func newEngine(db *models.DB, log zerolog.Logger) *usersync.Engine {
	return &usersync.Engine{Store: db.Store(), Clock: now, Log: slog.New(zerolog.NewSlogHandler(log))}
}

// now is our clock.
func now() usersync.Micros { return usersync.MicrosOf(time.Now()) }

// run serves until ctx ends, finishes what was accepted, drains the batcher
// and closes everything.
func (d *daemon) run(ctx context.Context) error {
	public := handlers.Binding{
		Server:   handlers.NewServer(d.config.Listen, handlers.NewPublic(d.webhooks, d.health, d.log), d.log),
		Listener: d.public, CertFile: d.config.TLS.CertFile, KeyFile: d.config.TLS.KeyFile,
	}
	admin := handlers.Binding{
		Server: handlers.NewServer(d.config.Admin.Listen, handlers.NewAdmin(handlers.AdminOptions{
			Metrics: d.metrics, Health: d.health, Users: d.users, Desk: d.desk, Token: d.config.Admin.Token, Log: d.log,
		}), d.log),
		Listener: d.admin,
	}
	d.log.Info().Str("version", version).Str("listen", d.public.Addr().String()).Str("admin", d.admin.Addr().String()).
		Str("database", string(d.db.Dialect())).Int("providers", len(d.config.Built)).Msg("ready")
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var background sync.WaitGroup
	for _, w := range d.works {
		if w.run != nil {
			background.Go(func() { w.run(ctx) })
		}
	}
	err := handlers.Serve(ctx, d.health, public, admin)
	stop()
	background.Wait()
	d.repairs.remind(true)
	d.public, d.admin = nil, nil // Serve has closed them
	d.log.Info().Msg("stopping: what was accepted is being finished")
	err = errors.Join(err, d.close())
	level := zerolog.InfoLevel
	if err != nil {
		level = zerolog.ErrorLevel
	}
	d.log.WithLevel(level).Err(err).Msg("stopped")
	return err
}

// close stops fetching and finishes what was submitted, then closes what is open.
func (d *daemon) close() error {
	var faults []error
	for _, l := range []net.Listener{d.public, d.admin} {
		if l != nil {
			faults = append(faults, l.Close())
		}
	}
	if d.users != nil {
		d.users.close()
	}
	if d.watch != nil {
		d.watch.office.Stop()
	}
	if d.durable != nil {
		d.fetching.stop()
		d.couriers.stop()
		faults = append(faults, d.durable.close())
	}
	if d.db != nil {
		faults = append(faults, d.db.Close())
	}
	return errors.Join(faults...)
}
