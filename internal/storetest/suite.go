package storetest

import (
	"context"
	"fmt"
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

func everyValue(t *testing.T, s Inspector) { valuesOf(t, s, 8) }

// So many that a store may write them in another way than few.
func everyValueOfMany(t *testing.T, s Inspector) { valuesOf(t, s, 400) }

func valuesOf(t *testing.T, s Inspector, users int) {
	e := Engine(s)
	texts := []string{"", "a", "Ä漢字😀", "line\nbreak \"quoted\" \\ back", "'; DROP TABLE users; --", "{a,b}", "NULL"}
	times := []usersync.Micros{0, 1, -1, Base + 1, -62135596800_000000, 253402300799_999999}
	documents := []string{`{}`, `{"a":[1,2,{"b":null}],"n":12345678901234567890.5}`, `[]`, `"x"`, `null`, `{"Ä":"ü😀"}`}
	var commands []usersync.Command
	want := map[usersync.UserKey]usersync.View{}
	for i := range users {
		c := command1(fmt.Sprintf("u%d", i), "e", usersync.KindCreated, i)
		for f := range usersync.NumColumns {
			switch n := i + int(f); {
			case n%9 == 0:
				c.Fields[f] = usersync.NullValue()
			case f.Kind() == usersync.Text:
				c.Fields[f] = usersync.TextValue(texts[n%len(texts)])
			case f.Kind() == usersync.Bool:
				c.Fields[f] = usersync.BoolValue(n%2 == 0)
			case f.Kind() == usersync.Time:
				c.Fields[f] = usersync.TimeValue(times[n%len(times)])
			case f.Kind() == usersync.JSON:
				c.Fields[f] = usersync.JSONValue(documents[n%len(documents)])
			}
		}
		state := usersync.Facts(&c)
		want[c.UserKey] = usersync.Project(&state)
		commands = append(commands, c)
	}
	apply(t, e, commands...)
	compare(t, s, want)
	// What was read back is merged, not only what was written.
	again := make([]usersync.Command, len(commands))
	for i, c := range commands {
		c.Fields = [usersync.NumColumns]usersync.Value{}
		c.Kind, c.EventID, c.OccurredAt = usersync.KindBanned, "ban", c.OccurredAt+1
		again[i] = c
		state := usersync.Join(usersync.Facts(&commands[i]), usersync.Facts(&c))
		want[c.UserKey] = usersync.Project(&state)
	}
	apply(t, e, again...)
	compare(t, s, want)
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

func outcomes(t *testing.T, s Inspector) {
	e := Engine(s)
	created := command1("u1", "e1", usersync.KindCreated, 1)
	late := command1("u1", "e0", usersync.KindCreated, 0)
	batch := command1("u1", "e3", usersync.KindUpdated, 3)
	for i, step := range []struct {
		command usersync.Command
		want    usersync.Outcome
	}{
		{created, usersync.OutcomeApplied},
		{created, usersync.OutcomeDuplicate},
		{late, usersync.OutcomeStale},
		{late, usersync.OutcomeDuplicate},
	} {
		if got := apply(t, e, step.command); got[0] != step.want {
			t.Errorf("step %d: %v, want %v", i, got[0], step.want)
		}
	}
	if got := apply(t, e, batch, batch); got[0] != usersync.OutcomeApplied || got[1] != usersync.OutcomeDuplicate {
		t.Errorf("twice in one batch: %v", got)
	}
	replay := created
	replay.Origin = usersync.OriginReplay
	if got := apply(t, e, replay); got[0] != usersync.OutcomeStale {
		t.Errorf("a replay ignores claims: %v", got)
	}
	listed := command1("u1", "", usersync.KindUpdated, 9)
	listed.Origin = usersync.OriginBackfill
	if got := apply(t, e, listed); got[0] != usersync.OutcomeApplied {
		t.Errorf("a listed user: %v", got)
	}
	if claims := s.Claims(); len(claims) != 3 {
		t.Errorf("%d claims, want 3: a listed user is no event", len(claims))
	} else {
		for _, c := range claims {
			if c.EventID == "e0" && (c.Outcome != usersync.OutcomeStale || c.OccurredAt != late.OccurredAt || c.ReceivedAt != late.ReceivedAt || c.Kind != usersync.KindCreated) {
				t.Errorf("claim %+v", c)
			}
		}
	}
	// Two facts of one event share its claim.
	first, second := command1("u2", "e1", usersync.KindCreated, 1), command1("u2", "e1", usersync.KindBanned, 1)
	results := e.Apply(t.Context(), []*usersync.Delivery{{Commands: []usersync.Command{first, second}}})
	if results[0].Err != nil || results[0].Outcome != usersync.OutcomeApplied || len(s.Claims()) != 4 {
		t.Errorf("two facts: %+v, %d claims", results[0], len(s.Claims()))
	}
}

func restamped(t *testing.T, s Inspector) {
	e := Engine(s)
	restamp := func(second int, name string) usersync.Command {
		c := command1("u1", "e1", usersync.KindUpdated, second)
		c.Unstable = true
		c.Fields[usersync.FieldName] = usersync.TextValue(name)
		return c
	}
	later := command1("u1", "e2", usersync.KindUpdated, 5)
	later.Fields[usersync.FieldName] = usersync.TextValue("new")
	apply(t, e, restamp(1, "old"), later)
	if got := apply(t, e, restamp(9, "old")); got[0] != usersync.OutcomeDuplicate {
		t.Errorf("a retry with another time: %v", got)
	}
	if got := apply(t, e, restamp(9, "old"), restamp(10, "old")); got[0] != usersync.OutcomeDuplicate || got[1] != usersync.OutcomeDuplicate {
		t.Errorf("two retries in one batch: %v", got)
	}
	compareFold(t, s, []usersync.Command{restamp(1, "old"), later})

	// Nobody knows the user, but the event was seen: no row appears.
	ghost := restamp(1, "ghost")
	ghost.UserID, ghost.EventID = "u2", "e3"
	repeated := ghost
	repeated.OccurredAt += 7
	if got := apply(t, e, ghost, repeated); got[0] != usersync.OutcomeApplied || got[1] != usersync.OutcomeDuplicate {
		t.Errorf("first and retry in one batch: %v", got)
	}
}

func quietRows(t *testing.T, s Inspector) {
	e := Engine(s)
	first := command1("u1", "e1", usersync.KindCreated, 1)
	first.Fields[usersync.FieldEmail] = usersync.TextValue("a@x")
	apply(t, e, first)
	before := s.Rows()[first.UserKey]
	e.Clock = func() usersync.Micros { return Base + 7200_000_000 }
	same := first
	same.EventID, same.Kind, same.OccurredAt = "e2", usersync.KindUpdated, first.OccurredAt+1
	if got := apply(t, e, same); got[0] != usersync.OutcomeApplied {
		t.Errorf("a newer event with the same content: %v", got)
	}
	if after := s.Rows()[first.UserKey]; after.UpdatedAt != before.UpdatedAt || after.CreatedAt != before.CreatedAt {
		t.Errorf("the row's own times moved: %+v, then %+v", before, after)
	}
	// The stamps did move: what lies between is stale now.
	between := first
	between.EventID, between.Kind = "e3", usersync.KindUpdated
	between.Fields[usersync.FieldEmail] = usersync.TextValue("old@x")
	if got := apply(t, e, between); got[0] != usersync.OutcomeStale {
		t.Errorf("an event older than the stamps: %v", got)
	}
	changed := same
	changed.EventID, changed.OccurredAt = "e4", same.OccurredAt+1
	changed.Fields[usersync.FieldEmail] = usersync.TextValue("b@x")
	apply(t, e, changed)
	if after := s.Rows()[first.UserKey]; after.UpdatedAt == before.UpdatedAt || after.CreatedAt != before.CreatedAt {
		t.Errorf("a visible change: %+v, then %+v", before, after)
	}
}

func deadLetters(t *testing.T, s Inspector) {
	e := Engine(s)
	letter := usersync.DeadLetter{Provider: "p", Reason: "bad_json", Detail: "no JSON", Payload: []byte("\x00\xff{"), Headers: map[string]string{"content-type": "text/plain"}, ReceivedAt: Base, DueAt: Base + 1}
	other := letter
	other.Payload = nil
	other.Headers, other.DueAt = nil, 0
	// The time or the type of an event may stand in its headers.
	restamped := letter
	restamped.Headers = map[string]string{"content-type": "text/html"}
	for range 2 {
		for _, r := range e.Apply(t.Context(), []*usersync.Delivery{{Letters: []usersync.DeadLetter{letter, other, restamped}}, {Letters: []usersync.DeadLetter{letter}}}) {
			if r.Err != nil || r.Outcome != usersync.OutcomeDeadLetter {
				t.Errorf("%v %v", r.Outcome, r.Err)
			}
		}
	}
	letters := s.Letters()
	if len(letters) != 3 {
		t.Fatalf("%d dead letters, want 3", len(letters))
	}
	for _, l := range letters {
		switch {
		case l.Headers["content-type"] == "text/html":
			if l.Seen != 2 {
				t.Errorf("%+v", l)
			}
		case len(l.Payload) == 0:
			if l.Seen != 2 || l.DueAt != 0 {
				t.Errorf("%+v", l)
			}
		case string(l.Payload) != string(letter.Payload) || l.Seen != 4 || l.Headers["content-type"] != "text/plain" || l.DueAt != Base+1 || l.ReceivedAt != Base:
			t.Errorf("%+v", l)
		}
	}
}

// Every list tells anew of a user whom we do not understand, each at its own
// time.
func listedLetters(t *testing.T, s Inspector) {
	e := Engine(s)
	for i, date := range []string{"Mon, 02 Jan 2006 15:04:05 GMT", "Tue, 03 Jan 2006 15:04:05 GMT"} {
		letter := usersync.DeadLetter{
			Provider: "p", UserID: "u", Reason: "bad_field", Detail: "no e-mail", Payload: []byte(`{"id":"u"}`), Origin: usersync.OriginBackfill,
			Headers: map[string]string{"Date": date}, ReceivedAt: Base + usersync.Micros(i),
		}
		if r := e.Apply(t.Context(), []*usersync.Delivery{{Letters: []usersync.DeadLetter{letter}}})[0]; r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	letters := s.Letters()
	if len(letters) != 1 || letters[0].Seen != 2 || letters[0].Headers["Date"] != "Tue, 03 Jan 2006 15:04:05 GMT" {
		t.Errorf("%+v", letters)
	}
}

func cancelled(t *testing.T, s Inspector) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := command1("u1", "e1", usersync.KindCreated, 1)
	if r := Engine(s).Apply(ctx, []*usersync.Delivery{{Commands: []usersync.Command{c}}}); r[0].Err == nil {
		t.Error("applied without a context to do so")
	}
	if len(s.Rows())+len(s.Claims()) != 0 {
		t.Error("something stayed")
	}
	if got := apply(t, Engine(s), c); got[0] != usersync.OutcomeApplied {
		t.Errorf("the store did not recover: %v", got)
	}
}

func thin(t *testing.T, s Inspector) {
	e := Engine(s)
	for i, second := range []int{5, 3} {
		if got := apply(t, e, command1("u1", fmt.Sprint("e", i), usersync.KindUpdated, second)); got[0] != usersync.OutcomeApplied {
			t.Errorf("thin event %d: %v", i, got)
		}
	}
	var nothing usersync.State
	compare(t, s, map[usersync.UserKey]usersync.View{{Provider: "p", UserID: "u1"}: usersync.Project(&nothing)})
}
