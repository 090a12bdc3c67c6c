package models_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"usersync/internal/pgtest"
	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

// What many old events and many partitions cost the new ones: the same batches are
// written to databases that differ in nothing else, in turns, so that all of them meet
// the same noise. USERSYNC_BENCH_EVENTS is how many old ones there are, by default 200 000.
func BenchmarkIngestionBesideOldEvents(b *testing.B) {
	old := 200_000
	if given, err := strconv.Atoi(os.Getenv("USERSYNC_BENCH_EVENTS")); err == nil {
		old = given
	}
	now := usersync.MicrosOf(time.Now())
	sites := []struct {
		old, weeksBefore, weeksAhead int
	}{{10_000, 0, 0}, {10_000, 5, 26}, {old, 0, 0}, {old, 5, 8}, {old, 5, 26}, {old, 52, 52}}
	dbs := make([]*models.DB, len(sites))
	for i, s := range sites {
		db, err := models.Open(pgtest.New(b), models.Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { db.Close() })
		if _, err := db.Migrate(b.Context()); err != nil {
			b.Fatal(err)
		}
		if _, err := db.MakePartitions(b.Context(), now-usersync.Micros(s.weeksBefore)*7*dayLong, s.weeksBefore+s.weeksAhead); err != nil {
			b.Fatal(err)
		}
		// A month of events; of every tenth the time may change.
		models.ExecForTest(b, db, `INSERT INTO usersync.processed_events
SELECT CASE WHEN i % 10 = 0 THEN 'epoch' ELSE now() - (i::float8 / $1) * interval '30 days' END, CASE WHEN i % 10 = 0 THEN 'authpi' ELSE 'authon' END,
  'evt_' || md5(i::text), 'usr_' || i % 5000, 'user.updated', now() - (i::float8 / $1) * interval '30 days', 'applied', 'live'
FROM generate_series(1, $1::int) AS i`, s.old)
		models.ExecForTest(b, db, "VACUUM ANALYZE usersync.processed_events")
		dbs[i] = db
	}
	const users, batch = 2000, 200
	for _, unstable := range []bool{false, true} {
		b.Run(map[bool]string{false: "stable", true: "looked up"}[unstable], func(b *testing.B) {
			took := make([][]time.Duration, len(sites))
			n := 0
			for round := range b.N {
				for turn := range dbs {
					i := (turn + round) % len(dbs)
					engine := storetest.Engine(dbs[i].Store())
					began := time.Now()
					for range 3 {
						deliveries := make([]*usersync.Delivery, batch)
						for j := range deliveries {
							n++
							c := usersync.Command{UserKey: usersync.UserKey{Provider: "authpi", UserID: fmt.Sprint("usr_", n%users)}, EventID: fmt.Sprint(unstable, "_", n),
								Kind: usersync.KindUpdated, OccurredAt: now + usersync.Micros(n), ReceivedAt: now + usersync.Micros(n), Unstable: unstable}
							c.Fields[usersync.FieldName] = usersync.TextValue(fmt.Sprint("Name ", n))
							deliveries[j] = &usersync.Delivery{Commands: []usersync.Command{c}}
						}
						for _, r := range engine.Apply(b.Context(), deliveries) {
							if r.Err != nil {
								b.Fatal(r.Err)
							}
						}
					}
					if round > 3 { // the first fills the users
						took[i] = append(took[i], time.Since(began)/3)
					}
				}
			}
			if b.N == 1 {
				return
			}
			// Of a machine that others use too the undisturbed rounds count.
			quick := func(i int) float64 { slices.Sort(took[i]); return took[i][len(took[i])/5].Seconds() }
			for i, s := range sites {
				b.Logf("%9d old, %3d partitions: %6.0f events/s, %.2f of the first", s.old, s.weeksBefore+s.weeksAhead+2, batch/quick(i), quick(0)/quick(i))
			}
		})
	}
}
