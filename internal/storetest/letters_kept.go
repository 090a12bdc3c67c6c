package storetest

import (
	"testing"

	usersync "usersync/sync"
)

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
