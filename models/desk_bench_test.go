package models_test

import (
	"slices"
	"testing"
	"time"

	"usersync/internal/millions"
	"usersync/internal/pgtest"
	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

// BenchmarkDesk is what each look of an operator takes among a million users and a million
// events: the best, the median, and the slowest of ten.
func BenchmarkDesk(b *testing.B) {
	for name, url := range map[string]string{"postgres": pgtest.New(b), "sqlite": sqliteURL(b)} {
		b.Run(name, func(b *testing.B) {
			db := benchOpen(b, url)
			began := time.Now()
			if _, err := db.MakePartitions(b.Context(), usersync.MicrosOf(began)-8*7*dayLong, 9); err != nil {
				b.Fatal(err)
			}
			for _, statement := range millions.Statements(string(db.Dialect())) {
				models.ExecForTest(b, db, statement)
			}
			real := user("known")
			real.Provider, real.OccurredAt, real.ReceivedAt = "provider3", usersync.MicrosOf(began), usersync.MicrosOf(began)
			if r := storetest.Engine(db.Store()).Apply(b.Context(), []*usersync.Delivery{{Commands: []usersync.Command{real}}})[0]; r.Err != nil {
				b.Fatal(r.Err)
			}
			b.Logf("filled in %v", time.Since(began))
			benchDesk(b, db, real.UserKey)
		})
	}
}

func benchDesk(b *testing.B, db *models.DB, known usersync.UserKey) {
	events := func(scope usersync.EventScope, pages int) func() error {
		return func() error {
			from := ""
			for range pages {
				page, err := db.EventLog().EventPage(b.Context(), scope, from, 50)
				if err != nil {
					return err
				}
				from = page.Next
			}
			return nil
		}
	}
	users := func(search usersync.UserSearch) func() error {
		return func() error {
			_, err := db.UserFinder().FindUsers(b.Context(), search, 50)
			return err
		}
	}
	spool := usersync.OriginSpool
	looks := []struct {
		name string
		look func() error
	}{
		{"events", events(usersync.EventScope{}, 1)},
		{"events, 20 pages", events(usersync.EventScope{}, 20)},
		{"events of a provider", events(usersync.EventScope{Provider: "provider3"}, 1)},
		{"events of a rare provider", events(usersync.EventScope{Provider: "rare"}, 1)},
		{"events of a user", events(usersync.EventScope{Provider: "provider3", UserID: "user_123"}, 1)},
		{"events that are none", events(usersync.EventScope{Origin: &spool}, 1)},
		{"events that are none, 20 pages", events(usersync.EventScope{Origin: &spool}, 20)},
		{"users", users(usersync.UserSearch{})},
		{"users behind half", users(usersync.UserSearch{After: usersync.UserKey{Provider: "provider2", UserID: "user_8"}})},
		{"users of a provider", users(usersync.UserSearch{Provider: "provider4"})},
		{"user by e-mail", users(usersync.UserSearch{Text: "PERSON123457@example.com"})},
		{"user of a provider by e-mail", users(usersync.UserSearch{Provider: "provider2", Text: "PERSON123457@example.com"})},
		{"users by the beginning of their id", users(usersync.UserSearch{Text: "user_8"})},
		{"users by the beginning of an id that is none", users(usersync.UserSearch{Text: "user_zz"})},
		{"user by the row's id", users(usersync.UserSearch{Text: known.ID().String()})},
		{"users that are none", users(usersync.UserSearch{Text: "nobody"})},
		{"explain", func() error { _, err := db.Explainer().Explain(b.Context(), known, 50, 20_000); return err }},
		{"runs", func() error { _, err := db.RunLog().RunPage(b.Context(), "", 0, 50); return err }},
		{"runs of a provider", func() error { _, err := db.RunLog().RunPage(b.Context(), "provider3", 0, 50); return err }},
		{"census", func() error { _, err := db.Surveyor().Census(b.Context(), usersync.MicrosOf(time.Now())); return err }},
		{"activity", func() error {
			_, err := db.Activities().NoteActivity(b.Context(), map[string]usersync.Micros{"provider1": storetest.Base}, storetest.Base)
			return err
		}},
	}
	for _, l := range looks {
		b.Run(l.name, func(b *testing.B) {
			var took []time.Duration
			for range max(b.N, 10) {
				began := time.Now()
				if err := l.look(); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(took[0].Seconds()*1000, "ms-best")
			b.ReportMetric(took[len(took)/2].Seconds()*1000, "ms")
			b.ReportMetric(took[len(took)*9/10].Seconds()*1000, "ms-p90")
		})
	}
}
