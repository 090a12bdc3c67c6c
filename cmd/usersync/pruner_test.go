package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/rs/zerolog"

	"usersync/internal/config"
	"usersync/internal/logtest"
	"usersync/internal/pgtest"
	"usersync/models"
	usersync "usersync/sync"
)

// replica is a daemon that looks at once and often whether pruning is due.
func replica(t *testing.T, c *config.Config, log *logtest.Log) *daemon {
	t.Helper()
	own := *c
	own.Spool.Dir = filepath.Join(t.TempDir(), "spool")
	d, err := newDaemon(t.Context(), &own, zerolog.New(log))
	if err != nil {
		t.Fatal(err)
	}
	d.forgets.look = 10 * time.Millisecond
	return d
}

// Of two replicas one prunes, once in the hour: events, letters and what it counts.
func TestPruningRunsOnceAmongReplicas(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		c, err := config.Load(config.Options{File: writeConfig(t, databaseURL, ""), NeedProviders: true})
		if err != nil {
			t.Fatal(err)
		}
		log := &logtest.Log{}
		replicas := []*daemon{replica(t, c, log), replica(t, c, log)}
		db := replicas[0].db
		ago := func(days int) usersync.Micros { return usersync.MicrosOf(time.Now().AddDate(0, 0, -days)) }
		engine := newEngine(db, zerolog.Nop())
		for i, days := range []int{31, 40, 29, 0} {
			command := usersync.Command{
				UserKey: usersync.UserKey{Provider: "authon", UserID: fmt.Sprint("u", i)}, EventID: fmt.Sprint("e", i),
				Kind: usersync.KindCreated, OccurredAt: ago(days), ReceivedAt: ago(days),
			}
			letter := usersync.DeadLetter{Provider: "authon", Reason: "bad_json", Payload: []byte{byte(i)}, ReceivedAt: ago(3 * days)}
			for _, r := range engine.Apply(t.Context(), []*usersync.Delivery{{Commands: []usersync.Command{command}, Letters: []usersync.DeadLetter{letter}}}) {
				if r.Err != nil {
					t.Fatal(r.Err)
				}
			}
		}
		for id, days := range map[string]int{"old": 91, "new": 89} {
			if _, err := db.Notices().ClaimNotice(t.Context(), id, ago(days)); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var both sync.WaitGroup
		for _, d := range replicas {
			both.Go(func() {
				if err := d.run(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		for deadline := time.Now().Add(30 * time.Second); !strings.Contains(log.String(), "prune complete"); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("nothing was pruned:\n%s", log)
			}
		}
		for _, d := range replicas {
			d.forgets.turn(ctx) // nothing is due for either
		}
		for id, want := range map[string]bool{"old": true, "new": false} {
			if mine, err := db.Notices().ClaimNotice(ctx, id, ago(0)); err != nil || mine != want {
				t.Errorf("the %s notice can be claimed: %v, %v", id, mine, err)
			}
		}
		events, err := db.ProcessedEvents(ctx)
		if err != nil || len(events) != 2 {
			t.Errorf("%d events are left, %v", len(events), err)
		}
		letters, err := db.DeadLetters(ctx, 10)
		if err != nil || len(letters) != 2 {
			t.Errorf("%d letters are left, %v", len(letters), err)
		}
		cancel()
		both.Wait()
		if strings.Count(log.String(), "prune complete") != 1 || !strings.Contains(log.String(), `"events":2`) || !strings.Contains(log.String(), `"dead_letters":2`) {
			t.Errorf("%s", log)
		}
	})
}

// The lease of a holder who was killed runs out; until then nobody else prunes.
func TestPruningOutlivesItsHolder(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		c, err := config.Load(config.Options{File: writeConfig(t, databaseURL, ""), NeedProviders: true})
		if err != nil {
			t.Fatal(err)
		}
		log := &logtest.Log{}
		d := replica(t, c, log)
		defer d.close() //nolint:errcheck // nothing was written that matters
		key := usersync.RunKey{Kind: usersync.RunPrune}
		began := now() - usersync.Micros((runQuiet - time.Minute).Microseconds())
		if _, _, err := d.db.Runs().Begin(t.Context(), key, false, began); err != nil {
			t.Fatal(err)
		}
		d.forgets.turn(t.Context())
		if strings.Contains(log.String(), "prune complete") {
			t.Fatalf("pruned beside somebody else:\n%s", log)
		}
		d.forgets.quiet = runQuiet - time.Minute // as a minute later
		d.forgets.turn(t.Context())
		if !strings.Contains(log.String(), "prune complete") {
			t.Errorf("nobody prunes:\n%s", log)
		}
	})
}

// For ever is for ever.
func TestNothingIsPrunedWithoutRetention(t *testing.T) {
	t.Parallel()
	c, err := config.Load(config.Options{File: writeConfig(t, databaseURLs["sqlite"](t), ""), Flags: map[string]string{"retention.processed_events": "0", "retention.dead_letters": "0"}, NeedProviders: true})
	if err != nil {
		t.Fatal(err)
	}
	d := replica(t, c, &logtest.Log{})
	defer d.close() //nolint:errcheck // nothing was written that matters
	command := usersync.Command{UserKey: usersync.UserKey{Provider: "authon", UserID: "u"}, EventID: "e", Kind: usersync.KindCreated, OccurredAt: 1, ReceivedAt: 1}
	letter := usersync.DeadLetter{Provider: "authon", Reason: "bad_json", ReceivedAt: 1}
	if _, err := d.durable.batcher.Submit(t.Context(), &usersync.Delivery{Commands: []usersync.Command{command}, Letters: []usersync.DeadLetter{letter}}); err != nil {
		t.Fatal(err)
	}
	done, err := d.forgets.prune(t.Context(), now())
	events, failed := d.db.ProcessedEvents(t.Context())
	if err != nil || failed != nil || done.events.Rows+done.letters != 0 || len(events) != 1 {
		t.Errorf("%+v, %d events, %v, %v", done, len(events), err, failed)
	}
}

// A week whose drop was interrupted before the retention was turned off is not left
// outside the table.
func TestAnInterruptedDropIsEndedWithoutRetention(t *testing.T) {
	t.Parallel()
	databaseURL := databaseURLs["postgres"](t)
	c, err := config.Load(config.Options{File: writeConfig(t, databaseURL, ""), Flags: map[string]string{"retention.processed_events": "0"}, NeedProviders: true})
	if err != nil {
		t.Fatal(err)
	}
	d := replica(t, c, &logtest.Log{})
	defer d.close() //nolint:errcheck // nothing was written that matters
	conn, err := pgx.Connect(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	const takenOut = "usersync.processed_events_20240101"
	if _, err := conn.Exec(t.Context(), "CREATE TABLE "+takenOut+" (LIKE usersync.processed_events INCLUDING ALL)"); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		done, err := d.forgets.prune(t.Context(), now())
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("%+v, %v", done, err)
		}
		if slices.Equal(done.events.Partitions, []string{takenOut}) { // what is busy is tried again
			return
		}
	}
}

// With all that is kept forgotten, every event of every provider may come again, in
// another order: not a column, time or stamp of any row differs.
func TestReplayOfAllProvidersAfterPruning(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		c, err := config.Load(config.Options{File: writeConfig(t, databaseURL, ""), NeedProviders: true})
		if err != nil {
			t.Fatal(err)
		}
		d := replica(t, c, &logtest.Log{})
		defer d.close() //nolint:errcheck // nothing was written that matters
		const seed = 7
		random := rand.New(rand.NewPCG(seed, 0))
		hooks := mixture(t, c.Built, random, 600, 25)
		engine := newEngine(d.db, zerolog.Nop())
		play := func() []models.User {
			t.Helper()
			random.Shuffle(len(hooks), func(i, j int) { hooks[i], hooks[j] = hooks[j], hooks[i] })
			for i := range hooks {
				if r := engine.Apply(t.Context(), []*usersync.Delivery{hooks[i].delivery})[0]; r.Err != nil || r.Busy {
					t.Fatalf("%+v", r)
				}
			}
			users, err := d.db.Users(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return users
		}
		before := play()
		until(t, func() bool { // the server's own tidying may be in the way of a week
			pruned, err := d.db.PruneEvents(t.Context(), now()+usersync.Micros(365*24*time.Hour.Microseconds()), halfTheTime())
			if err != nil && !errors.Is(err, models.ErrBusyPartitions) {
				t.Fatalf("%+v, %v", pruned, err)
			}
			return err == nil
		}, func() string { return "a week stays busy" })
		if events, err := d.db.ProcessedEvents(t.Context()); err != nil || len(events) != 0 || len(before) < 50 {
			t.Fatalf("%d rows, %d events left, %v", len(before), len(events), err)
		}
		after := play()
		if !reflect.DeepEqual(before, after) {
			t.Errorf("seed %d: the rows differ:\n%+v\n%+v", seed, before, after)
		}
	})
}

// `migrate up` makes the partitions of the next weeks, and again what is missing.
func TestMigrateUpMakesPartitions(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	file := writeConfig(t, databaseURL, "")
	for _, says := range []string{"made 26 partitions", "nothing to do", "made 1 partition"} {
		code, out, errs := runProgram(t, "migrate", "up", "--config", file)
		if code != exitOK || !strings.Contains(out, says) {
			t.Errorf("exit code %d, no %q in\n%s%s", code, says, out, errs)
		}
		if says == "nothing to do" {
			last := time.Now().UTC().AddDate(0, 0, 25*7)
			last = last.AddDate(0, 0, -(int(last.Weekday())+6)%7)
			execute(t, databaseURL, "DROP TABLE usersync.processed_events_"+last.Format("20060102"))
		}
	}
}
