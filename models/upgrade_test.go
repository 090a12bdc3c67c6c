package models_test

import (
	"fmt"
	"testing"

	"usersync/internal/pgtest"
	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

// A database of the schema before keeps what it has, and all of it is found.
func TestUpgradeWithData(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func() string{"postgres": func() string { return pgtest.New(t) }, "sqlite": func() string { return sqliteURL(t) }} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := connect(t, url(), models.Options{})
			models.MigrateToForTest(t, db, 4)
			if pending, err := db.Pending(t.Context()); err != nil || pending == 0 {
				t.Fatalf("%d steps are pending, %v", pending, err)
			}
			var commands []usersync.Command
			for i := range 6 {
				c := user(fmt.Sprint("u", i))
				c.EventID, c.Unstable = fmt.Sprint("e", i), i%2 == 1
				c.OccurredAt, c.ReceivedAt = storetest.Base+usersync.Micros(i), storetest.Base+usersync.Micros(i)
				commands = append(commands, c)
			}
			if err := applyOne(t, db, commands...); err != nil {
				t.Fatal(err)
			}
			letter := usersync.DeadLetter{Provider: "p", Reason: "bad_json", Payload: []byte("{"), ReceivedAt: storetest.Base}
			if r := storetest.Engine(db.Store()).Apply(t.Context(), []*usersync.Delivery{{Letters: []usersync.DeadLetter{letter}}})[0]; r.Err != nil {
				t.Fatal(r.Err)
			}
			postTo(t, db, storetest.Base, "m1", "m2")
			if applied, err := db.Migrate(t.Context()); err != nil || len(applied) == 0 {
				t.Fatalf("%v, %v", applied, err)
			}
			page, err := db.EventLog().EventPage(t.Context(), usersync.EventScope{}, "", 10)
			if err != nil || len(page.Events) != 6 || page.Next != "" {
				t.Fatalf("%+v, %v", page, err)
			}
			for i, e := range page.Events {
				if want := fmt.Sprint("e", 5-i); e.EventID != want || (e.OccurredAt == 0) != (i%2 == 0) {
					t.Errorf("event %d is %+v, want %s", i, e, want)
				}
			}
			census, err := db.Surveyor().Census(t.Context(), storetest.Base)
			if err != nil || len(census.Letters) != 1 || census.Letters[0].Count != 1 || len(census.Messages) != 1 || census.Messages[0].Count != 2 {
				t.Errorf("%+v, %v", census, err)
			}
		})
	}
}
