package models_test

import (
	"fmt"
	"testing"
	"time"

	"usersync/internal/pgtest"
	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

// letterTo stores a letter that is due at an instant.
func letterTo(t *testing.T, db *models.DB, n int, due usersync.Micros) {
	t.Helper()
	l := usersync.DeadLetter{Provider: "p", Reason: "future_time", Detail: "ahead", EventID: fmt.Sprint("e", n), Payload: []byte(fmt.Sprint(n)), ReceivedAt: storetest.Base, DueAt: due}
	if r := storetest.Engine(db.Store()).Apply(t.Context(), []*usersync.Delivery{{Letters: []usersync.DeadLetter{l}}})[0]; r.Err != nil {
		t.Fatal(r.Err)
	}
}

// A letter that another replica holds at this moment is passed over without
// waiting.
func TestDueLettersPassOverWhatIsHeld(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.New(t), models.Options{})
	for n := range 5 {
		letterTo(t, db, n, storetest.Base)
	}
	hold := models.BeginForTest(t, db)
	hold("SELECT FROM usersync.dead_letters WHERE event_id = 'e3' FOR UPDATE")
	began := time.Now()
	lent, _, err := db.Letters().BorrowDue(t.Context(), []string{"p"}, storetest.Base, storetest.Base+1, 9)
	if err != nil || len(lent) != 4 || time.Since(began) > 10*time.Second {
		t.Errorf("%+v, %v after %v", lent, err, time.Since(began))
	}
	hold("COMMIT")
	lent, _, err = db.Letters().BorrowDue(t.Context(), []string{"p"}, storetest.Base, storetest.Base+1, 9)
	if err != nil || len(lent) != 1 || lent[0].EventID != "e3" {
		t.Errorf("%+v, %v", lent, err)
	}
}

// An id that SQLite gives to another letter does not delete that one.
func TestAnIDThatComesBack(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *models.DB) {
		letterTo(t, db, 1, 0)
		read, err := db.Letters().LetterPage(t.Context(), usersync.LetterScope{}, 0, 9)
		if err != nil || len(read) != 1 {
			t.Fatalf("%+v, %v", read, err)
		}
		table := map[models.Dialect]string{models.Postgres: "usersync.dead_letters", models.SQLite: "usersync_dead_letters"}[db.Dialect()]
		models.ExecForTest(t, db, "UPDATE "+table+" SET first_seen_at = '2026-01-01T00:00:00.000000Z', event_id = 'another'")
		gone, err := db.Letters().RemoveLetters(t.Context(), read)
		if err != nil || fmt.Sprint(gone) != "[false]" {
			t.Errorf("%v, %v", gone, err)
		}
	})
}

// A letter that a newer version stored is not taken for something else.
func TestALetterOfAnUnknownOrigin(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *models.DB) {
		letterTo(t, db, 1, 0)
		table := map[models.Dialect]string{models.Postgres: "usersync.dead_letters", models.SQLite: "usersync_dead_letters"}[db.Dialect()]
		models.ExecForTest(t, db, "UPDATE "+table+" SET origin = 'telepathy'")
		if _, err := db.Letters().LetterPage(t.Context(), usersync.LetterScope{}, 0, 9); err == nil {
			t.Error("read")
		}
	})
}
