package models_test

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"usersync/internal/pgtest"
	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

// storetest.Base is a Thursday: its week began on the 12th.
const firstWeek, secondWeek = "usersync.processed_events_20260112", "usersync.processed_events_20260119"

func makeWeeks(t *testing.T, db *models.DB, count int) []string {
	t.Helper()
	var made []string
	for deadline := time.Now().Add(30 * time.Second); ; {
		more, err := db.MakePartitions(t.Context(), storetest.Base, count)
		made = append(made, more...)
		if err == nil {
			return made
		}
		if !errors.Is(err, models.ErrBusyPartitions) || time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// placed says in which table each event lies.
func placed(t *testing.T, db *models.DB) []string {
	t.Helper()
	return models.QueryForTest(t, db, "SELECT event_id || ' ' || tableoid::regclass::text FROM usersync.processed_events ORDER BY 1")
}

// place applies an event of which only the times count.
func place(t *testing.T, db *models.DB, name string, occurred, received usersync.Micros) {
	t.Helper()
	c := user("u_" + name)
	c.EventID, c.OccurredAt, c.ReceivedAt = name, occurred, received
	if c.Unstable = occurred == 0; c.Unstable {
		c.OccurredAt = received
	}
	if err := applyOne(t, db, c); err != nil {
		t.Fatal(err)
	}
}

// Each week has a partition of its own, claims without a time have theirs, and all
// that is left the default one; made again, nothing changes.
func TestEventsGoToTheirWeek(t *testing.T) {
	t.Parallel()
	db := databases["postgres"](t, models.Options{})
	place(t, db, "early", storetest.Base+15*dayLong, storetest.Base) // before its week is made
	made := makeWeeks(t, db, 4)
	if !slices.Equal(made, []string{firstWeek, secondWeek, "usersync.processed_events_20260202"}) {
		t.Errorf("made %q: the week that had begun in the default partition stays there", made)
	}
	if again := makeWeeks(t, db, 4); len(again) != 0 {
		t.Errorf("made again: %q", again)
	}
	const monday = storetest.Base - usersync.Micros(3*86400+10*3600+30*60)*1_000_000 // 2026-01-12T00:00:00Z
	place(t, db, "first", monday, storetest.Base)
	place(t, db, "last", monday+7*dayLong-1, storetest.Base)
	place(t, db, "next", monday+7*dayLong, storetest.Base)
	place(t, db, "past", monday-1, storetest.Base)
	place(t, db, "untimed", 0, storetest.Base)
	want := []string{
		"early usersync.processed_events_default", "first " + firstWeek, "last " + firstWeek, "next " + secondWeek,
		"past usersync.processed_events_default", "untimed usersync.processed_events_untimed",
	}
	if got := placed(t, db); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// A week is dropped once it is over and nothing of it was received within the
// retention; one event that came late keeps its week, but not the others of it.
func TestOldWeeksAreDropped(t *testing.T) {
	t.Parallel()
	db := databases["postgres"](t, models.Options{})
	makeWeeks(t, db, 8)
	for i := range 5 {
		week := storetest.Base + usersync.Micros(i)*7*dayLong
		for j := range 3 {
			place(t, db, fmt.Sprintf("e%d_%d", i, j), week, week)
		}
	}
	place(t, db, "late", storetest.Base+7*dayLong, storetest.Base+40*dayLong)
	// Thursday of the fourth week: three are over.
	pruned := prune(t, db, storetest.Base+21*dayLong)
	if !slices.Equal(pruned.Partitions, []string{firstWeek, "usersync.processed_events_20260126"}) || pruned.Rows != 3 {
		t.Errorf("%+v", pruned)
	}
	got := placed(t, db)
	if len(got) != 7 || !slices.Contains(got, "late "+secondWeek) {
		t.Errorf("left are %q", got)
	}
	// What comes for a week that is gone has a place still, and goes in its time.
	place(t, db, "very late", storetest.Base, storetest.Base+41*dayLong)
	if pruned = prune(t, db, storetest.Base+100*dayLong); len(pruned.Partitions) != 6 || pruned.Rows != 1 {
		t.Errorf("at last: %+v", pruned)
	}
	if got := placed(t, db); len(got) != 0 {
		t.Errorf("left are %q", got)
	}
}

// Killed between taking a week out and dropping it, the next turn ends what was
// begun, and an event that came in the very moment is not lost. Who reads the week is not
// waited for.
func TestADetachedWeekIsFinished(t *testing.T) {
	t.Parallel()
	db := databases["postgres"](t, models.Options{})
	makeWeeks(t, db, 2)
	place(t, db, "old", storetest.Base, storetest.Base)
	place(t, db, "in the moment", storetest.Base, storetest.Base+50*dayLong)
	models.ExecForTest(t, db, "ALTER TABLE usersync.processed_events DETACH PARTITION "+firstWeek)
	backup := models.BeginForTest(t, db)
	backup("LOCK TABLE " + firstWeek + " IN ACCESS SHARE MODE")
	if pruned, err := db.PruneEvents(t.Context(), storetest.Base+14*dayLong, noPause); !errors.Is(err, models.ErrBusyPartitions) || slices.Contains(pruned.Partitions, firstWeek) {
		t.Errorf("while somebody reads it: %+v, %v", pruned, err)
	}
	backup("ROLLBACK")
	pruned := prune(t, db, storetest.Base+14*dayLong)
	if !slices.Contains(pruned.Partitions, firstWeek) {
		t.Errorf("%+v", pruned)
	}
	if got := placed(t, db); !slices.Equal(got, []string{"in the moment usersync.processed_events_default"}) {
		t.Errorf("left are %q", got)
	}
}

// Where nothing is forgotten any more, a week that was taken out before is not left
// behind: all that it holds goes back.
func TestADetachedWeekGoesBack(t *testing.T) {
	t.Parallel()
	db := databases["postgres"](t, models.Options{})
	makeWeeks(t, db, 2)
	place(t, db, "old", storetest.Base, storetest.Base)
	place(t, db, "in the moment", storetest.Base, storetest.Base+50*dayLong)
	models.ExecForTest(t, db, "ALTER TABLE usersync.processed_events DETACH PARTITION "+firstWeek)
	place(t, db, "old", storetest.Base, storetest.Base) // again: it is known by nothing now
	if dropped, err := db.FinishPartitions(t.Context(), storetest.Base); err != nil || len(dropped) != 0 {
		t.Errorf("a week that is not over: %q, %v", dropped, err)
	}
	for deadline := time.Now().Add(30 * time.Second); ; {
		dropped, err := db.FinishPartitions(t.Context(), storetest.Base+14*dayLong)
		if err == nil && slices.Equal(dropped, []string{firstWeek}) {
			break
		}
		if !errors.Is(err, models.ErrBusyPartitions) || time.Now().After(deadline) {
			t.Fatal(dropped, err)
		}
	}
	if got, want := placed(t, db), []string{"in the moment usersync.processed_events_default", "old usersync.processed_events_default"}; !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if dropped, err := db.FinishPartitions(t.Context(), storetest.Base+14*dayLong); err != nil || len(dropped) != 0 {
		t.Errorf("again: %q, %v", dropped, err)
	}
}

// Who holds the table, as a backup does, is not waited for, and neither is anything
// deleted one by one that will be dropped; events are taken meanwhile.
func TestABusyTableKeepsItsPartitions(t *testing.T) {
	t.Parallel()
	db := databases["postgres"](t, models.Options{})
	makeWeeks(t, db, 2)
	place(t, db, "old", storetest.Base, storetest.Base)
	place(t, db, "untimed", 0, storetest.Base)
	backup := models.BeginForTest(t, db)
	backup("LOCK TABLE usersync.processed_events, usersync.processed_events_default IN ACCESS SHARE MODE")
	if _, err := db.MakePartitions(t.Context(), storetest.Base, 3); !errors.Is(err, models.ErrBusyPartitions) {
		t.Errorf("made with %v", err)
	}
	pruned, err := db.PruneEvents(t.Context(), storetest.Base+14*dayLong, noPause)
	if !errors.Is(err, models.ErrBusyPartitions) || len(pruned.Partitions) != 0 {
		t.Errorf("%+v, %v", pruned, err)
	}
	place(t, db, "meanwhile", storetest.Base+dayLong, storetest.Base+30*dayLong)
	if got := placed(t, db); !slices.Contains(got, "old "+firstWeek) || len(got) != 3-int(pruned.Rows) {
		t.Errorf("left are %q of %+v", got, pruned)
	}
	backup("ROLLBACK")
	if made := makeWeeks(t, db, 3); len(made) != 1 {
		t.Errorf("made %q", made)
	}
}

// ownerAndDaemon opens a database as the owner of the tables, and as a role that has only
// what the printed schema grants to a daemon.
func ownerAndDaemon(t *testing.T, role string) (owner, daemon *models.DB) {
	t.Helper()
	address := pgtest.New(t)
	owner = open(t, address, models.Options{})
	models.ExecForTest(t, owner, "CREATE ROLE "+role+" LOGIN")
	t.Cleanup(func() {
		models.ExecForTest(t, owner, "DROP OWNED BY "+role)
		models.ExecForTest(t, owner, "DROP ROLE "+role)
	})
	schema, err := models.SchemaSQL(models.Postgres, "")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(schema) {
		if grant, printed := strings.CutPrefix(line, "--   GRANT"); printed && strings.Contains(grant, "usersync_daemon") {
			models.ExecForTest(t, owner, "GRANT"+strings.ReplaceAll(grant, "usersync_daemon", role))
		}
	}
	as, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	as.User = url.User(role)
	return owner, connect(t, as.String(), models.Options{})
}

// Who is not the owner makes and drops nothing, and deletes row by row instead, also in
// partitions that the owner made after the grants.
func TestPruningWithoutOwnership(t *testing.T) {
	t.Parallel()
	owner, daemon := ownerAndDaemon(t, "daemon_prune")
	makeWeeks(t, owner, 4)
	if made := makeWeeks(t, daemon, 6); len(made) != 0 {
		t.Errorf("made %q", made)
	}
	place(t, daemon, "old", storetest.Base, storetest.Base)
	place(t, daemon, "untimed", 0, storetest.Base)
	place(t, daemon, "new", storetest.Base+14*dayLong, storetest.Base+14*dayLong)
	if pruned := prune(t, daemon, storetest.Base+13*dayLong); pruned.Rows != 2 || len(pruned.Partitions) != 0 {
		t.Errorf("%+v", pruned)
	}
	if got := placed(t, owner); len(got) != 1 {
		t.Errorf("left are %q", got)
	}
}

// What `migrate print` shows for the weeks is what is made.
func TestPrintedPartitions(t *testing.T) {
	t.Parallel()
	db := databases["postgres"](t, models.Options{})
	models.ExecForTest(t, db, models.PartitionsSQL(models.Postgres, storetest.Base, 4))
	if made := makeWeeks(t, db, 5); len(made) != 1 {
		t.Errorf("made %q besides what was printed", made)
	}
	place(t, db, "e", storetest.Base, storetest.Base)
	if got := placed(t, db); !slices.Equal(got, []string{"e " + firstWeek}) {
		t.Errorf("%q", got)
	}
}

// The look at claims without a time needs their partition only, however many there are.
func TestLookupPlansOnePartition(t *testing.T) {
	t.Parallel()
	db := databases["postgres"](t, models.Options{})
	makeWeeks(t, db, 4)
	plan := models.ExplainLookupForTest(t, db)
	if !strings.Contains(plan, "processed_events_untimed") || strings.Contains(plan, "processed_events_default") || strings.Contains(plan, "processed_events_2") {
		t.Errorf("the plan is\n%s", plan)
	}
}

// While weeks are made and dropped every event is taken, wherever it belongs, and none
// is lost that was received lately.
func TestEventsAreTakenWhilePartitionsChange(t *testing.T) {
	t.Parallel()
	db := databases["postgres"](t, models.Options{})
	batcher := usersync.NewBatcher(storetest.Engine(db.Store()), usersync.BatcherOptions{Queue: 100, Batch: 50, Deadline: 30 * time.Second})
	defer batcher.Close()
	stop := make(chan struct{})
	var writers sync.WaitGroup
	var taken, late atomic.Int64
	for w := range 3 {
		writers.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				c := user(fmt.Sprintf("w%d_%d", w, i))
				// Of weeks that are dropped, that are made, and of none.
				c.OccurredAt = storetest.Base + usersync.Micros(i%30-2)*7*dayLong
				c.ReceivedAt, c.Unstable = c.OccurredAt, i%5 == 0
				if i%41 == 0 {
					c.ReceivedAt = ever
					late.Add(1)
				}
				if _, err := batcher.Submit(t.Context(), &usersync.Delivery{Commands: []usersync.Command{c}}); err != nil {
					t.Errorf("%s: %v", c.UserID, err)
				}
				taken.Add(1)
			}
		})
	}
	var dropped []string
	for round := range 4 {
		for already := taken.Load(); taken.Load() < already+50; time.Sleep(time.Millisecond) {
			if t.Failed() {
				break
			}
		}
		makeWeeks(t, db, 6*(round+1))
		dropped = append(dropped, prune(t, db, storetest.Base+usersync.Micros(round+1)*14*dayLong).Partitions...)
	}
	close(stop)
	writers.Wait()
	kept := models.QueryForTest(t, db, "SELECT event_id FROM usersync.processed_events WHERE received_at = $1", ever.Time())
	if len(kept) != int(late.Load()) || len(dropped) == 0 {
		t.Errorf("%d of %d that came late are there, dropped %q", len(kept), late.Load(), dropped)
	}
}
