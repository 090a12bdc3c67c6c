package storetest

import (
	"log/slog"
	"testing"

	usersync "usersync/sync"
)

// Inspector looks into a store from outside, and spoils data.
type Inspector interface {
	usersync.Store
	usersync.Runs
	usersync.Roll
	usersync.Hydrations
	usersync.Letters
	usersync.Eraser
	usersync.Outbox
	usersync.EventLog
	usersync.UserFinder
	usersync.RunLog
	usersync.Surveyor
	usersync.Activities
	usersync.Notices
	// Posted are the messages that are kept, by id.
	Posted() map[string]usersync.MessageState
	Rows() map[usersync.UserKey]Row
	Claims() []usersync.Claim
	Letters() []Letter
	// Refuse makes the database refuse rows with this e-mail address, as a
	// constraint or a trigger of the app's would.
	Refuse(email string)
	// Damage spoils the stored state of a user's row.
	Damage(key usersync.UserKey)
}

// law is a part of the law of stores: what a store with empty tables has to keep.
type law = func(*testing.T, Inspector)

// Run runs the law on stores that open makes, each with empty tables.
func Run(t *testing.T, open func(t *testing.T) Inspector) {
	RunCalm(t, open)
	run(t, open, crowded())
}

// RunCalm is Run without what takes many writers or much data, for stores that differ from
// one that keeps all of the law in names only.
func RunCalm(t *testing.T, open func(t *testing.T) Inspector) { run(t, open, calm()) }

func run(t *testing.T, open func(t *testing.T) Inspector, laws map[string]law) {
	for name, law := range laws {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			law(t, open(t))
		})
	}
}

func crowded() map[string]law {
	return map[string]law{
		"large dead letters are read a few at a time":      largeLetters,
		"events and workers in one crowd":                  hydrationCrowd,
		"twelve writers end as the fold":                   manyWriters,
		"requests of several events":                       manyEventsEach,
		"created and deleted of unseen users, first touch": firstTouch,
		"erased in a crowd":                                erasedInACrowd,
		"replicas note together":                           notedTogether,
	}
}

func calm() map[string]law {
	return map[string]law{
		"every value comes back":                           everyValue,
		"every value of many new rows comes back":          everyValueOfMany,
		"a first backfill, and another":                    firstBackfill,
		"refused users of a backfill":                      refusedInBackfill,
		"nothing is written before its turn":               turns,
		"outcomes and claims":                              outcomes,
		"a re-stamped repetition is known":                 restamped,
		"what shows nothing new leaves the row alone":      quietRows,
		"a refused member fails alone":                     refusedMember,
		"many refused members fail nobody else":            manyRefused,
		"facts of one event stay together":                 factsStayTogether,
		"a damaged row harms nobody else":                  damagedRow,
		"a dead letter is kept once":                       deadLetters,
		"a listed user who is not understood is kept once": listedLetters,
		"a retry is no delivery":                           retryIsNoDelivery,
		"dead letters are read in pages":                   letterPages,
		"a due letter is lent to one":                      dueLetters,
		"a letter that was delivered again stays":          deliveredAgain,
		"what becomes of retried letters":                  retriedLetters,
		"a letter of an event that was applied meanwhile":  retriedTooLate,
		"a letter of somebody who was erased":              retriedErased,
		"a letter that is removed while it is retried":     retriedRemoved,
		"nothing of a failed transaction stays":            cancelled,
		"a thin event makes a row":                         thin,
		"who carries only an id is asked for":              asked,
		"who asks twice is asked for once":                 askedOnce,
		"who asks late is asked for":                       askedLate,
		"nobody is asked for in vain":                      askedInVain,
		"a hydration is lent to one":                       lentToOne,
		"an event during a fetch is not lost":              askedMeanwhile,
		"a dead worker gives back what it claimed":         givenBack,
		"what is postponed stays so":                       postponed,
		"a run goes on where it was saved":                 beginnings,
		"a run has one owner":                              takeover,
		"one of many begins what is due":                   due,
		"the roll names who is alive":                      rollCall,
		"a message is stored once, with its event":         messageOnce,
		"a message waits with its dead letter":             messageWaits,
		"a delivery of nothing but messages":               onlyMessages,
		"a message is lent to one":                         messageLent,
		"what becomes of messages":                         messagesSettled,
		"messages of who was erased":                       messagesErased,
		"who was erased does not come back":                erasedForGood,
		"an unknown user can be erased":                    erasedUnknown,
		"dead letters of who was erased":                   erasedLetters,
		"a backfill leaves out who was erased":             erasedInBackfill,
		"events are listed the newest first":               eventPages,
		"events that come while others are read":           eventsMeanwhile,
		"one event is read by its key":                     oneEvent,
		"users are found by what is known of them":         finding,
		"runs are read the newest first":                   runPages,
		"a census of what waits":                           census,
		"when providers were heard of":                     noted,
		"a notice is claimed once":                         claimedOnce,
	}
}

// Engine returns an engine over the store whose clock stands at Base plus one
// hour.
func Engine(s usersync.Store) *usersync.Engine {
	return &usersync.Engine{
		Store: s,
		Clock: func() usersync.Micros { return Base + 3600_000_000 },
		Log:   slog.New(slog.DiscardHandler),
	}
}

// apply applies the commands as one batch, each a delivery, and returns their
// outcomes.
func apply(t *testing.T, e *usersync.Engine, commands ...usersync.Command) []usersync.Outcome {
	t.Helper()
	deliveries := make([]*usersync.Delivery, len(commands))
	for i, c := range commands {
		deliveries[i] = &usersync.Delivery{Commands: []usersync.Command{c}}
	}
	outcomes := make([]usersync.Outcome, len(commands))
	for i, r := range e.Apply(t.Context(), deliveries) {
		if r.Err != nil || r.Busy {
			t.Fatalf("command %d: %v, busy %v", i, r.Err, r.Busy)
		}
		outcomes[i] = r.Outcome
	}
	return outcomes
}

func command1(user, event string, kind usersync.Kind, second int) usersync.Command {
	return usersync.Command{
		UserKey:    usersync.UserKey{Provider: "p", UserID: user},
		EventID:    event,
		Kind:       kind,
		OccurredAt: Base + usersync.Micros(second)*1_000_000,
		ReceivedAt: Base + usersync.Micros(second)*1_000_000 + 5,
		Payload:    []byte(`{"event":"` + event + `"}`),
	}
}

// compare holds the stored rows against the views that are wanted.
func compare(t *testing.T, s Inspector, want map[usersync.UserKey]usersync.View) {
	t.Helper()
	rows := s.Rows()
	if len(rows) != len(want) {
		t.Errorf("%d rows, want %d", len(rows), len(want))
	}
	wrong := 0
	for key, view := range want {
		if got, there := rows[key]; !there || !got.View.Equal(&view) {
			if wrong++; wrong <= 3 {
				t.Errorf("%v:\n got %+v\nwant %+v", key, got.View, view)
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%d rows wrong", wrong)
	}
}

func compareFold(t *testing.T, s Inspector, commands []usersync.Command) {
	t.Helper()
	want := map[usersync.UserKey]usersync.View{}
	for key, state := range Fold(commands) {
		want[key] = usersync.Project(&state)
	}
	compare(t, s, want)
}
