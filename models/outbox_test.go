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

const minute = usersync.Micros(60_000_000)

// postTo stores messages with the given ids, received and due at an instant.
func postTo(t testing.TB, db *models.DB, at usersync.Micros, ids ...string) {
	t.Helper()
	e := storetest.Engine(db.Store())
	e.Clock = func() usersync.Micros { return at }
	d := &usersync.Delivery{}
	for _, id := range ids {
		d.Messages = append(d.Messages, usersync.Message{ID: id, Provider: "p", UserID: "u", Action: "notify.chat", Body: []byte(`{}`), ReceivedAt: at})
	}
	if r := e.Apply(t.Context(), []*usersync.Delivery{d})[0]; r.Err != nil {
		t.Fatal(r.Err)
	}
}

// settleAll borrows what is due at an instant and settles all of it in the same way.
func settleAll(t *testing.T, db *models.DB, at usersync.Micros, outcome usersync.MessageOutcome, then usersync.Micros) {
	t.Helper()
	lent, _, err := db.Outbox().BorrowMessages(t.Context(), "notify.chat", at, at+minute, 99)
	if err != nil {
		t.Fatal(err)
	}
	var settled []usersync.SettledMessage
	for _, m := range lent {
		settled = append(settled, usersync.SettledMessage{LentMessage: m, Outcome: outcome, At: then, Detail: "status 500"})
	}
	if err := db.Outbox().SettleMessages(t.Context(), settled); err != nil {
		t.Fatal(err)
	}
}

// Events that send nothing cost nothing more: the outbox is not even looked at.
func TestOnlyMessagesTouchTheOutbox(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *models.DB) {
		if err := applyOne(t, db, user("u1")); err != nil { // on SQLite this prepares the statements
			t.Fatal(err)
		}
		models.ExecForTest(t, db, "DROP TABLE "+outboxOf(db))
		if err := applyOne(t, db, user("u2")); err != nil {
			t.Error(err)
		}
		d := &usersync.Delivery{Messages: []usersync.Message{{ID: "m", Provider: "p", Action: "a", Body: []byte(`{}`), ReceivedAt: storetest.Base}}}
		if r := storetest.Engine(db.Store()).Apply(t.Context(), []*usersync.Delivery{d})[0]; r.Err == nil {
			t.Error("a message did not need the outbox, so this test shows nothing")
		}
	})
}

func outboxOf(db *models.DB) string {
	return map[models.Dialect]string{models.Postgres: "usersync.outbox", models.SQLite: "usersync_outbox"}[db.Dialect()]
}

// What Postgres does not store is kept as the request that asked for it, and keeps
// nobody else's message from being stored.
func TestAMessageThatIsRefused(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.New(t), models.Options{})
	delivery := func(id, user string) *usersync.Delivery {
		return &usersync.Delivery{
			Messages: []usersync.Message{{ID: id, Provider: "p", UserID: user, Action: "a", Body: []byte(`{}`), ReceivedAt: storetest.Base}},
			Verified: usersync.Verified{Provider: "p", Body: []byte(`{"id":"` + id + `"}`), Headers: map[string]string{"A": "b"}},
		}
	}
	results := storetest.Engine(db.Store()).Apply(t.Context(), []*usersync.Delivery{delivery("m1", "u1"), delivery("m2", "u\x002"), delivery("m3", "u3")})
	for i, want := range []usersync.Outcome{usersync.OutcomeApplied, usersync.OutcomeDeadLetter, usersync.OutcomeApplied} {
		if results[i].Err != nil || results[i].Outcome != want {
			t.Errorf("delivery %d: %+v", i, results[i])
		}
	}
	letters, err := db.DeadLetters(t.Context(), 9)
	if err != nil || len(letters) != 1 || string(letters[0].Payload) != `{"id":"m2"}` || letters[0].Reason != "refused" {
		t.Errorf("%+v, %v", letters, err)
	}
	if messages, err := db.OutboxMessages(t.Context()); err != nil || len(messages) != 2 {
		t.Errorf("%+v, %v", messages, err)
	}
}

// A row that the app holds keeps its event waiting, and the event's message with it.
func TestAMessageWaitsForAHeldRow(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.New(t), models.Options{})
	if err := applyOne(t, db, user("u1")); err != nil {
		t.Fatal(err)
	}
	delivery := func(who string) *usersync.Delivery {
		c := user(who)
		c.EventID, c.OccurredAt = "later", c.OccurredAt+1
		return &usersync.Delivery{Commands: []usersync.Command{c}, Messages: []usersync.Message{{ID: "of " + who, Provider: "p", Action: "a", Body: []byte(`{}`), ReceivedAt: storetest.Base}}}
	}
	hold := models.BeginForTest(t, db)
	hold("SELECT FROM users WHERE provider_user_id = 'u1' FOR UPDATE")
	e := storetest.Engine(db.Store())
	results := e.Apply(t.Context(), []*usersync.Delivery{delivery("u1"), delivery("u2")})
	messages, err := db.OutboxMessages(t.Context())
	if err != nil || !results[0].Busy || results[1].Err != nil || len(messages) != 1 || messages[0].ID != "of u2" {
		t.Errorf("%+v, %+v, %v", results, messages, err)
	}
	hold("COMMIT")
	if r := e.Apply(t.Context(), []*usersync.Delivery{delivery("u1")})[0]; r.Err != nil || r.Outcome != usersync.OutcomeApplied {
		t.Errorf("%+v", r)
	}
	if messages, err := db.OutboxMessages(t.Context()); err != nil || len(messages) != 2 {
		t.Errorf("%+v, %v", messages, err)
	}
}

// A message that another replica holds at this moment is passed over without waiting.
func TestBorrowingPassesOverWhatIsHeld(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.New(t), models.Options{})
	postTo(t, db, storetest.Base, "m1", "m2", "m3")
	hold := models.BeginForTest(t, db)
	hold("SELECT FROM usersync.outbox WHERE id = 'm2' FOR UPDATE")
	began := time.Now()
	lent, _, err := db.Outbox().BorrowMessages(t.Context(), "notify.chat", storetest.Base, storetest.Base+1, 9)
	if err != nil || len(lent) != 2 || time.Since(began) > 10*time.Second {
		t.Errorf("%+v, %v after %v", lent, err, time.Since(began))
	}
	hold("COMMIT")
	lent, _, err = db.Outbox().BorrowMessages(t.Context(), "notify.chat", storetest.Base, storetest.Base+1, 9)
	if err != nil || len(lent) != 1 || lent[0].ID != "m2" {
		t.Errorf("%+v, %v", lent, err)
	}
}

// What was given up, or waits for long, is due at once when an operator says so. What
// somebody may be sending at this moment is left alone.
func TestRetriedMessages(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *models.DB) {
		at := storetest.Base
		postTo(t, db, at, "sent")
		settleAll(t, db, at, usersync.MessageSent, at)
		postTo(t, db, at, "given up", "given up too")
		settleAll(t, db, at, usersync.MessageGivenUp, at)
		postTo(t, db, at, "later")
		settleAll(t, db, at, usersync.MessageWaits, at+60*minute)
		postTo(t, db, at, "lent")
		if _, _, err := db.Outbox().BorrowMessages(t.Context(), "notify.chat", at, at+2*minute, 9); err != nil {
			t.Fatal(err)
		}
		counts, err := db.OutboxCounts(t.Context())
		if err != nil || fmt.Sprint(counts) != "[{notify.chat 2 2}]" {
			t.Errorf("%v, %v", counts, err)
		}
		rows, err := db.UntakenMessages(t.Context(), models.OutboxScope{Action: "notify.chat"}, 9)
		if err != nil || len(rows) != 4 || rows[0].Body != nil || rows[0].Detail != "status 500" {
			t.Errorf("%+v, %v", rows, err)
		}
		for _, step := range []struct {
			scope models.OutboxScope
			want  int64
		}{{models.OutboxScope{Action: "another"}, 0}, {models.OutboxScope{IDs: []string{"given up", "sent", "lent"}}, 1}, {models.OutboxScope{}, 2}} {
			if n, err := db.RetryMessages(t.Context(), step.scope, at, at+2*minute); err != nil || n != step.want {
				t.Errorf("%+v: %d, %v", step.scope, n, err)
			}
		}
		lent, _, err := db.Outbox().BorrowMessages(t.Context(), "notify.chat", at, at+minute, 9)
		if err != nil || len(lent) != 3 || lent[0].Attempts != 1 {
			t.Errorf("%+v, %v", lent, err)
		}
	})
}

// Settled messages are forgotten in their time, and so are those that nobody sends any
// more; those that are tried again and again are not.
func TestPruneMessages(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *models.DB) {
		at := storetest.Base
		var many []string
		for n := range 2500 { // more than one batch
			many = append(many, fmt.Sprint("sent ", n))
		}
		postTo(t, db, at, many...)
		models.ExecForTest(t, db, "UPDATE "+outboxOf(db)+" SET outcome = 'sent', settled_at = received_at, due_at = NULL, body = NULL")
		postTo(t, db, at, "left")
		settleAll(t, db, at, usersync.MessageWaits, at+1)
		postTo(t, db, at, "given up")
		settleAll(t, db, at, usersync.MessageGivenUp, at+dayLong)
		postTo(t, db, at, "tried")
		settleAll(t, db, at, usersync.MessageWaits, at+30*dayLong)
		if n, err := db.PruneMessages(t.Context(), at, noPause); err != nil || n != 0 {
			t.Errorf("too early: %d, %v", n, err)
		}
		if n, err := db.PruneMessages(t.Context(), at+minute, noPause); err != nil || n != 2501 {
			t.Errorf("%d, %v", n, err)
		}
		if n, err := db.PruneMessages(t.Context(), at+2*dayLong, noPause); err != nil || n != 1 {
			t.Errorf("%d, %v", n, err)
		}
		if rows, err := db.OutboxMessages(t.Context()); err != nil || len(rows) != 1 || rows[0].ID != "tried" {
			t.Errorf("%+v, %v", rows, err)
		}
	})
}
