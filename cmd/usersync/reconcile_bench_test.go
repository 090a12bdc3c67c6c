package main

import (
	"testing"
	"time"

	"usersync/internal/config"
	"usersync/internal/pgtest"
	usersync "usersync/sync"
)

// Users a second of the program's reconcile as a process of its own: a plan of a
// table that is right, and its --apply, beside only reading the same list. x-read
// is how many times as long as that the plan takes. For the record:
//
//	USERSYNC_BENCH_USERS=1000000 go run ./internal/pgtest/pgrun -durable -- go test ./cmd/usersync -run xx -bench Reconcile/postgres -benchtime 3x -timeout 1h
func BenchmarkReconcile(b *testing.B) {
	for name, url := range map[string]func(testing.TB) string{
		"postgres": func(t testing.TB) string { return pgtest.New(t) },
		"sqlite":   func(t testing.TB) string { return "sqlite:" + t.TempDir() + "/users.db" },
	} {
		b.Run(name, func(b *testing.B) {
			users := benchUsers(b)
			site := newBenchSite(b, url(b), users)
			var peak, ignored int64
			site.backfill(b, users, &ignored)
			var read, plan, apply time.Duration
			for b.Loop() {
				read += site.read(b, users)
				_, planned := site.measured(b, &peak, "reconcile", "authon")
				_, applied := site.measured(b, &peak, "reconcile", "authon", "--apply")
				plan, apply = plan+planned, apply+applied
			}
			b.ReportMetric(0, "ns/op")
			for name, took := range map[string]time.Duration{"read": read, "plan": plan, "apply": apply} {
				b.ReportMetric(perSecond(b, users, took), name+"/s")
			}
			b.ReportMetric(plan.Seconds()/read.Seconds(), "x-read")
			b.ReportMetric(float64(peak)/(1<<20), "rss-MB")
		})
	}
}

// read reads the whole list and does nothing with it.
func (s backfillSite) read(b *testing.B, users int) time.Duration {
	b.Helper()
	c, err := config.Load(config.Options{File: s.config, NeedProviders: true})
	if err != nil {
		b.Fatal(err)
	}
	lister, err := listerOf(c, "authon", "")
	if err != nil {
		b.Fatal(err)
	}
	defer lister.Close()
	began := time.Now()
	count, cursor := 0, ""
	var ahead []chan usersync.Page
	for {
		for len(ahead) < pagesAhead {
			asked, at := make(chan usersync.Page, 1), cursor
			go func() {
				page, err := lister.Page(b.Context(), at)
				if err != nil {
					b.Error(err)
				}
				asked <- page
			}()
			ahead = append(ahead, asked)
			cursor, _ = lister.After(cursor)
		}
		page := <-ahead[0]
		ahead = ahead[1:]
		if count += len(page.Users); page.Next == "" {
			break
		}
	}
	if count != users {
		b.Fatalf("%d users", count)
	}
	return time.Since(began)
}
