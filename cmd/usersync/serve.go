package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"usersync/internal/collector"
	"usersync/internal/config"
)

func (p *program) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Receive webhooks and keep the users table right",
		Args:  noWords,
		RunE:  func(cmd *cobra.Command, _ []string) error { return p.serve(cmd.Context()) },
	}
}

func (p *program) serve(ctx context.Context) error {
	// From here on, because a SIGHUP that nobody awaits ends the process. One
	// that comes during the start is heeded after it.
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	c, err := p.load(true)
	if err != nil {
		return err
	}
	defer collector.CollectSeldom()()
	log, finish := p.busyLogger(c.Log)
	defer finish()
	for _, warning := range append(c.Warnings, unscheduled(c)...) {
		log.Warn().Msg(warning)
	}
	d, err := newDaemon(ctx, c, log)
	if err != nil {
		return err
	}
	if p.started != nil {
		p.started(addresses{Public: d.public.Addr().String(), Admin: d.admin.Addr().String()})
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	supervisor := p.supervise(d)
	go reloadOnHangup(ctx, hangup, func() { supervisor.reload(func() bool { return p.reload(d) }) })
	return d.run(ctx)
}

// reloadOnHangup reads the configuration again at each SIGHUP and exchanges
// the providers: their secrets can be rotated without losing a request. The
// rest of the configuration takes a restart.
func reloadOnHangup(ctx context.Context, hangup <-chan os.Signal, reload func()) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
			reload()
		}
	}
}

// reload reports whether the configuration could be used.
func (p *program) reload(d *daemon) bool {
	fresh, err := p.load(true)
	if err != nil {
		d.log.Error().Err(err).Msg("reload: the configuration has faults, the old one stays in force")
		return false
	}
	for _, warning := range append(fresh.Warnings, unscheduled(fresh)...) {
		d.log.Warn().Msg(warning)
	}
	if needsRestart(d.config, fresh) {
		d.log.Warn().Msg("reload: only providers, scripts, actions, alarms and retention are exchanged, restart for the other changes")
	}
	for _, w := range d.works {
		if w.exchange != nil {
			w.exchange(fresh)
		}
	}
	d.log.Info().Int("providers", len(fresh.Built)).Msg("reloaded")
	return true
}

// needsRestart reports whether anything differs that a reload does not exchange.
func needsRestart(running, fresh *config.Config) bool {
	return running.Listen != fresh.Listen || running.PublicURL != fresh.PublicURL || running.MaxBody != fresh.MaxBody || running.TLS != fresh.TLS ||
		running.Log != fresh.Log || running.Admin.Listen != fresh.Admin.Listen || running.Spool != fresh.Spool ||
		running.Admin.Token.Reveal() != fresh.Admin.Token.Reveal() ||
		running.Database.URL.Reveal() != fresh.Database.URL.Reveal() ||
		running.Database.UsersTable != fresh.Database.UsersTable || running.Database.Migrate != fresh.Database.Migrate ||
		running.Database.AckDeadline != fresh.Database.AckDeadline || running.Database.MaxConnections != fresh.Database.MaxConnections
}
