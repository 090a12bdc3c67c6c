package models_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"usersync/internal/pgtest"
	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

// BenchmarkUpdates applies batches of events about users that are there, as live
// traffic does, and tells what they cost the server: the time of its processes and the
// bytes of its log. Of every so many events one may be a repetition.
func BenchmarkUpdates(b *testing.B) {
	for _, way := range []struct{ size, repeats int }{{1, 0}, {32, 0}, {64, 0}, {256, 0}, {32, 5}} {
		size, name := way.size, fmt.Sprint(way.size)
		if way.repeats > 0 {
			name += fmt.Sprint("/repeats=", way.repeats)
		}
		b.Run(name, func(b *testing.B) {
			db := benchOpen(b, pgtest.New(b))
			engine := storetest.Engine(db.Store())
			apply := func(batch []*usersync.Delivery) {
				for _, r := range engine.Apply(b.Context(), batch) {
					if r.Err != nil || r.Busy {
						b.Fatal(r)
					}
				}
			}
			const users = 4096
			event, before := 0, []*usersync.Delivery(nil)
			next := func(size int) []*usersync.Delivery {
				batch := make([]*usersync.Delivery, size)
				if before == nil {
					before = make([]*usersync.Delivery, size)
				}
				for i := range batch {
					event++
					c := user(fmt.Sprint("user_", event*1031%users))
					c.EventID, c.OccurredAt, c.ReceivedAt = fmt.Sprint("evt_2Zq8cMtx", event), storetest.Base+usersync.Micros(event), storetest.Base+usersync.Micros(event)
					c.Fields[usersync.FieldEmail] = usersync.TextValue(c.UserID + "@example.com")
					c.Fields[usersync.FieldName] = usersync.TextValue("Name " + c.EventID)
					c.Fields[usersync.FieldAvatarURL] = usersync.TextValue("https://img.example.com/" + c.UserID)
					c.Fields[usersync.FieldEmailVerified] = usersync.BoolValue(true)
					c.Fields[usersync.FieldProviderCreatedAt] = usersync.TimeValue(storetest.Base)
					c.Fields[usersync.FieldProviderUpdatedAt] = usersync.TimeValue(c.OccurredAt)
					c.Fields[usersync.FieldMetadata] = usersync.JSONValue(`{"plan":"pro"}`)
					batch[i] = &usersync.Delivery{Commands: []usersync.Command{c}}
					if way.repeats > 0 && event%way.repeats == 0 && before[i] != nil {
						batch[i] = before[i]
					}
				}
				before = batch
				return batch
			}
			for range users / 256 {
				apply(next(256))
			}
			batches := make([][]*usersync.Delivery, b.N)
			for i := range batches {
				batches[i] = next(size)
			}
			for range 8 {
				apply(next(size))
			}
			cpu, wal := serverTime(b, db), walPlace(b, db)
			b.ReportAllocs()
			b.ResetTimer()
			for _, batch := range batches {
				apply(batch)
			}
			b.StopTimer()
			b.ReportMetric((serverTime(b, db)-cpu)/1e3/float64(b.N), "server-µs/op")
			b.ReportMetric((walPlace(b, db)-wal)/float64(b.N*size), "wal-B/event")
		})
	}
}

// walPlace is how far the server's log is written, in bytes.
func walPlace(b *testing.B, db *models.DB) (place float64) {
	b.Helper()
	text := models.QueryForTest(b, db, "SELECT (pg_current_wal_insert_lsn() - '0/0')::text")[0]
	if _, err := fmt.Sscan(text, &place); err != nil {
		b.Fatal(err)
	}
	return place
}

// serverTime is how long the processes that serve the database's connections ran, in
// nanoseconds; 0 where the kernel does not tell.
func serverTime(b *testing.B, db *models.DB) (sum float64) {
	b.Helper()
	for _, pid := range models.QueryForTest(b, db, "SELECT pid::text FROM pg_stat_activity WHERE datname = current_database()") {
		text, err := os.ReadFile("/proc/" + strings.TrimSpace(pid) + "/schedstat")
		if err != nil {
			return 0
		}
		var ran float64
		if _, err := fmt.Sscan(string(text), &ran); err != nil {
			b.Fatal(err)
		}
		sum += ran
	}
	return sum
}
