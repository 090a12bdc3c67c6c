package main

import "usersync/internal/config"

// registerMetrics adds what is known beside the deliveries to the metrics.
func (d *daemon) registerMetrics() {
	registry := d.metrics.Registerer()
	registry.MustRegister(d.census, poolPage{d.db.Stats})
	if d.durable.spool != nil {
		registerSpool(registry, d.durable.spool, d.config.Spool.MaxBytes, d.durable.breaker)
	}
}

// measure takes over what the metrics have to know of a configuration.
func (d *daemon) measure(c *config.Config) {
	names := providerNames(c)
	d.metrics.Providers(names)
	for _, name := range names {
		d.metrics.MaxSilence(name, c.MaxSilenceOf(name))
	}
}
