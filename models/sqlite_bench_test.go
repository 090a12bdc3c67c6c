package models_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"usersync/internal/storetest"
	usersync "usersync/sync"
)

// BenchmarkSQLite applies batches of updates of 20 000 users, any of them, and tells of
// one event, and how long a batch took that was among the slowest: what moves the log
// into the file shall not be waited for.
func BenchmarkSQLite(b *testing.B) {
	for _, size := range []int{1, 32, 64, 256} {
		b.Run(fmt.Sprint("batches of ", size), func(b *testing.B) { benchSQLite(b, size) })
	}
}

func benchSQLite(b *testing.B, size int) {
	const users = 20_000
	engine := storetest.Engine(benchOpen(b, sqliteURL(b)).Store())
	random := rand.New(rand.NewPCG(1, 2))
	event := 0
	apply := func(count int, who func() int) time.Duration {
		batch := make([]*usersync.Delivery, count)
		for i := range batch {
			event++
			c := user(fmt.Sprint("u", who()))
			c.EventID, c.OccurredAt = fmt.Sprint("e", event), storetest.Base+usersync.Micros(event)
			c.Fields[usersync.FieldEmail] = usersync.TextValue(c.UserID + "@example.com")
			c.Fields[usersync.FieldName] = usersync.TextValue(c.EventID)
			batch[i] = &usersync.Delivery{Commands: []usersync.Command{c}}
		}
		begun := time.Now()
		for _, r := range engine.Apply(b.Context(), batch) {
			if r.Err != nil || r.Busy {
				b.Fatal(r)
			}
		}
		return time.Since(begun)
	}
	for next := 0; next < users; {
		apply(1000, func() int { next++; return next })
	}
	took := make([]time.Duration, 0, b.N)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		took = append(took, apply(size, func() int { return 1 + random.IntN(users) }))
	}
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*size), "µs/event")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(took[len(took)-1].Microseconds())/1000, "max-ms")
}
