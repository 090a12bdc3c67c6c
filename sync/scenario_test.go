package usersync_test

import (
	"testing"

	usersync "usersync/sync"
)

// event makes a command at a second of the story.
func event(second int, kind usersync.Kind, change ...func(*usersync.Command)) usersync.Command {
	c := usersync.Command{
		UserKey:    usersync.UserKey{Provider: "authon", UserID: "usr_1"},
		EventID:    kind.String() + string(rune('a'+second)),
		Kind:       kind,
		OccurredAt: at(second),
		ReceivedAt: at(second),
	}
	for _, apply := range change {
		apply(&c)
	}
	return c
}

func at(second int) usersync.Micros { return usersync.Micros(second) * 1_000_000 }

func with(f usersync.Field, v usersync.Value) func(*usersync.Command) {
	return func(c *usersync.Command) { c.Fields[f] = v }
}

func email(s string) func(*usersync.Command) {
	return with(usersync.FieldEmail, usersync.TextValue(s))
}
func verified(b bool) func(*usersync.Command) {
	return with(usersync.FieldEmailVerified, usersync.BoolValue(b))
}
func flag(a usersync.Access) func(*usersync.Command) {
	return func(c *usersync.Command) { c.Access = a }
}
func status(l usersync.Life) func(*usersync.Command) { return func(c *usersync.Command) { c.Life = l } }
func origin(o usersync.Origin) func(*usersync.Command) {
	return func(c *usersync.Command) { c.Origin = o }
}
func redact(c *usersync.Command)                { c.Redact = true }
func named(id string) func(*usersync.Command)   { return func(c *usersync.Command) { c.EventID = id } }
func sequence(n uint64) func(*usersync.Command) { return func(c *usersync.Command) { c.Sequence = n } }
func updated(m usersync.Micros) func(*usersync.Command) {
	return func(c *usersync.Command) { c.UpdatedAt = m }
}

const (
	created   = usersync.KindCreated
	changed   = usersync.KindUpdated
	removed   = usersync.KindDeleted
	banned    = usersync.KindBanned
	unbanned  = usersync.KindUnbanned
	isBanned  = usersync.AccessBanned
	notBanned = usersync.AccessUnbanned
)

// Each story is told in the given order and backwards; both must end as told.
func TestStories(t *testing.T) {
	t.Parallel()
	null, text, yes := usersync.NullValue(), usersync.TextValue, usersync.BoolValue(true)
	listed := origin(usersync.OriginBackfill)
	reason := func(s string) func(*usersync.Command) { return with(usersync.FieldSuspendedReason, text(s)) }
	until := func(second int) func(*usersync.Command) {
		return with(usersync.FieldSuspendedUntil, usersync.TimeValue(at(second)))
	}
	type shown map[usersync.Field]usersync.Value

	for name, story := range map[string]struct {
		events    []usersync.Command
		columns   shown
		suspended bool
		deletedAt int // 0: alive
	}{
		"a delete before its create leaves a tombstone": {
			events:    []usersync.Command{event(9, removed), event(1, created, email("a@x")), event(5, changed, email("b@x"))},
			columns:   shown{usersync.FieldEmail: text("b@x")},
			deletedAt: 9,
		},
		"an update, a ban or a sign-in never revives": {
			events:    []usersync.Command{event(5, removed), event(6, changed, email("a@x")), event(7, banned), event(8, changed, flag(usersync.AccessCleared))},
			columns:   shown{usersync.FieldEmail: text("a@x")},
			deletedAt: 5,
		},
		"a newer create revives": {
			events:  []usersync.Command{event(5, removed), event(6, created, email("a@x"))},
			columns: shown{usersync.FieldEmail: text("a@x")},
		},
		"deleted wins the tie with created": {
			events:    []usersync.Command{event(5, removed), event(5, created)},
			deletedAt: 5,
		},
		"banned wins the tie with unbanned": {
			events:    []usersync.Command{event(5, banned, reason("spam")), event(5, unbanned)},
			columns:   shown{usersync.FieldSuspendedAt: usersync.TimeValue(at(5)), usersync.FieldSuspendedReason: text("spam")},
			suspended: true,
		},
		"an update wins the tie with a create": {
			events:  []usersync.Command{event(5, created, email("old@x"), named("z")), event(5, changed, email("new@x"), named("a"))},
			columns: shown{usersync.FieldEmail: text("new@x")},
		},
		"the payload's own updated_at decides between updates of one instant": {
			events:  []usersync.Command{event(5, changed, email("old@x"), named("z"), updated(at(3))), event(5, changed, email("new@x"), named("a"), updated(at(4)))},
			columns: shown{usersync.FieldEmail: text("new@x")},
		},
		"a sequence number stands before the event id": {
			events:  []usersync.Command{event(5, changed, email("old@x"), named("z"), sequence(1)), event(5, changed, email("new@x"), named("a"), sequence(2))},
			columns: shown{usersync.FieldEmail: text("new@x")},
		},
		"partial events fill in each other's gaps": {
			events:  []usersync.Command{event(1, created, email("a@x")), event(3, changed, with(usersync.FieldName, text("Ann"))), event(2, changed, with(usersync.FieldPhone, text("1")))},
			columns: shown{usersync.FieldEmail: text("a@x"), usersync.FieldName: text("Ann"), usersync.FieldPhone: text("1")},
		},
		"null clears, absent says nothing, empty is a value": {
			events:  []usersync.Command{event(1, created, email("a@x"), with(usersync.FieldName, text("Ann")), with(usersync.FieldPhone, text("1"))), event(2, changed, with(usersync.FieldName, null), with(usersync.FieldPhone, text("")))},
			columns: shown{usersync.FieldEmail: text("a@x"), usersync.FieldName: null, usersync.FieldPhone: text("")},
		},
		"the kind wins over the flag in its payload": {
			events:    []usersync.Command{event(1, banned, flag(notBanned))},
			columns:   shown{usersync.FieldSuspendedAt: usersync.TimeValue(at(1))},
			suspended: true,
		},
		"a late update with an old flag does not lift a ban": {
			events:    []usersync.Command{event(5, banned), event(4, changed, flag(notBanned))},
			columns:   shown{usersync.FieldSuspendedAt: usersync.TimeValue(at(5))},
			suspended: true,
		},
		"an update without a flag leaves the ban": {
			events:    []usersync.Command{event(5, banned), event(6, changed, email("a@x"))},
			columns:   shown{usersync.FieldEmail: text("a@x"), usersync.FieldSuspendedAt: usersync.TimeValue(at(5))},
			suspended: true,
		},
		"unbanned clears the details, a bare flag does not touch them": {
			events:  []usersync.Command{event(1, banned, reason("spam"), until(99)), event(2, unbanned), event(3, changed, flag(isBanned)), event(4, changed, flag(notBanned))},
			columns: shown{},
		},
		"a bare flag alone keeps the details of the ban before": {
			events:  []usersync.Command{event(1, banned, reason("spam")), event(2, changed, flag(notBanned))},
			columns: shown{usersync.FieldSuspendedAt: usersync.TimeValue(at(1)), usersync.FieldSuspendedReason: text("spam")},
		},
		"a second ban does not inherit the end of the first": {
			events:    []usersync.Command{event(1, banned, until(99), reason("spam")), event(2, banned)},
			columns:   shown{usersync.FieldSuspendedAt: usersync.TimeValue(at(2))},
			suspended: true,
		},
		"a sign-in that proves the ban lifted": {
			events:  []usersync.Command{event(1, banned, reason("spam")), event(2, changed, flag(usersync.AccessCleared))},
			columns: shown{},
		},
		"a status can say deleted": {
			events:    []usersync.Command{event(1, created), event(2, changed, status(usersync.LifeDeleted))},
			deletedAt: 2,
		},
		"a new address is not verified by the old one's proof": {
			events:  []usersync.Command{event(1, created, email("a@x"), verified(true)), event(2, changed, email("b@x"))},
			columns: shown{usersync.FieldEmail: text("b@x")},
		},
		"verification that came with or after the address shows": {
			events:  []usersync.Command{event(1, created, email("a@x")), event(2, changed, verified(true))},
			columns: shown{usersync.FieldEmail: text("a@x"), usersync.FieldEmailVerified: yes},
		},
		"a ban of an unknown user creates the row": {
			events:    []usersync.Command{event(1, banned)},
			columns:   shown{usersync.FieldSuspendedAt: usersync.TimeValue(at(1))},
			suspended: true,
		},
		"a listed user yields to any event of the same instant": {
			events:    []usersync.Command{event(5, changed, listed, email("list@x"), flag(notBanned)), event(5, created, email("event@x")), event(5, banned)},
			columns:   shown{usersync.FieldEmail: text("event@x"), usersync.FieldSuspendedAt: usersync.TimeValue(at(5))},
			suspended: true,
		},
		"a listed user repairs what was lost, and is alive": {
			events:  []usersync.Command{event(1, created, email("a@x")), event(2, removed), event(5, changed, listed, email("b@x"), flag(notBanned))},
			columns: shown{usersync.FieldEmail: text("b@x")},
		},
		"a listed user whose status says deleted is deleted": {
			events:    []usersync.Command{event(5, changed, listed, status(usersync.LifeDeleted))},
			deletedAt: 5,
		},
		"a redacting delete drops the profile, also its own and what comes late": {
			events:    []usersync.Command{event(1, created, email("a@x"), with(usersync.FieldMetadata, usersync.JSONValue(`{}`))), event(5, removed, redact, email("a@x")), event(3, changed, with(usersync.FieldName, text("Ann"))), event(4, banned, reason("Ann was rude"))},
			columns:   shown{usersync.FieldSuspendedAt: usersync.TimeValue(at(4))},
			suspended: true,
			deletedAt: 5,
		},
		"what is known after a redaction stays": {
			events:  []usersync.Command{event(1, created, email("a@x")), event(5, removed, redact), event(6, created, email("b@x"))},
			columns: shown{usersync.FieldEmail: text("b@x")},
		},
		"a redacting deletion seen in a list drops the profile it carries": {
			events:    []usersync.Command{event(1, created, email("a@x")), event(5, changed, listed, email("a@x"), status(usersync.LifeDeleted), redact)},
			deletedAt: 5,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var forth, back usersync.State
			for i := range story.events {
				forth = usersync.Join(forth, usersync.Facts(&story.events[i]))
				back = usersync.Join(back, usersync.Facts(&story.events[len(story.events)-1-i]))
			}
			if !forth.Equal(back) {
				t.Fatalf("forth %+v\nback %+v", forth, back)
			}
			want := usersync.View{Suspended: story.suspended, DeletedAt: null}
			for f := range want.Columns {
				want.Columns[f] = null
			}
			for f, v := range story.columns {
				want.Columns[f] = v
			}
			if story.deletedAt != 0 {
				want.DeletedAt = usersync.TimeValue(at(story.deletedAt))
			}
			if got := usersync.Project(&forth); !got.Equal(&want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}
