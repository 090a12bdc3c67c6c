package models_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"usersync/internal/pgtest"
	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

// How fast old events go one by one, and what that costs those who write meanwhile: a
// batch of 100 in each pause, beside the same batch while nothing is pruned.
func BenchmarkPruning(b *testing.B) {
	const old = 200_000
	for name, url := range map[string]func() string{
		"postgres": func() string { return pgtest.New(b) },
		"sqlite":   func() string { return "sqlite:" + filepath.Join(b.TempDir(), "users.db") },
	} {
		b.Run(name, func(b *testing.B) {
			db, err := models.Open(url(), models.Options{})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { db.Close() })
			if _, err := db.Migrate(b.Context()); err != nil {
				b.Fatal(err)
			}
			engine, n := storetest.Engine(db.Store()), 0
			write := func(at usersync.Micros, count int) time.Duration {
				deliveries := make([]*usersync.Delivery, count)
				for i := range deliveries {
					n++
					c := user(fmt.Sprint("u", n%500))
					c.EventID, c.Kind, c.OccurredAt, c.ReceivedAt = fmt.Sprint("e", n), usersync.KindUpdated, at+usersync.Micros(n), at
					deliveries[i] = &usersync.Delivery{Commands: []usersync.Command{c}}
				}
				began := time.Now()
				for _, r := range engine.Apply(b.Context(), deliveries) {
					if r.Err != nil {
						b.Fatal(r.Err)
					}
				}
				return time.Since(began)
			}
			for range b.N {
				b.StopTimer()
				for range old / 2000 {
					write(storetest.Base, 2000)
				}
				var alone, beside []time.Duration
				for range 50 {
					alone = append(alone, write(storetest.Base+40*dayLong, 100))
				}
				b.StartTimer()
				var writing time.Duration
				began := time.Now()
				pruned, err := db.PruneEvents(b.Context(), storetest.Base+30*dayLong, func(context.Context) error {
					if len(beside) < 50 {
						took := write(storetest.Base+40*dayLong, 100)
						writing += took
						beside = append(beside, took)
					}
					return nil
				})
				took := time.Since(began)
				if err != nil || pruned.Rows != old {
					b.Fatalf("%+v, %v", pruned, err)
				}
				median := func(all []time.Duration) float64 { slices.Sort(all); return all[len(all)/2].Seconds() }
				b.ReportMetric(old/(took-writing).Seconds(), "rows/s")
				b.ReportMetric(median(beside)/median(alone), "between/alone")
			}
		})
	}
}
