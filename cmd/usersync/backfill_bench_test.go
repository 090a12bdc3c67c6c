package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"usersync/internal/fakeprovider"
	"usersync/internal/pgtest"
)

const (
	// benchUsersEnv is how many users the benchmarks list: 1000000 for the
	// record. The default runs in a minute.
	benchUsersEnv     = "USERSYNC_BENCH_USERS"
	benchUsersDefault = 100_000
	benchPage         = 1000
)

// Users a second of the program's backfill into Postgres, as a process of its
// own that lists from a server on loopback, beside what it is measured against,
// all in one run and in turns: a second backfill with nothing new, a bare COPY
// of the same rows into the same table, GORM's upserts of a thousand rows, and a
// loop of one GORM upsert per user. All write the same rows into the same table.
// rss-MB is the most memory that the backfill had resident. For the record, with
// commits as in production:
//
//	CGO_ENABLED=0 USERSYNC_BENCH_USERS=1000000 go run ./internal/pgtest/pgrun -durable -- go test ./cmd/usersync -run xx -bench Backfill/postgres -benchtime 3x -timeout 1h
func BenchmarkBackfill(b *testing.B) {
	b.Run("postgres", func(b *testing.B) {
		users := benchUsers(b)
		site := newBenchSite(b, pgtest.New(b), users)
		rivals := newRivals(b, site.db)
		var first, again, bare, batches, naive time.Duration
		var peak int64
		for b.Loop() {
			rivals.exec(b, "TRUNCATE users")
			first += site.backfill(b, users, &peak)
			rivals.keep(b)
			again += site.backfill(b, 0, &peak)
			bare += rivals.copy(b)
			batches += rivals.batches(b, gormBatch)
			naive += rivals.naive(b)
		}
		rates := reportRates(b, peak, map[string]float64{
			"first": perSecond(b, users, first), "again": perSecond(b, users, again),
			"copy": perSecond(b, users, bare), "gorm": perSecond(b, users, batches), "naive": perSecond(b, min(naiveSample, users), naive),
		})
		b.ReportMetric(rates["first"]/rates["copy"], "x-copy")
		b.ReportMetric(rates["first"]/rates["gorm"], "x-gorm")
		b.ReportMetric(rates["first"]/rates["naive"], "x-naive")
	})
	b.Run("sqlite", func(b *testing.B) {
		users := benchUsers(b)
		var first, again time.Duration
		var peak int64
		for b.Loop() {
			site := newBenchSite(b, "sqlite:"+filepath.Join(b.TempDir(), "users.db"), users)
			first += site.backfill(b, users, &peak)
			again += site.backfill(b, 0, &peak)
		}
		reportRates(b, peak, map[string]float64{"first": perSecond(b, users, first), "again": perSecond(b, users, again)})
	})
}

func benchUsers(b *testing.B) int {
	b.Helper()
	text := os.Getenv(benchUsersEnv)
	if text == "" {
		return benchUsersDefault
	}
	users, err := strconv.Atoi(text)
	if err != nil {
		b.Fatal(err)
	}
	return users
}

func perSecond(b *testing.B, users int, took time.Duration) float64 {
	return float64(users) * float64(b.N) / took.Seconds()
}

func reportRates(b *testing.B, peak int64, rates map[string]float64) map[string]float64 {
	b.ReportMetric(0, "ns/op")
	for name, rate := range rates {
		b.ReportMetric(rate, name+"/s")
	}
	b.ReportMetric(rates["again"]/rates["first"], "again/first")
	b.ReportMetric(float64(peak)/(1<<20), "rss-MB")
	return rates
}

// newBenchSite is a backfillSite whose provider has pages of a thousand users.
// The definition asks for a hundred, which is the most that the real one gives.
func newBenchSite(b *testing.B, databaseURL string, users int) backfillSite {
	s := newBackfillSite(b, "authon", databaseURL, users)
	api := fakeprovider.New("authon", fakeprovider.Options{Users: users, MaxPage: benchPage})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "limit=100", fmt.Sprint("limit=", benchPage), 1)
		api.ServeHTTP(w, r)
	}))
	b.Cleanup(server.Close)
	text, err := os.ReadFile(s.config)
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "api: {url: '")
	own, _, _ := strings.Cut(rest, "'")
	if err := os.WriteFile(s.config, []byte(strings.Replace(string(text), own, server.URL, 1)), 0o600); err != nil {
		b.Fatal(err)
	}
	return s
}

// backfill runs the program and raises peak to its memory in bytes.
func (s backfillSite) backfill(b *testing.B, changed int, peak *int64) time.Duration {
	b.Helper()
	out, took := s.measured(b, peak, "backfill", "authon", "--json")
	var result backfillResult
	if err := json.Unmarshal(out, &result); err != nil || result.Changed != int64(changed) || result.Outcome != "complete" {
		b.Fatalf("%v, %+v", err, result)
	}
	return took
}

// measured runs the program, which must succeed, and raises peak to its memory
// in bytes.
func (s backfillSite) measured(b *testing.B, peak *int64, words ...string) (out []byte, took time.Duration) {
	b.Helper()
	cmd := command(b, append(words, "--config", s.config)...)
	var stdout, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &errs
	began := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	watch := time.NewTicker(20 * time.Millisecond)
	defer watch.Stop()
	for {
		select {
		case err := <-ended:
			took := time.Since(began)
			if err != nil {
				b.Fatalf("%v\n%s%s", err, &stdout, &errs)
			}
			return stdout.Bytes(), took
		case <-watch.C:
			*peak = max(*peak, residentPeak(cmd.Process.Pid))
		}
	}
}

// residentPeak is the most memory that a process had resident, in bytes; 0 if it
// is gone, or where the system does not tell.
func residentPeak(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	var kib int64
	if _, err := fmt.Sscanf(after, "%d kB", &kib); err != nil {
		return 0 // it has just ended
	}
	return kib << 10
}
