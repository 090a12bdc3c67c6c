package storetest

import (
	"errors"
	"fmt"
	"testing"

	usersync "usersync/sync"
)

// retrying tries letters again, which are read by a function of their number.
func retrying(s Inspector, reread func(n int) (*usersync.Delivery, error)) *usersync.LetterRetry {
	return &usersync.LetterRetry{Letters: s, Engine: Engine(s), Reread: func(l *usersync.StoredLetter) (*usersync.Delivery, error) {
		var n int
		if _, err := fmt.Sscanf(string(l.Payload), `{"n":%d}`, &n); err != nil {
			return nil, err
		}
		return reread(n)
	}}
}

// replayed is a command whose payload is that of the letter with this number.
func replayed(n int) usersync.Command {
	c := command1(fmt.Sprint("u", n), fmt.Sprint("e", n), usersync.KindCreated, n)
	c.Provider, c.Payload, c.Origin = numberedLetter(n).Provider, numberedLetter(n).Payload, usersync.OriginReplay
	return c
}

func delivery(commands ...usersync.Command) *usersync.Delivery {
	return &usersync.Delivery{Commands: commands}
}

// retryAll retries all letters and tells of each, by its event, what became of
// it.
func retryAll(t *testing.T, r *usersync.LetterRetry) map[string]usersync.Retried {
	t.Helper()
	told := map[string]usersync.Retried{}
	if err := r.All(t.Context(), usersync.LetterScope{}, func(one usersync.Retried) { told[one.Letter.EventID] = one }); err != nil {
		t.Fatal(err)
	}
	return told
}

func retriedLetters(t *testing.T, s Inspector) {
	s.Refuse("poison@x")
	for i := range 200 {
		bury(t, s, numberedLetter(i))
	}
	reread := func(n int) (*usersync.Delivery, error) {
		switch n {
		case 0: // still not understood, and for another reason
			l := numberedLetter(n)
			l.EventID, l.Reason, l.Detail, l.DueAt, l.Origin = "", "bad_field", "worse", Base+2*3600_000_000, usersync.OriginReplay
			return &usersync.Delivery{Letters: []usersync.DeadLetter{l}}, nil
		case 1:
			return nil, errors.New("no provider of that name")
		case 2: // the database takes it no more than before
			return delivery(withEmail(replayed(n), "poison@x")), nil
		case 3: // a whole request that is understood now, but for a part
			fine, poison := replayed(1003), withEmail(replayed(1004), "poison@x")
			return &usersync.Delivery{Commands: []usersync.Command{fine, poison}}, nil
		case 4:
			return &usersync.Delivery{Ignored: 1}, nil
		default:
			return delivery(replayed(n)), nil
		}
	}
	dry := retrying(s, reread)
	dry.Engine.DryRun = true
	before := fmt.Sprint(allLetters(t, s))
	told := retryAll(t, dry)
	if len(told) != 200 || !told["e5"].Gone || told["e5"].Outcome != usersync.OutcomeApplied || told["e0"].Gone || told["e0"].Why != "worse" {
		t.Errorf("tried dry: %d, %+v", len(told), told["e0"])
	}
	if len(s.Rows())+len(s.Claims()) != 0 || fmt.Sprint(allLetters(t, s)) != before {
		t.Error("a dry run changed something")
	}

	told = retryAll(t, retrying(s, reread))
	if len(told) != 200 {
		t.Errorf("%d told", len(told))
	}
	for event, want := range map[string]string{
		"e0": "dead_letter false worse", "e1": " false no provider of that name", "e3": "dead_letter true ", "e4": "ignored true ", "e5": "applied true ", "e199": "applied true ",
	} {
		if got := told[event]; fmt.Sprint(got.Outcome, " ", got.Gone, " ", got.Why) != want {
			t.Errorf("%s: %v %v %q, want %s", event, got.Outcome, got.Gone, got.Why, want)
		}
	}
	if two := told["e2"]; two.Gone || two.Outcome != usersync.OutcomeDeadLetter || two.Why != two.Letter.Detail || two.Letter.Reason != "refused" {
		t.Errorf("refused: %+v", two)
	}
	left := allLetters(t, s)
	if len(left) != 4 {
		t.Fatalf("%d letters left: %+v", len(left), left)
	}
	if l := left[0]; l.EventID != "e0" || l.Reason != "bad_field" || l.DueAt != Base+2*3600_000_000 || l.Origin != usersync.OriginLive || l.Seen != 1 || l.ReceivedAt != Base {
		t.Errorf("what stays: %+v", l)
	}
	if l := left[1]; l.EventID != "e1" || l.Reason != "r1" {
		t.Errorf("what could not be tried: %+v", l)
	}
	if l := left[2]; l.EventID != "e2" || l.Reason != "refused" || l.Seen != 1 || l.Headers["Content-Type"] != "application/json" || l.Origin != usersync.OriginLive {
		t.Errorf("what is refused: %+v", l)
	}
	if l := left[3]; l.EventID != "e1004" || l.Reason != "refused" || l.Origin != usersync.OriginLive || l.Seen != 0 {
		t.Errorf("the part of a whole: %+v", l)
	}
	if rows := s.Rows(); len(rows) != 196 {
		t.Errorf("%d rows", len(rows))
	}
	// Nothing is applied by trying again, and nothing else stays.
	again := retryAll(t, retrying(s, func(n int) (*usersync.Delivery, error) { return delivery(replayed(n)), nil }))
	if len(again) != 4 || len(allLetters(t, s)) != 0 {
		t.Errorf("%+v, left %+v", again, allLetters(t, s))
	}
}

// The sender repeated the event with another time, and that was applied. The
// letter of the first delivery must not be laid over what came later.
func retriedTooLate(t *testing.T, s Inspector) {
	named := func(event, name string, second int) usersync.Command {
		c := command1("u", event, usersync.KindUpdated, second)
		c.Fields[usersync.FieldName], c.Unstable = usersync.TextValue(name), true
		return c
	}
	bury(t, s, numberedLetter(0))
	applied := []usersync.Command{named("e0", "first", 1), named("later", "last", 2)}
	apply(t, Engine(s), applied...)
	late := named("e0", "first", 600)
	late.Payload, late.Origin = numberedLetter(0).Payload, usersync.OriginReplay
	told := retryAll(t, retrying(s, func(int) (*usersync.Delivery, error) { return delivery(late), nil }))
	if one := told["e0"]; !one.Settled() || one.Outcome != usersync.OutcomeDuplicate {
		t.Errorf("%+v", one)
	}
	compareFold(t, s, applied)
}

// A letter that names nobody tells, once it is understood, of somebody who was
// erased meanwhile: it goes, and brings nobody back.
func retriedErased(t *testing.T, s Inspector) {
	apply(t, Engine(s), command1("u", "e", usersync.KindCreated, 1))
	nobody, again := numberedLetter(0), numberedLetter(1)
	nobody.UserID = ""
	bury(t, s, nobody, again)
	erase(t, s, "u")
	told := retryAll(t, retrying(s, func(n int) (*usersync.Delivery, error) {
		if n == 1 { // understood no more than before, but it is known about whom it is
			l := again
			l.Provider, l.UserID = "p", "u"
			return &usersync.Delivery{Letters: []usersync.DeadLetter{l}}, nil
		}
		c := replayed(n)
		c.Provider, c.UserID = "p", "u"
		return delivery(c), nil
	}))
	for _, event := range []string{"e0", "e1"} {
		if one := told[event]; !one.Settled() || one.Outcome != usersync.OutcomeIgnored {
			t.Errorf("%s: %+v", event, one)
		}
	}
	nothingOf(t, s, "u")
	if left := allLetters(t, s); len(left) != 0 {
		t.Errorf("left: %+v", left)
	}
}

// Somebody is erased, and with them letters that name nobody, while these are tried
// again: those that are not understood or refused as before do not come back.
func retriedRemoved(t *testing.T, s Inspector) {
	s.Refuse("poison@x")
	for _, n := range []int{0, 2, 4} {
		l := numberedLetter(n)
		l.UserID = ""
		bury(t, s, l)
	}
	told := retryAll(t, retrying(s, func(n int) (*usersync.Delivery, error) {
		if n != 4 {
			done, err := s.Erase(t.Context(), usersync.UserKey{Provider: "p0", UserID: fmt.Sprint(n)}, Base)
			if err != nil || done.Mentions != 1 {
				t.Errorf("%+v, %v", done, err)
			}
		}
		if n == 2 {
			return delivery(withEmail(replayed(n), "poison@x")), nil
		}
		return &usersync.Delivery{Letters: []usersync.DeadLetter{numberedLetter(n)}}, nil
	}))
	for event, settled := range map[string]bool{"e0": true, "e2": true, "e4": false} {
		if one := told[event]; one.Settled() != settled {
			t.Errorf("%s: %+v", event, one)
		}
	}
	if left := allLetters(t, s); len(left) != 1 || left[0].EventID != "e4" {
		t.Errorf("left: %+v", left)
	}
}
