package models_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

// Whoever gives up at whatever moment leaves no transaction behind, which would keep all
// others from writing, for ever.
func TestGivingUpLeavesNoTransaction(t *testing.T) {
	t.Parallel()
	for name, work := range map[string]func(ctx context.Context, db *models.DB) error{
		"a delivery": func(ctx context.Context, db *models.DB) error {
			return storetest.Engine(db.Store()).Apply(ctx, []*usersync.Delivery{{Commands: []usersync.Command{profiled("u1")}}})[0].Err
		},
		"a page": func(ctx context.Context, db *models.DB) error {
			_, err := db.EventLog().EventPage(ctx, usersync.EventScope{}, "", 1)
			return err
		},
		"an erasure": func(ctx context.Context, db *models.DB) error {
			_, err := db.Eraser().Erase(ctx, usersync.UserKey{Provider: "p", UserID: "u2"}, storetest.Base)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := databases["sqlite"](t, models.Options{MaxConnections: 1})
			if err := work(t.Context(), db); err != nil {
				t.Fatal(err)
			}
			gaveUp := 0
			for i := range 2000 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%200)*time.Microsecond)
				if work(ctx, db) != nil {
					gaveUp++
				}
				cancel()
			}
			if gaveUp == 0 {
				t.Fatal("nobody gave up")
			}
			patient, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			for i := range 3 {
				if err := work(patient, db); err != nil {
					t.Error(err)
				}
				if _, err := db.Notices().ClaimNotice(patient, fmt.Sprint("notice", i), storetest.Base); err != nil {
					t.Error(err)
				}
				if err := applyOne(t, db, profiled(fmt.Sprint("v", i))); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
