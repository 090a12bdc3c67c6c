package main

import (
	"fmt"
	"slices"
	"testing"

	"usersync/internal/pgtest"
	"usersync/internal/rowtest"
	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

// verdict is how a database compares with what the senders know.
type verdict struct {
	acked, missing, wrong int
	notes                 []string // of the first of each
}

// note tells the first few of a kind.
func (v *verdict) note(nth int, format string, values ...any) {
	if nth <= 3 {
		v.notes = append(v.notes, fmt.Sprintf(format, values...))
	}
}

// judge asks three things. Each acknowledged event has its claim, or its dead
// letter: the rows alone do not tell, since a later event hides a lost one. Each
// claim is of an event that was sent: one that was not acknowledged may have been
// applied all the same. Each row is the fold of the events that have claims: so
// nothing was applied in half, and nothing twice.
func judge(t *testing.T, db *models.DB, senders []*sender) (v verdict) {
	t.Helper()
	events, err := db.ProcessedEvents(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	letters, err := db.DeadLetters(t.Context(), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	buried := map[string]bool{}
	for _, l := range letters {
		buried[l.Provider+" "+string(l.Payload)] = true
	}
	claims := map[usersync.ClaimKey]bool{}
	var applied []usersync.Command
	for _, e := range events {
		key := usersync.ClaimKey{
			OccurredAt: usersync.MicrosOf(e.OccurredAt.Time), EventID: e.EventID,
			UserKey: usersync.UserKey{Provider: e.Provider, UserID: e.ProviderUserID},
		}
		claims[key] = true
		command, sent := commandOf(senders, key)
		if !sent {
			v.wrong++
			v.note(v.wrong, "a claim of an event that nobody sent: %+v", key)
			continue
		}
		applied = append(applied, command)
	}
	lost := func(a acknowledged) bool {
		if a.outcome == usersync.OutcomeDeadLetter.String() {
			return !slices.ContainsFunc(payloads(a.webhook), func(kept []byte) bool { return buried[a.provider+" "+string(kept)] })
		}
		for i := range a.delivery.Commands {
			if !claims[claimOf(&a.delivery.Commands[i])] {
				return true
			}
		}
		return false
	}
	deadLetters := 0
	for _, s := range senders {
		v.acked += len(s.acked)
		deadLetters += s.outcomes[usersync.OutcomeDeadLetter.String()]
		for _, a := range s.acked {
			if lost(a) {
				v.missing++
				v.note(v.missing, "acknowledged as %s and missing: %s %s", a.outcome, a.provider, a.body)
			}
		}
	}
	if len(letters) > 0 && deadLetters == 0 {
		v.wrong += len(letters)
		v.note(1, "%d events became dead letters, and nobody was told: %s %s", len(letters), letters[0].Reason, letters[0].Detail)
	}
	v.compareRows(t, db, storetest.Fold(applied))
	return v
}

// payloads are what a dead letter of a request can hold: its body, or what is
// left of an event after it was read.
func payloads(h webhook) [][]byte {
	kept := [][]byte{h.body}
	for i := range h.delivery.Commands {
		kept = append(kept, h.delivery.Commands[i].Payload)
	}
	for i := range h.delivery.Letters {
		kept = append(kept, h.delivery.Letters[i].Payload)
	}
	return kept
}

func commandOf(senders []*sender, key usersync.ClaimKey) (usersync.Command, bool) {
	for _, s := range senders {
		if command, sent := s.sent[key]; sent {
			return command, true
		}
	}
	return usersync.Command{}, false
}

// compareRows counts the rows that differ from what they should be, are not
// there, or should not be.
func (v *verdict) compareRows(t *testing.T, db *models.DB, want map[usersync.UserKey]usersync.State) {
	t.Helper()
	users, err := db.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rows := map[usersync.UserKey]bool{}
	for _, u := range users {
		key := usersync.UserKey{Provider: u.Provider, UserID: u.ProviderUserID}
		rows[key] = true
		state, known := want[key]
		if got, expected := rowtest.View(t, u), usersync.Project(&state); !known || !got.Equal(&expected) {
			v.wrong++
			v.note(v.wrong, "%v:\n got %+v\nwant %+v", key, got, expected)
		}
	}
	for key := range want {
		if !rows[key] {
			v.wrong++
			v.note(v.wrong, "%v has no row", key)
		}
	}
}

// The judge sees what it is there for.
func TestChaosJudge(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	c := newChaos(t, "no fault", databaseURL, databaseURL)
	load := c.load(4, newStream(t, c.daemon.providers, "u", 5).next)
	load.awaitAcks(200)
	load.end()
	c.settle()
	db := c.daemon.inspect()
	if v := judge(t, db, []*sender{load}); v.acked < 200 || v.missing != 0 || v.wrong != 0 {
		t.Fatalf("without a fault: %+v", v)
	}
	operator := session(t, databaseURL)
	const event = "(SELECT occurred_at, provider, event_id FROM usersync.processed_events WHERE outcome = 'stale' LIMIT 1)"
	for name, harm := range map[string]struct {
		statement      string
		missing, wrong bool
	}{
		"a claim is gone":      {"DELETE FROM usersync.processed_events WHERE (occurred_at, provider, event_id) IN " + event, true, false},
		"a claim of nobody's":  {"UPDATE usersync.processed_events SET event_id = 'invented' WHERE (occurred_at, provider, event_id) IN " + event, true, true},
		"a row is gone":        {"DELETE FROM users WHERE provider = 'authon'", false, true},
		"a row of nobody's":    {"UPDATE users SET provider_user_id = 'invented' WHERE id = (SELECT id FROM users LIMIT 1)", false, true},
		"a row is another":     {"UPDATE users SET name = 'another' WHERE provider = 'authon_pro'", false, true},
		"a letter of nobody's": {"INSERT INTO usersync.dead_letters (fingerprint, provider, reason, detail, payload, headers, origin, first_seen_at, last_seen_at, seen) VALUES ('', 'authon', 'refused', '', '', '{}', 'live', now(), now(), 1)", false, true},
	} {
		operator.exec("CREATE SCHEMA kept", "CREATE TABLE kept.events AS TABLE usersync.processed_events", "CREATE TABLE kept.users AS TABLE users", harm.statement)
		v := judge(t, db, []*sender{load})
		if (v.missing > 0) != harm.missing || (v.wrong > 0) != harm.wrong || len(v.notes) == 0 {
			t.Errorf("%s: %d missing, %d wrong, %q", name, v.missing, v.wrong, v.notes)
		}
		operator.exec("TRUNCATE usersync.processed_events, users, usersync.dead_letters",
			"INSERT INTO usersync.processed_events SELECT * FROM kept.events", "INSERT INTO users SELECT * FROM kept.users", "DROP SCHEMA kept CASCADE")
	}
	if v := judge(t, db, []*sender{load}); v.missing+v.wrong > 0 {
		t.Errorf("after all was put back: %+v", v)
	}
}
