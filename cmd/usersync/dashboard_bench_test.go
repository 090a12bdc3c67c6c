package main

import (
	"context"
	"database/sql"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"usersync/internal/logtest"
	"usersync/internal/millions"
	"usersync/internal/pgtest"
	"usersync/models"
	usersync "usersync/sync"
)

// BenchmarkDashboard is what each page of the dashboard takes among a million users and a
// million events, asked over HTTP of a daemon: the best, the median and the slowest of
// twenty.
func BenchmarkDashboard(b *testing.B) {
	for name, database := range map[string]string{"postgres": pgtest.New(b), "sqlite": "sqlite:" + b.TempDir() + "/users.db"} {
		b.Run(name, func(b *testing.B) {
			fillMillion(b, name, database)
			client := &http.Client{Timeout: time.Minute}
			daemon := startBench(b, database)
			for _, path := range dashboardPages() {
				b.Run(path, func(b *testing.B) { timePage(b, client, daemon+path) })
			}
		})
	}
}

// benchToken opens the dashboard of the benchmark.
const benchToken = "token-of-the-benchmark-77"

// dashboardPages are one of each page, and the filters that find little or nothing.
func dashboardPages() []string {
	query := func(path string, pairs ...string) string {
		values := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			values.Set(pairs[i], pairs[i+1])
		}
		return path + "?" + values.Encode()
	}
	return []string{
		"/", "/settings", "/letters", "/runs", "/users", "/events",
		query("/events", "provider", "provider3"), query("/events", "provider", "rare"), query("/events", "kind", "user.banned"),
		query("/events", "provider", "provider3", "user", "user_123"),
		query("/users", "q", "person123457@example.com"), query("/users", "q", "user_8"), query("/users", "q", "nobody"),
		query("/users/one", "provider", "provider3", "user", "user_1233"), query("/letters", "reason", "none"),
	}
}

func timePage(b *testing.B, client *http.Client, address string) {
	var took []time.Duration
	for range 20 {
		request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, address, nil)
		if err != nil {
			b.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+benchToken)
		began := time.Now()
		response, err := client.Do(request)
		if err != nil {
			b.Fatal(err)
		}
		page, err := io.ReadAll(response.Body)
		response.Body.Close()
		if took = append(took, time.Since(began)); err != nil || response.StatusCode != http.StatusOK {
			b.Fatalf("%s, %v\n%s", response.Status, err, page)
		}
	}
	slices.Sort(took)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(took[0].Seconds()*1000, "ms-best")
	b.ReportMetric(took[10].Seconds()*1000, "ms")
	b.ReportMetric(took[19].Seconds()*1000, "ms-most")
}

// fillMillion makes the tables and fills them.
func fillMillion(b *testing.B, dialect, database string) {
	db, err := models.Open(database, models.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	const week = 7 * 24 * time.Hour
	if _, err := db.MakePartitions(b.Context(), usersync.MicrosOf(time.Now().Add(-8*week)), 9); err != nil {
		b.Fatal(err)
	}
	driver, name := "pgx", database
	if file, sqlite := strings.CutPrefix(database, "sqlite:"); sqlite {
		driver, name = "sqlite", file
	}
	raw, err := sql.Open(driver, name)
	if err != nil {
		b.Fatal(err)
	}
	defer raw.Close()
	for _, statement := range millions.Statements(dialect) {
		if _, err := raw.ExecContext(b.Context(), statement); err != nil {
			b.Fatal(err)
		}
	}
}

// startBench runs `usersync serve` until the benchmark ends and returns its admin address.
func startBench(b *testing.B, database string) string {
	b.Helper()
	ctx, stop := context.WithCancel(context.Background())
	listening, exited := make(chan addresses, 1), make(chan int, 1)
	log := &logtest.Log{}
	p := &program{stdout: log, stderr: log, started: func(a addresses) { listening <- a }}
	arguments := []string{"serve", "--config", "", "--set", "admin.token=" + benchToken, "--set", "database.url=" + database, "--set", "listen=127.0.0.1:0", "--set", "admin.listen=127.0.0.1:0", "--set", "spool.dir=" + b.TempDir()}
	for _, provider := range []string{"provider0", "provider1", "provider2", "provider3", "provider4"} {
		arguments = append(arguments, "--set", "providers."+provider+".type=authon", "--set", "providers."+provider+".secrets="+testSecret(provider)+testSecret(provider))
	}
	go func() { exited <- p.run(ctx, arguments) }()
	select {
	case a := <-listening:
		b.Cleanup(func() {
			stop()
			<-exited
		})
		return "http://" + a.Admin
	case <-exited:
	case <-time.After(patience):
	}
	stop()
	b.Fatal("not started:\n", log.String())
	return ""
}
