package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"usersync/internal/spool"
	usersync "usersync/sync"
)

// registerSpool adds what an operator wants to know of a spool to the metrics.
func registerSpool(registry prometheus.Registerer, s *spool.Spool, maxBytes int64, breaker *usersync.Breaker) {
	gauge := func(name, help string, value func() float64) {
		registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
	}
	gauge("usersync_database_away", "1 while deliveries are spooled because the database does not take them.", func() float64 {
		if breaker.Away() != nil {
			return 1
		}
		return 0
	})
	gauge("usersync_spool_records", "Requests that wait in the spool.", func() float64 { return float64(s.Stats().Records) })
	gauge("usersync_spool_bytes", "The spool's size on disk.", func() float64 { return float64(s.Stats().Bytes) })
	gauge("usersync_spool_max_bytes", "The most that the spool may take on disk.", func() float64 { return float64(maxBytes) })
	gauge("usersync_spool_oldest_timestamp_seconds", "When the oldest request that waits in the spool was received, in seconds since 1970; 0 if none waits.", func() float64 {
		return float64(s.Stats().Oldest) / 1e6
	})
	gauge("usersync_spool_unreadable_segments", "Files of the spool that nothing can be read of so far, because of their rights or of the disk. What they hold is applied once they can be read, and is not in usersync_spool_records.", func() float64 {
		return float64(s.Stats().Unreadable)
	})
	gauge("usersync_spool_corrupt_files", "Files of the spool in which something could not be read and was set aside.", func() float64 {
		return float64(s.Stats().CorruptFiles)
	})
}
