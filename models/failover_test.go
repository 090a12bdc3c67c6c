package models_test

import (
	"context"
	"fmt"
	"net/url"
	"testing"
	"time"

	"usersync/internal/faultproxy"
	"usersync/internal/pgtest"
	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

// pair starts two servers, which here have different rows: a failover in the small.
func pair(t *testing.T) (clusters [2]*pgtest.Cluster, both string) {
	t.Helper()
	var hosts [2]string
	for i := range clusters {
		cluster, err := pgtest.Start(pgtest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cluster.Stop() })
		address, err := url.Parse(cluster.URL())
		if err != nil {
			t.Fatal(err)
		}
		clusters[i], hosts[i] = cluster, address.Host
		open(t, cluster.URL(), models.Options{})
	}
	return clusters, "postgres://postgres@" + hosts[0] + "," + hosts[1] + "/postgres?sslmode=disable&target_session_attrs=read-write"
}

// Of several hosts the one that takes writes is used. It is left, by all connections
// that are open and without a failure, when it turns read-only under them or goes down.
func TestFailoverNeedsNoRestart(t *testing.T) {
	t.Parallel()
	clusters, both := pair(t)
	const connections = 6
	db := connect(t, both, models.Options{MaxConnections: connections})
	bookkeeping := connect(t, both, models.Options{MaxConnections: connections})
	at := func(i int) *models.DB { return connect(t, clusters[i].URL(), models.Options{MaxConnections: 1}) }
	first, second := at(0), at(1)
	names := func(db *models.DB) []string {
		t.Helper()
		return models.QueryForTest(t, db, "SELECT provider_user_id FROM users ORDER BY 1")
	}
	write := func(id string) {
		t.Helper()
		if err := applyOne(t, db, user(id)); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	readOnly := func(state string) {
		t.Helper()
		models.ExecForTest(t, first, "ALTER SYSTEM SET default_transaction_read_only = "+state)
		models.ExecForTest(t, first, "SELECT pg_reload_conf()")
	}
	const mode = "SHOW transaction_read_only"
	models.FillForTest(t, db, connections, mode, "off")
	models.FillForTest(t, bookkeeping, connections, mode, "off")
	write("before")
	// A demoted primary lives on and answers, but takes no more writes.
	readOnly("on")
	models.FillForTest(t, db, connections, mode, "on")
	models.FillForTest(t, bookkeeping, connections, mode, "on")
	if _, _, err := bookkeeping.Runs().Begin(t.Context(), usersync.RunKey{Kind: usersync.RunBackfill, Provider: "p"}, false, storetest.Base); err != nil {
		t.Error(err)
	}
	if runs, err := second.LastRuns(t.Context(), 5); err != nil || len(runs) != 1 {
		t.Errorf("the second has the runs %+v, %v", runs, err)
	}
	write("demoted")
	for i := range 2 * connections {
		write(fmt.Sprint("demoted_", i))
	}
	if got := names(first); len(got) != 1 || got[0] != "before" {
		t.Errorf("the first has %q", got)
	}
	if got := names(second); len(got) != 1+2*connections {
		t.Errorf("the second has %q", got)
	}
	readOnly("off")
	models.FillForTest(t, first, 1, mode, "off")
	models.FillForTest(t, db, connections, mode, "off")
	if err := clusters[1].Down(); err != nil {
		t.Fatal(err)
	}
	write("crashed")
	if got := names(first); len(got) != 2 {
		t.Errorf("the first has %q", got)
	}
}

// With the first host down from the start the second is used.
func TestFirstHostDown(t *testing.T) {
	t.Parallel()
	const nobody = "127.0.0.1:1" // a port that was free a moment ago may be somebody's
	address, err := url.Parse(pgtest.New(t))
	if err != nil {
		t.Fatal(err)
	}
	address.Host = nobody + "," + address.Host
	address.RawQuery += "&target_session_attrs=read-write"
	if err := applyOne(t, open(t, address.String(), models.Options{}), user("u")); err != nil {
		t.Error(err)
	}
}

// A first host that swallows everything, as a machine without power does, is passed
// over within the time that a look may take, without a connect_timeout in the URL.
func TestFirstHostSwallows(t *testing.T) {
	t.Parallel()
	address, err := url.Parse(pgtest.New(t))
	if err != nil {
		t.Fatal(err)
	}
	proxy, err := faultproxy.Start(address.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = proxy.Close() })
	if err := proxy.Set(faultproxy.Blackhole); err != nil {
		t.Fatal(err)
	}
	address.Host = proxy.Addr() + "," + address.Host
	address.RawQuery += "&target_session_attrs=read-write"
	db := connect(t, address.String(), models.Options{})
	// Half of it is for the second host, however busy the machine is.
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := db.Ping(ctx); err != nil {
		t.Error(err)
	}
}
