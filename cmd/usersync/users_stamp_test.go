package main

import (
	"net/http"
	"testing"
	"time"

	"usersync/providers"
	usersync "usersync/sync"
)

// What was written wins over all that had been heard before, by whatever clock;
// what happens later wins over it; what was not written yields to newer facts.
func TestStampOfWhatWeCaused(t *testing.T) {
	t.Parallel()
	const second = usersync.Micros(1e6)
	const heardAt = 100*second + 700_000
	event := func(kind usersync.Kind, at usersync.Micros, name string) usersync.State {
		c := usersync.Command{Kind: kind, OccurredAt: at, EventID: "e"}
		c.Fields[usersync.FieldName] = usersync.TextValue(name)
		return usersync.Facts(&c)
	}
	before := event(usersync.KindUnbanned, heardAt, "newest")
	// A provider without updated_at: its answer is stamped with a whole second.
	answer := usersync.Command{Kind: usersync.KindUpdated, Origin: usersync.OriginHydrate, OccurredAt: 100 * second, Access: usersync.AccessBanned}
	answer.Fields[usersync.FieldName] = usersync.TextValue("from a copy that lags")
	answer.Fields[usersync.FieldEmail] = usersync.TextValue("a@b")
	answer.Fields[usersync.FieldEmailVerified] = usersync.BoolValue(true)
	wrote := providers.UserWrite{Access: usersync.AccessBanned}
	wrote.Fields[usersync.FieldEmail] = usersync.TextValue("A@b")

	alone := usersync.Join(before, usersync.Facts(&answer))
	if usersync.Project(&alone).Suspended {
		t.Fatal("the answer alone wins: the test proves nothing")
	}
	known := heard{}
	known.add(usersync.Command{Kind: usersync.KindUnbanned, OccurredAt: heardAt})
	after := alone
	for _, ours := range caused(answer, wrote, known) {
		after = usersync.Join(after, usersync.Facts(&ours))
	}
	view := usersync.Project(&after)
	if !view.Suspended || view.Columns[usersync.FieldName].Str() != "newest" || view.Columns[usersync.FieldEmail].Str() != "a@b" || !view.Columns[usersync.FieldEmailVerified].True() {
		t.Errorf("after the write: %+v", view)
	}
	later := usersync.Join(after, event(usersync.KindUnbanned, heardAt+1, "newest"))
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

// Each column is stamped behind what was heard of it, and not of others: an
// event far ahead about the name does not let a ban outlive the unban after it.
func TestCausedStampsColumnsOnTheirOwn(t *testing.T) {
	t.Parallel()
	answer := usersync.Command{Kind: usersync.KindUpdated, Origin: usersync.OriginHydrate, OccurredAt: 100, Access: usersync.AccessBanned}
	wrote := providers.UserWrite{Access: usersync.AccessBanned}
	for _, f := range []usersync.Field{usersync.FieldName, usersync.FieldPhone} {
		answer.Fields[f], wrote.Fields[f] = usersync.TextValue("n"), usersync.TextValue("n")
	}
	before := heard{deleted: true}
	before.at[usersync.FieldName], before.at[usersync.FieldAccess], before.at[usersync.FieldPhone], before.at[usersync.FieldLife] = 900, 100, 99, 300
	facts := usersync.State{}
	for _, c := range caused(answer, wrote, before) {
		facts = usersync.Join(facts, usersync.Facts(&c))
	}
	at := func(f usersync.Field) usersync.Micros { return facts.Registers[f].Stamp.At }
	if at(usersync.FieldName) != 901 || at(usersync.FieldAccess) != 101 || at(usersync.FieldPhone) != 0 || at(usersync.FieldLife) != 301 {
		t.Errorf("%+v", facts.Registers)
	}
	before.deleted = false
	for _, c := range caused(answer, wrote, before) {
		if facts := usersync.Facts(&c); facts.Registers[usersync.FieldLife].Value.Present() {
			t.Error("nobody had heard of a deletion, and life is asserted")
		}
	}
}

// A deletion behind a write holds, though an event about the profile was dated
// ahead of it.
func TestAppLosesNoDeletion(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		s := newAppSite(t, databaseURL, nil)
		const id = "usr_0000001"
		s.event("authon", "user.updated", id, time.Now().Add(4*time.Minute))
		s.ask("PATCH", "authon/"+id, `{"name":"n"}`).want(http.StatusOK, map[string]any{"name": "n"})
		s.event("authon", "user.deleted", id, time.Now().Add(time.Second))
		if s.rows()[0].DeletedAt == nil {
			t.Error("the deletion was lost")
		}
	})
}
