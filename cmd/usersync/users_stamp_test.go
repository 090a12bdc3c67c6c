package main

import (
	"net/http"
	"testing"
	"time"

	"usersync/handlers"
	usersync "usersync/sync"
)

// What was written wins over all that had been heard before, by whatever clock;
// what happens later wins over it; what was not written yields to newer facts.
func TestStampOfWhatWeCaused(t *testing.T) {
	t.Parallel()
	const second = usersync.Micros(1e6)
	const heard = 100*second + 700_000
	event := func(kind usersync.Kind, at usersync.Micros, name string) usersync.State {
		c := usersync.Command{Kind: kind, OccurredAt: at, EventID: "e"}
		c.Fields[usersync.FieldName] = usersync.TextValue(name)
		return usersync.Facts(&c)
	}
	before := event(usersync.KindUnbanned, heard, "newest")
	// A provider without updated_at: its answer is stamped with a whole second.
	answer := usersync.Command{Kind: usersync.KindUpdated, Origin: usersync.OriginHydrate, OccurredAt: 100 * second, Access: usersync.AccessBanned}
	answer.Fields[usersync.FieldName] = usersync.TextValue("from a copy that lags")
	answer.Fields[usersync.FieldEmail] = usersync.TextValue("a@b")
	answer.Fields[usersync.FieldEmailVerified] = usersync.BoolValue(true)
	change := handlers.UserChange{Access: usersync.AccessBanned}
	change.Fields[usersync.FieldEmail] = usersync.TextValue("A@b")

	alone := usersync.Join(before, usersync.Facts(&answer))
	if usersync.Project(&alone).Suspended {
		t.Fatal("the answer alone wins: the test proves nothing")
	}
	ours := caused(answer, change, heard)
	after := usersync.Join(alone, usersync.Facts(&ours))
	view := usersync.Project(&after)
	if !view.Suspended || view.Columns[usersync.FieldName].Str() != "newest" || view.Columns[usersync.FieldEmail].Str() != "a@b" || !view.Columns[usersync.FieldEmailVerified].True() {
		t.Errorf("after the write: %+v", view)
	}
	later := usersync.Join(after, event(usersync.KindUnbanned, heard+1, "newest"))
	if usersync.Project(&later).Suspended {
		t.Error("an event behind the write lost against it")
	}
}

// A ban right after an unban is a ban, though the clock of the provider's events
// is ahead of that of its API; its next event wins again.
func TestAppBansRightAfterAnUnban(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		s := newAppSite(t, databaseURL, nil)
		const id = "usr_0000001"
		s.event("authon", "user.unbanned", id, time.Now().Add(5*time.Second))
		s.ask("PATCH", "authon/"+id, `{"suspended":true}`).want(http.StatusOK, map[string]any{"suspended": true, "name": "Of An Event"})
		s.event("authon", "user.unbanned", id, time.Now().Add(6*time.Second))
		if row := s.rows()[0]; row.Suspended {
			t.Errorf("the later event lost: %+v", row)
		}
		// The provider shows a user whom an event had deleted: it lives.
		s.event("authon", "user.deleted", id, time.Now().Add(7*time.Second))
		s.ask("PATCH", "authon/"+id, `{"name":"Back"}`).want(http.StatusOK, map[string]any{"deleted_at": nil, "name": "Back"})
	})
}
