// Package promtest checks what is shipped for Prometheus and Grafana with promtool. It
// also knows which metrics an expression names, for the test that compares them with the
// page of a real daemon. It is test support.
package promtest
