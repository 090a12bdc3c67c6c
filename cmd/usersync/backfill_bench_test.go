package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"

	"usersync/internal/fakeprovider"
	"usersync/internal/pgtest"
	"usersync/models"
)

const (
	// benchUsersEnv is how many users BenchmarkBackfill lists: 1000000 for the
	// record. The default runs in a minute.
	benchUsersEnv     = "USERSYNC_BENCH_USERS"
	benchUsersDefault = 100_000
	benchPage         = 1000
	naiveSample       = 5000
)

// Users a second of the program's backfill into Postgres, as a process of its
// own that lists from a server on loopback, beside what it is measured against,
// all in one run and in turns: a second backfill with nothing new, a bare COPY
// of the same rows into the same table, and a loop of one GORM upsert per user.
// rss-MB is the most memory that the backfill had resident.
func BenchmarkBackfill(b *testing.B) {
	users := benchUsersDefault
	if text := os.Getenv(benchUsersEnv); text != "" {
		var err error
		if users, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	site := newBenchSite(b, users)
	var first, again, bare, naive time.Duration
	var peak int64
	for b.Loop() {
		site.exec(b, "TRUNCATE users")
		first += site.backfill(b, int64(users), &peak)
		site.keep(b)
		again += site.backfill(b, 0, &peak)
		bare += site.copy(b)
		naive += site.naive(b)
	}
	b.ReportMetric(0, "ns/op")
	rate := func(count int, took time.Duration) float64 { return float64(count) * float64(b.N) / took.Seconds() }
	rates := map[string]float64{
		"first": rate(users, first), "again": rate(users, again), "copy": rate(users, bare), "naive": rate(min(naiveSample, users), naive),
	}
	for name, perSecond := range rates {
		b.ReportMetric(perSecond, name+"/s")
	}
	b.ReportMetric(rates["first"]/rates["copy"], "x-copy")
	b.ReportMetric(rates["first"]/rates["naive"], "x-naive")
	b.ReportMetric(rates["again"]/rates["first"], "again/first")
	b.ReportMetric(float64(peak)/(1<<20), "rss-MB")
}

// benchSite is a backfillSite on Postgres, with a connection of the benchmark's.
type benchSite struct {
	backfillSite
	conn *pgx.Conn
	kept string // a file with all rows in the binary form of COPY
	orm  *gorm.DB
}

func newBenchSite(b *testing.B, users int) *benchSite {
	s := &benchSite{kept: filepath.Join(b.TempDir(), "users.copy")}
	s.backfillSite = newBackfillSite(b, "authon", pgtest.New(b), users)
	// The definition asks for pages of 100, which is what the provider allows.
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
	if s.conn, err = pgx.Connect(b.Context(), s.db); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.conn.Close(b.Context()) })
	db, err := models.Open(s.db, models.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	if s.orm, err = gorm.Open(postgres.Open(s.db), &gorm.Config{Logger: logger.Discard}); err != nil {
		b.Fatal(err)
	}
	return s
}

func (s *benchSite) exec(b *testing.B, sql string) {
	b.Helper()
	if _, err := s.conn.Exec(b.Context(), sql); err != nil {
		b.Fatal(err)
	}
}

// backfill runs the program and raises peak to its memory in bytes.
func (s *benchSite) backfill(b *testing.B, changed int64, peak *int64) time.Duration {
	b.Helper()
	cmd := command(b, "backfill", "authon", "--json", "--config", s.config)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	began := time.Now()
	p := &process{cmd: cmd, exited: make(chan struct{})}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	var failed error
	go func() {
		failed = cmd.Wait()
		close(p.exited)
	}()
	watch := time.NewTicker(20 * time.Millisecond)
	defer watch.Stop()
	for running := true; running; {
		select {
		case <-p.exited:
			running = false
		case <-watch.C:
			*peak = max(*peak, residentPeak(cmd.Process.Pid))
		}
	}
	took := time.Since(began)
	var result backfillResult
	if failed == nil {
		failed = json.Unmarshal(out.Bytes(), &result)
	}
	if failed != nil || result.Changed != changed || result.Outcome != "complete" {
		b.Fatalf("%v, %+v\n%s", failed, result, errs.String())
	}
	return took
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

// keep writes all rows to a file, in the order in which they stand.
func (s *benchSite) keep(b *testing.B) {
	b.Helper()
	file, err := os.Create(s.kept)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	buffered := bufio.NewWriterSize(file, 1<<20)
	if _, err := s.conn.PgConn().CopyTo(b.Context(), buffered, "COPY users TO STDOUT BINARY"); err != nil {
		b.Fatal(err)
	}
	if err := buffered.Flush(); err != nil {
		b.Fatal(err)
	}
}

// copy writes the kept rows into the empty table by one COPY: the file is sent
// as it is, so this is all the server's work.
func (s *benchSite) copy(b *testing.B) time.Duration {
	b.Helper()
	s.exec(b, "TRUNCATE users")
	file, err := os.Open(s.kept)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	began := time.Now()
	if _, err := s.conn.PgConn().CopyFrom(b.Context(), io.Reader(file), "COPY users FROM STDIN BINARY"); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

// naive upserts a sample of the users one by one into the empty table.
func (s *benchSite) naive(b *testing.B) time.Duration {
	b.Helper()
	var sample []models.User
	if err := s.orm.Table("users").Limit(naiveSample).Find(&sample).Error; err != nil {
		b.Fatal(err)
	}
	s.exec(b, "TRUNCATE users")
	began := time.Now()
	for i := range sample {
		if err := s.orm.Table("users").Clauses(clause.OnConflict{UpdateAll: true}).Create(&sample[i]).Error; err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(began)
}
