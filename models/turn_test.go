package models_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

// turned gives each transaction a turn.
type turned struct {
	usersync.Store
	turn func(context.Context) error
}

func (s turned) Update(ctx context.Context, lock usersync.Lock, decide func(usersync.Known) usersync.Changes) ([]bool, error) {
	lock.Turn = s.turn
	return s.Store.Update(ctx, lock, decide)
}

// Whoever waits for their turn with rows locked lets them go before long: one of
// those in front may need them.
func TestWhoWaitsForTheirTurnGivesWay(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *models.DB) {
		page := pageOf(0, 10, "")
		if _, _, err := storetest.Engine(db.Store()).ApplyPage(t.Context(), page, usersync.Run{}); err != nil {
			t.Fatal(err)
		}
		entered, release := make(chan struct{}), make(chan struct{})
		var once sync.Once
		waiting := storetest.Engine(turned{db.Store(), func(ctx context.Context) error {
			once.Do(func() { close(entered) })
			select {
			case <-release:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}})
		listed := pageOf(0, 10, "")
		for i := range listed.Users {
			listed.Users[i].OccurredAt += 5
			listed.Users[i].Fields[usersync.FieldEmail] = usersync.TextValue("listed@x")
		}
		ended := make(chan error, 1)
		go func() {
			_, _, err := waiting.ApplyPage(t.Context(), listed, usersync.Run{})
			ended <- err
		}()
		<-entered
		event := page.Users[3]
		event.EventID, event.Origin, event.OccurredAt = "e", usersync.OriginLive, event.OccurredAt+9
		event.Fields[usersync.FieldEmail] = usersync.TextValue("event@x")
		// The turn comes only behind this event: who never gave way would hold its
		// row for ever.
		began := time.Now()
		for err := applyOne(t, db, event); err != nil; err = applyOne(t, db, event) {
			if time.Since(began) > time.Minute {
				t.Fatalf("the row is still held: %v", err)
			}
			time.Sleep(5 * time.Millisecond)
		}
		close(release)
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		users, err := db.Users(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range users {
			want := "listed@x"
			if u.ProviderUserID == event.UserID {
				want = "event@x"
			}
			if *u.Email != want {
				t.Errorf("%s has %s", u.ProviderUserID, *u.Email)
			}
		}
	})
}
