package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"usersync/internal/alarm"
	"usersync/internal/config"
	"usersync/internal/promtest"
	"usersync/providers"
	usersync "usersync/sync"
)

// projectRoot is the project's root as seen from this package.
const projectRoot = "../.."

var update = flag.Bool("update", false, "write the table of docs/METRICS.md; read the diff before committing it")

// measured runs a daemon in which everything that is measured has happened, and returns
// its page.
func measured(t *testing.T, databaseURL string) string {
	t.Helper()
	file := actionsConfig(t, databaseURL, "http://127.0.0.1:9")
	rewrite(t, file, func(text string) string { return text + fmt.Sprintf("spool: {dir: %q}\n", t.TempDir()) })
	c, err := config.Load(config.Options{File: file, NeedProviders: true})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	d, err := newDaemon(ctx, c, zerolog.Nop())
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	public, admin := "http://"+d.public.Addr().String(), "http://"+d.admin.Addr().String()
	db := d.db
	go func() { ended <- d.run(ctx) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	deliver := func(header http.Header, body []byte, want int) {
		t.Helper()
		if status, answer, err := post(ctx, http.DefaultClient, public+"/webhooks/authon", header, body); err != nil || status != want {
			t.Errorf("%d %s %v", status, answer, err)
		}
	}
	p := c.Built["authon"]
	header, body, err := p.Build("user.created", providers.Sample{UserID: "u1", Email: "u1@example.com", EventID: "e1", Time: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	deliver(header, body, http.StatusOK)
	deliver(http.Header{}, body, http.StatusUnauthorized)
	body = []byte("no json")
	if err := p.Sign(header, body, time.Now()); err != nil {
		t.Fatal(err)
	}
	deliver(header, body, http.StatusOK)
	run, _, err := db.Runs().Begin(ctx, usersync.RunKey{Kind: usersync.RunReconcile, Provider: "authon", Source: "test"}, false, now())
	if err == nil {
		err = db.Runs().End(ctx, run, usersync.RunComplete, now())
	}
	if err != nil {
		t.Fatal(err)
	}
	// What the daemon itself thinks of it, or has counted before, may take this away again.
	for deadline := time.Now().Add(patience); ; {
		d.census.look(ctx)
		d.metrics.Alarms([]alarm.Alarm{{Kind: alarm.DeadLetters, Provider: "authon", Severity: alarm.Warning}})
		if page := adminPage(t, admin+"/metrics"); strings.Contains(page, "usersync_alarm{") && strings.Contains(page, "usersync_run_last_finished_timestamp_seconds{") {
			return page
		}
		if time.Now().After(deadline) {
			t.Fatal("no alarm or no run is shown")
		}
	}
}

// ours is what a page has of our own.
func ours(page string) string {
	var kept strings.Builder
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, "usersync_") || strings.HasPrefix(line, "# HELP usersync_") || strings.HasPrefix(line, "# TYPE usersync_") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// What is shipped for Prometheus and Grafana, and docs/METRICS.md, tell of what a daemon
// exposes, and of nothing else.
func TestMetricsAreAsShippedAndDocumented(t *testing.T) {
	t.Parallel()
	families := map[string]promtest.Family{}
	for name, url := range databaseURLs {
		page := measured(t, url(t))
		if said, err := promtest.Promtool(t, ".", ours(page), "check", "metrics"); err != nil || said != "" {
			t.Errorf("%s: promtool check metrics: %v\n%s", name, err, said)
		}
		maps.Copy(families, promtest.Page(page))
	}
	for _, rule := range promtest.Rules(t, projectRoot).Alerts() {
		for _, fault := range promtest.Unknown(families, rule.Expr) {
			t.Errorf("%s: %s", rule.Alert, fault)
		}
	}
	for _, panel := range promtest.Grafana(t, projectRoot).All() {
		for _, target := range panel.Targets {
			for _, fault := range promtest.Unknown(families, promtest.Plain(target.Expr)) {
				t.Errorf("Grafana, %s: %s", panel.Title, fault)
			}
		}
	}
	documented(t, projectRoot+"/docs/METRICS.md", families)
}

// documented compares the table of a page with the metrics, or writes it.
func documented(t *testing.T, file string, families map[string]promtest.Family) {
	t.Helper()
	const begin, end = "<!-- written by the test of cmd/usersync -->\n", "<!-- end -->"
	old, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(old), begin)
	_, after, whole := strings.Cut(rest, end)
	if !found || !whole {
		t.Fatalf("%s has no place for the table", file)
	}
	var table strings.Builder
	table.WriteString("| metric | labels | type | what it tells |\n|---|---|---|---|\n")
	for _, name := range promtest.Names(families, "usersync_") {
		f := families[name]
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s |\n", name, strings.Join(f.Labels, ", "), f.Type, strings.ReplaceAll(f.Help, "|", `\|`))
	}
	if fresh := before + begin + table.String() + end + after; fresh != string(old) {
		if !*update {
			t.Fatalf("%s is stale: go test ./cmd/usersync -run %s -update", file, t.Name())
		}
		if err := os.WriteFile(file, []byte(fresh), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
