package models_test

import (
	"context"
	"fmt"
	"testing"

	"usersync/internal/pgtest"
	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

// BenchmarkBatch applies batches of 64 events about users of whom half are new, as
// long as nobody was erased and afterwards, and with a message for each.
func BenchmarkBatch(b *testing.B) {
	for _, gone := range []int{0, 1} {
		b.Run(fmt.Sprint("postgres erased ", gone), func(b *testing.B) { benchBatch(b, benchOpen(b, pgtest.New(b)), gone, false) })
		b.Run(fmt.Sprint("sqlite erased ", gone), func(b *testing.B) { benchBatch(b, benchOpen(b, sqliteURL(b)), gone, false) })
	}
	b.Run("postgres with messages", func(b *testing.B) { benchBatch(b, benchOpen(b, pgtest.New(b)), 0, true) })
	b.Run("sqlite with messages", func(b *testing.B) { benchBatch(b, benchOpen(b, sqliteURL(b)), 0, true) })
}

// BenchmarkList writes lists of 6 000 new users.
func BenchmarkList(b *testing.B) {
	for _, gone := range []int{0, 1} {
		b.Run(fmt.Sprint("postgres erased ", gone), func(b *testing.B) {
			db := benchOpen(b, pgtest.New(b))
			benchErase(b, db, gone)
			engine := storetest.Engine(db.Store())
			for i := range b.N {
				if _, err := (&usersync.Backfill{Lister: newUsers(i), Engine: engine, InFlight: 4, Together: 2400}).Run(b.Context(), usersync.Run{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// newUsers is a list of new users.
type newUsers int

func (n newUsers) Page(_ context.Context, cursor string) (usersync.Page, error) {
	next := map[string]string{"": "1", "1": "2", "2": "3", "3": "4", "4": "5", "5": ""}
	number := 0
	_, _ = fmt.Sscan(cursor, &number) // "" is the first
	return pageOf(int(n)*6000+number*1000, 1000, next[cursor]), nil
}

func (newUsers) After(string) (string, bool) { return "", false }

func benchOpen(b *testing.B, url string) *models.DB {
	b.Helper()
	db, err := models.Open(url, models.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	if _, err := db.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	return db
}

func benchErase(b *testing.B, db *models.DB, count int) {
	b.Helper()
	for n := range count {
		if _, err := db.Eraser().Erase(b.Context(), usersync.UserKey{Provider: "p", UserID: fmt.Sprint("gone", n)}, storetest.Base); err != nil {
			b.Fatal(err)
		}
	}
}

func benchBatch(b *testing.B, db *models.DB, gone int, sends bool) {
	benchErase(b, db, gone)
	engine := storetest.Engine(db.Store())
	event := 0
	b.ResetTimer()
	for i := range b.N {
		batch := make([]*usersync.Delivery, 64)
		for j := range batch {
			event++
			c := user(fmt.Sprint("u", (i+j%2)*32+j/2))
			c.EventID, c.OccurredAt = fmt.Sprint("e", event), storetest.Base+usersync.Micros(event)
			c.Fields[usersync.FieldEmail] = usersync.TextValue(c.EventID)
			batch[j] = &usersync.Delivery{Commands: []usersync.Command{c}}
			if sends {
				batch[j].Messages = []usersync.Message{{ID: c.EventID, Provider: "p", UserID: c.UserID, Action: "a", Body: c.Payload, ReceivedAt: c.ReceivedAt}}
			}
		}
		for _, r := range engine.Apply(b.Context(), batch) {
			if r.Err != nil || r.Busy {
				b.Fatal(r)
			}
		}
	}
}
