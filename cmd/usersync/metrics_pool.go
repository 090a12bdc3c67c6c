package main

import (
	"database/sql"

	"github.com/prometheus/client_golang/prometheus"
)

var (
	connectionsDesc    = gaugeDesc("usersync_database_connections", "Connections to the database, by whether somebody uses them: in_use, idle.", "state")
	maxConnectionsDesc = gaugeDesc("usersync_database_max_connections", "The most connections to the database that there may be.")
	waitsDesc          = gaugeDesc("usersync_database_connection_waits_total", "How often somebody had to wait for a connection, because all were in use.")
	waitedDesc         = gaugeDesc("usersync_database_connection_wait_seconds_total", "How long they waited, together.")
)

// poolPage collects how busy the connections to the database are.
type poolPage struct{ stats func() sql.DBStats }

// Describe implements prometheus.Collector.
func (p poolPage) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{connectionsDesc, maxConnectionsDesc, waitsDesc, waitedDesc} {
		out <- desc
	}
}

// Collect implements prometheus.Collector.
func (p poolPage) Collect(out chan<- prometheus.Metric) {
	s := p.stats()
	gauge := func(desc *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, kind, value, labels...)
	}
	gauge(connectionsDesc, prometheus.GaugeValue, float64(s.InUse), "in_use")
	gauge(connectionsDesc, prometheus.GaugeValue, float64(s.Idle), "idle")
	gauge(maxConnectionsDesc, prometheus.GaugeValue, float64(s.MaxOpenConnections))
	gauge(waitsDesc, prometheus.CounterValue, float64(s.WaitCount))
	gauge(waitedDesc, prometheus.CounterValue, s.WaitDuration.Seconds())
}
