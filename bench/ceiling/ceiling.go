// Package ceiling is usersync without a database: its own listener, verification,
// decoding, log and metrics, put together as the daemon does it, before a sink that takes
// everything at once. It is the most that the daemon could do on this machine.
package ceiling

import (
	"context"
	"net"
	"time"

	"github.com/rs/zerolog"

	"usersync/handlers"
	"usersync/internal/config"
	"usersync/internal/pulse"
	usersync "usersync/sync"
)

// taken is a sink that makes nothing durable and tells the metrics what the engine would.
type taken struct{ observe func(usersync.Observation) }

// Submit implements handlers.Sink.
func (s taken) Submit(_ context.Context, d *usersync.Delivery) (usersync.Outcome, error) {
	for i := range d.Commands {
		c := &d.Commands[i]
		s.observe(usersync.Observation{
			Provider: c.Provider, Kind: c.Kind, Outcome: usersync.OutcomeApplied,
			Origin: c.Origin, OccurredAt: c.OccurredAt,
		})
	}
	return usersync.OutcomeApplied, nil
}

// Serve answers the deliveries of a configuration until ctx ends.
func Serve(ctx context.Context, c *config.Config, log zerolog.Logger) error {
	metrics := handlers.NewMetrics("ceiling", pulse.New(time.Now))
	endpoints := make(map[string]handlers.Endpoint, len(c.Built))
	var names []string
	for name, provider := range c.Built {
		names = append(names, name)
		endpoints[name] = handlers.Endpoint{Provider: provider, AllowIPs: c.Providers[name].AllowIPs}
	}
	metrics.Providers(names)
	health := handlers.NewHealth()
	webhooks := handlers.NewWebhooks(handlers.Options{
		Endpoints: endpoints, Sink: taken{metrics.Observe}, Metrics: metrics, Clock: time.Now, MaxBody: c.MaxBody,
	})
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return err
	}
	return handlers.Serve(ctx, health, handlers.Binding{
		Server: handlers.NewServer(c.Listen, handlers.NewPublic(webhooks, health, log), log), Listener: listener,
	})
}
