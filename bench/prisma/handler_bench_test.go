package prisma_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"usersync/bench/load"
	"usersync/bench/prisma"
	"usersync/bench/traffic"
	"usersync/internal/pgtest"
)

// Events a second of the handler by the size of its pool, after it has shown that it is
// right. It needs Node.js, and npm's registry the first time:
//
//	go run ./internal/pgtest/pgrun -durable -- go test ./bench/prisma -run xx -bench Handler -benchtime 5000x
func BenchmarkHandler(b *testing.B) {
	for _, environment := range []string{"POOL_SIZE=5", "POOL_SIZE=10", "POOL_SIZE=20", prisma.WithoutDedup} {
		b.Run(environment, func(b *testing.B) {
			database := pgtest.New(b)
			address, _, stop, err := prisma.Start(b.Context(), database, environment)
			if err != nil {
				b.Fatal(err)
			}
			defer func() { // before b's context ends
				if err := stop(); err != nil {
					b.Error(err)
				}
			}()
			mix := traffic.Mix{Host: address, Path: prisma.Path, Users: 1000, Seed: 1}
			begin := time.Now().Truncate(time.Millisecond)
			isRight(b, database, address, mix, begin, environment != prisma.WithoutDedup)
			mix.Seed = 2
			requests := mix.Make(b.N, begin.Add(time.Hour)).Requests
			result := send(b, address, 64, requests)
			if result.Answers[200] != b.N {
				b.Fatalf("%d events: %v, %d broken", b.N, result.Answers, result.Broken)
			}
			b.ReportMetric(result.Rate(), "events/s")
			b.ReportMetric(float64(result.Latency.Quantile(0.99))/1000, "p99-ms")
		})
	}
}

// isRight sends what a handler gets wrong: a delivery twice, an older one after a newer
// one, a forged one and one that the database refuses.
func isRight(b *testing.B, database, address string, mix traffic.Mix, begin time.Time, dedup bool) {
	b.Helper()
	mix.Users = 1
	requests := mix.Make(3, begin).Requests
	older, newer, newest := requests[0], requests[1], requests[2]
	forged := append([]byte(nil), newest...)
	forged[len(forged)-3]++
	mix.Poison, mix.Seed = 1, 3
	poison := mix.Make(1, begin.Add(time.Minute)).Requests
	for _, step := range []struct {
		request []byte
		status  int
	}{{newer, 200}, {newer, 200}, {older, 200}, {forged, 401}, {poison[0], 500}} {
		if got := send(b, address, 1, [][]byte{step.request}); got.Answers[step.status] != 1 {
			b.Fatalf("%v, want %d", got.Answers, step.status)
		}
	}
	conn, err := pgx.Connect(b.Context(), database)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close(b.Context())
	var events, users int
	var name string
	if err := conn.QueryRow(b.Context(), "SELECT (SELECT count(*) FROM processed_events), count(*), max(display_name) FROM users").Scan(&events, &users, &name); err != nil {
		b.Fatal(err)
	}
	want := fmt.Sprint(map[bool]int{true: 2, false: 0}[dedup], 1, " Jane Roe 1")
	if got := fmt.Sprint(events, users, " "+name); got != want {
		b.Fatalf("events, users and name %s, want %s", got, want)
	}
}

func send(b *testing.B, address string, connections int, requests [][]byte) load.Result {
	b.Helper()
	result, err := load.Run(load.Plan{Address: address, Connections: connections, Duration: time.Hour, Requests: requests})
	if err != nil {
		b.Fatal(err)
	}
	return result
}
