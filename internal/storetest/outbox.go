package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	usersync "usersync/sync"
)

func message(id, user string) usersync.Message {
	return usersync.Message{ID: id, Provider: "p", UserID: user, Action: "notify.chat", Body: []byte(`{"text":"` + id + ` \u0000ü"}`), ReceivedAt: Base + 5}
}

// deliver applies deliveries as one batch and returns their outcomes.
func deliver(t *testing.T, e *usersync.Engine, batch ...*usersync.Delivery) (outcomes []usersync.Outcome) {
	t.Helper()
	for i, r := range e.Apply(t.Context(), batch) {
		if r.Err != nil || r.Busy {
			t.Fatalf("delivery %d: %v, busy %v", i, r.Err, r.Busy)
		}
		outcomes = append(outcomes, r.Outcome)
	}
	return outcomes
}

// said is a delivery of a command and messages.
func said(c usersync.Command, messages ...usersync.Message) *usersync.Delivery {
	return &usersync.Delivery{Commands: []usersync.Command{c}, Messages: messages}
}

// postedAre holds the ids of the messages that are kept against those that are wanted.
func postedAre(t *testing.T, s Inspector, want ...string) {
	t.Helper()
	all := s.Posted()
	for _, id := range want {
		if _, there := all[id]; !there {
			t.Errorf("message %s is not there", id)
		}
	}
	if len(all) != len(want) {
		t.Errorf("%d messages, want %v", len(all), want)
	}
}

// However often an event comes, in whatever order, what it asks for is stored once, and
// does not count as something that was said of the user.
func messageOnce(t *testing.T, s Inspector) {
	e := Engine(s)
	var told []string
	e.Posted = func(m *usersync.Message) { told = append(told, m.ID) }
	first, late := said(command1("u1", "e1", usersync.KindCreated, 5), message("m1", "u1"), message("m2", "")), said(command1("u1", "e0", usersync.KindCreated, 1), message("m0", "u1"))
	for i, step := range []struct {
		batch []*usersync.Delivery
		want  string
	}{
		{[]*usersync.Delivery{first, first}, "[applied duplicate]"},
		{[]*usersync.Delivery{first, late}, "[duplicate stale]"},
		{[]*usersync.Delivery{late}, "[duplicate]"},
	} {
		if got := fmt.Sprint(deliver(t, e, step.batch...)); got != step.want {
			t.Errorf("step %d: %s, want %s", i, got, step.want)
		}
	}
	postedAre(t, s, "m0", "m1", "m2")
	if p, want := s.Posted()["m1"], first.Messages[0]; p.Provider != want.Provider || p.UserID != "u1" || p.Action != want.Action || string(p.Body) != string(want.Body) ||
		p.ReceivedAt != want.ReceivedAt || p.At != e.Clock() || p.Outcome != usersync.MessageWaits || p.Attempts != 0 {
		t.Errorf("%+v", p)
	}
	if len(told) == 0 {
		t.Error("nobody was told")
	}
	looking := Engine(s)
	looking.DryRun, looking.Posted = true, func(m *usersync.Message) { t.Errorf("%s was told of", m.ID) }
	deliver(t, looking, said(command1("u2", "e", usersync.KindCreated, 1), message("m3", "u2")))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r := e.Apply(ctx, []*usersync.Delivery{said(command1("u2", "e", usersync.KindCreated, 1), message("m3", "u2"))}); r[0].Err == nil {
		t.Error("applied without a context to do so")
	}
	postedAre(t, s, "m0", "m1", "m2")
}

// If something of a delivery becomes a dead letter nothing is sent for it, until that
// is retried; others of the batch do not wait.
func messageWaits(t *testing.T, s Inspector) {
	s.Refuse("poison@x")
	e := Engine(s)
	poison, fine := withEmail(numbered(1), "poison@x"), numbered(2)
	two := &usersync.Delivery{Commands: []usersync.Command{numbered(3), withEmail(numbered(4), "poison@x")}, Messages: []usersync.Message{message("m3", "")}}
	got := fmt.Sprint(deliver(t, e, said(poison, message("m1", poison.UserID)), said(fine, message("m2", fine.UserID)), two))
	if got != "[dead_letter applied dead_letter]" {
		t.Error(got)
	}
	postedAre(t, s, "m2")
	if letters := s.Letters(); len(letters) != 3 {
		t.Errorf("%+v", letters)
	}
	if _, there := s.Rows()[numbered(3).UserKey]; there {
		t.Error("a part of a delivery was applied, and its message not sent")
	}
	poison.Fields[usersync.FieldEmail] = usersync.TextValue("harmless@x")
	poison.Retried, poison.Origin = true, usersync.OriginReplay
	deliver(t, e, said(poison, message("m1", poison.UserID)))
	postedAre(t, s, "m1", "m2")

	s.Damage(fine.UserKey)
	fine.EventID, fine.OccurredAt = "later", fine.OccurredAt+1
	if got := deliver(t, e, said(fine, message("m4", ""))); got[0] != usersync.OutcomeDeadLetter {
		t.Errorf("a row that cannot be read: %v", got)
	}
	postedAre(t, s, "m1", "m2")
}

func onlyMessages(t *testing.T, s Inspector) {
	e := Engine(s)
	counted := map[string]int{}
	e.Observe = func(o usersync.Observation) {
		counted[fmt.Sprint(o.Provider, o.Kind, " ", o.Outcome, o.Origin)]++
	}
	spooled := message("m1", "")
	spooled.Origin = usersync.OriginSpool
	letter := usersync.DeadLetter{Provider: "p", Reason: "bad_json", Payload: []byte("{"), ReceivedAt: Base}
	got := fmt.Sprint(deliver(t, e,
		&usersync.Delivery{Messages: []usersync.Message{spooled, message("m2", "u1")}, Ignored: 1},
		&usersync.Delivery{Messages: []usersync.Message{message("m3", "")}, Letters: []usersync.DeadLetter{letter}}))
	if got != "[applied dead_letter]" {
		t.Error(got)
	}
	postedAre(t, s, "m1", "m2", "m3")
	if len(s.Rows())+len(s.Claims()) != 0 || fmt.Sprint(counted) != "map[p applied live:1 p applied spool:1 p dead_letter live:1]" {
		t.Errorf("%d rows, %d claims, %v", len(s.Rows()), len(s.Claims()), counted)
	}
}

// lend borrows messages and returns their ids.
func lend(t *testing.T, s Inspector, at usersync.Micros, limit int) (lent []usersync.LentMessage, ids string, next usersync.Micros) {
	t.Helper()
	lent, next, err := s.BorrowMessages(t.Context(), "notify.chat", at, at+60*second, limit)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, m := range lent {
		names[m.ID] = true
	}
	return lent, fmt.Sprint(names), next
}

func messageLent(t *testing.T, s Inspector) {
	e := Engine(s)
	at := e.Clock()
	if _, ids, next := lend(t, s, at, 9); ids != "map[]" || next != 0 {
		t.Errorf("of none: %s, next %d", ids, next)
	}
	for i := range 40 { // the last is the longest due
		e.Clock = func() usersync.Micros { return at - usersync.Micros(i)*second }
		deliver(t, e, &usersync.Delivery{Messages: []usersync.Message{message(fmt.Sprintf("m%02d", i), "")}})
	}
	other := message("other", "")
	other.Action = "another"
	deliver(t, e, &usersync.Delivery{Messages: []usersync.Message{other}})
	if lent, ids, next := lend(t, s, at-38*second, 9); ids != "map[m38:true m39:true]" || next != at-37*second || len(lent) != 2 || lent[0].Attempts != 1 ||
		lent[0].Until != at+22*second || string(lent[0].Body) != string(message(lent[0].ID, "").Body) {
		t.Errorf("the longest due: %s, next %d, %+v", ids, next-at, lent)
	}
	var mu sync.Mutex
	times := map[string]int{}
	var crowd sync.WaitGroup
	for range 4 {
		crowd.Go(func() {
			for range 20 {
				lent, _, err := s.BorrowMessages(t.Context(), "notify.chat", at, at+60*second, 3)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				for _, m := range lent {
					times[m.ID]++
				}
				mu.Unlock()
			}
		})
	}
	crowd.Wait()
	for id, n := range times {
		if n != 1 {
			t.Errorf("%s was lent %d times", id, n)
		}
	}
	if len(times) != 38 {
		t.Errorf("%d were lent, want 38", len(times))
	}
	// Who borrowed them died.
	if lent, ids, _ := lend(t, s, at+22*second, 9); ids != "map[m38:true m39:true]" || lent[0].Attempts != 2 {
		t.Errorf("after the loan: %s", ids)
	}
}

func messagesSettled(t *testing.T, s Inspector) {
	e := Engine(s)
	at := e.Clock()
	deliver(t, e, &usersync.Delivery{Messages: []usersync.Message{message("m1", "u1"), message("m2", "u1"), message("m3", "u1"), message("m4", "u1")}})
	lent, _, _ := lend(t, s, at, 9)
	byID := map[string]usersync.LentMessage{}
	for _, m := range lent {
		byID[m.ID] = m
	}
	settle := func(settled ...usersync.SettledMessage) {
		t.Helper()
		if err := s.SettleMessages(t.Context(), settled); err != nil {
			t.Fatal(err)
		}
	}
	settle()
	settle(usersync.SettledMessage{LentMessage: byID["m1"], Outcome: usersync.MessageSent, At: at + 1},
		usersync.SettledMessage{LentMessage: byID["m2"], Outcome: usersync.MessageGivenUp, At: at + 2, Detail: "410"},
		usersync.SettledMessage{LentMessage: byID["m3"], At: at + 3*second, Detail: "500"})
	all := s.Posted()
	if p := all["m1"]; p.Outcome != usersync.MessageSent || p.At != at+1 || p.Body != nil || p.UserID != "" {
		t.Errorf("sent: %+v", p)
	}
	if p := all["m2"]; p.Outcome != usersync.MessageGivenUp || p.At != at+2 || p.Body == nil || p.UserID != "u1" || p.Detail != "410" {
		t.Errorf("given up: %+v", p)
	}
	if p := all["m3"]; p.Outcome != usersync.MessageWaits || p.At != at+3*second || p.Body == nil || p.Detail != "500" || p.Attempts != 1 {
		t.Errorf("waits: %+v", p)
	}
	// Only m4 is lent still. Whoever settles later than the loan settles nothing.
	if _, ids, next := lend(t, s, at+3*second-1, 9); ids != "map[]" || next != at+3*second {
		t.Errorf("%s, next %d", ids, next-at)
	}
	again, ids, _ := lend(t, s, at+70*second, 9)
	if ids != "map[m3:true m4:true]" {
		t.Errorf("%s", ids)
	}
	settle(usersync.SettledMessage{LentMessage: byID["m4"], Outcome: usersync.MessageGivenUp, At: at, Detail: "late"},
		usersync.SettledMessage{LentMessage: byID["m1"], At: at, Detail: "late"})
	if p := s.Posted()["m4"]; p.Outcome != usersync.MessageWaits || p.At != again[0].Until {
		t.Errorf("settled by who borrowed it before: %+v", p)
	}
	if p := s.Posted()["m1"]; p.Outcome != usersync.MessageSent {
		t.Errorf("%+v", p)
	}
	// The event comes again: it is known by the id.
	deliver(t, e, &usersync.Delivery{Messages: []usersync.Message{message("m1", "u1"), message("m2", "u1")}})
	if p := s.Posted(); p["m1"].Outcome != usersync.MessageSent || p["m2"].Outcome != usersync.MessageGivenUp || p["m1"].Body != nil {
		t.Errorf("%+v", p)
	}
}

// Nothing about somebody who was erased is kept or sent, also if it comes again.
func messagesErased(t *testing.T, s Inspector) {
	e := Engine(s)
	mentions := message("m3", "")
	mentions.Body = []byte(`{"user":{"id":"u1"}}`)
	all := []*usersync.Delivery{
		said(command1("u1", "e1", usersync.KindCreated, 1), message("m1", "u1"), message("m0", "")),
		{Messages: []usersync.Message{message("m2", "u1"), mentions, message("m4", "u2")}},
	}
	deliver(t, e, all...)
	lent, _, _ := lend(t, s, e.Clock(), 9)
	for i := range lent {
		if lent[i].ID == "m1" { // it was sent before
			if err := s.SettleMessages(t.Context(), []usersync.SettledMessage{{LentMessage: lent[i], Outcome: usersync.MessageSent, At: e.Clock()}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if done := erase(t, s, "u1"); done.Messages != 1 || done.MessageMentions != 1 {
		t.Errorf("%+v", done)
	}
	for range 2 {
		posted := s.Posted()
		postedAre(t, s, "m0", "m1", "m3", "m4")
		if p := posted["m3"]; p.Body != nil || p.Outcome != usersync.MessageErased {
			t.Errorf("%+v", p)
		}
		// Whoever had borrowed it notes nothing more.
		for i := range lent {
			if lent[i].ID == "m3" {
				if err := s.SettleMessages(t.Context(), []usersync.SettledMessage{{LentMessage: lent[i], At: e.Clock(), Detail: "500"}}); err != nil {
					t.Fatal(err)
				}
			}
		}
		if got := fmt.Sprint(deliver(t, e, all[0], &usersync.Delivery{Messages: []usersync.Message{message("m2", "u1"), mentions}})); got != "[ignored applied]" {
			t.Error(got)
		}
		deliver(t, e, said(command1("u1", "e9", usersync.KindUpdated, 9), message("m9", ""))) // its event is about u1
	}
	if again := erase(t, s, "u1"); !again.Nothing() {
		t.Errorf("%+v", again)
	}
}
