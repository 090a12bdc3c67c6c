package dashboard

import (
	"net/http"
	"time"

	usersync "usersync/sync"
)

// eventView is what templates/event.html shows.
type eventView struct {
	eventLine
	AtExact, ReceivedExact string
	Unknown                string // why nothing can be told of what it did
	Stale                  string
	Redacts                bool
	Stands                 int
	Fields                 []fateView
	Unsaid                 []string // fields that neither it nor anything else tells of
}

// fateView is what became of a field.
type fateView struct {
	Field  string
	State  badge
	Says   string
	Holder *sourceView // nil if it holds the field itself, or nothing does
	Value  *valueView  // what the field shows now; nil if nothing is known of it
}

// valueBrief is how many bytes of a value stand on the page of an event.
const valueBrief = 200

func (d *Dashboard) event(r *http.Request) (sheet, error) {
	a := askedBy(r)
	key := usersync.ClaimKey{UserKey: a.user(), EventID: a.wanted("event"), OccurredAt: a.instant("at")}
	if a.err != nil {
		return sheet{}, a.err
	}
	claim, err := d.desk.Events.Event(r.Context(), key)
	if err != nil {
		return sheet{}, err
	}
	if claim == nil {
		return sheet{}, missing("no such event is kept: records of events are removed after a while, and with their user if that is erased")
	}
	told, err := d.desk.Explainer.Explain(r.Context(), key.UserKey, 1, 1)
	if err != nil {
		return sheet{}, err
	}
	return sheet{template: "event", title: "Event", body: viewEvent(claim, told, d.clock())}, nil
}

func viewEvent(claim *usersync.Claim, told *usersync.Explanation, now time.Time) eventView {
	account := usersync.Account(claim, told)
	v := eventView{
		eventLine: viewEventLine(claim, now), ReceivedExact: exact(claim.ReceivedAt),
		Unknown: account.Unknown, Redacts: account.Redacts, Stands: account.Stands(), Stale: staleWords[account.Stale],
	}
	if claim.OccurredAt != 0 {
		v.AtExact = exact(claim.OccurredAt)
	}
	for i := range account.Fields {
		x := &account.Fields[i]
		if x.Fate == usersync.FateUnsaid && x.Held == nil {
			v.Unsaid = append(v.Unsaid, columnOf(x.Field))
			continue
		}
		v.Fields = append(v.Fields, viewFate(claim, x, account.Redacts, now))
	}
	return v
}

var staleWords = map[usersync.Staleness]string{
	usersync.StaleNot:   "",
	usersync.StaleOlder: "When it came, everything that it carried was older than what the row held, or was known already. So it changed nothing, as it should.",
	usersync.StaleKnown: "When it came, the row knew it already: from another delivery of the same event, or from another part of it.",
}

// columnOf is the column in which a field shows.
func columnOf(f usersync.Field) string {
	switch f {
	case usersync.FieldAccess:
		return "suspended"
	case usersync.FieldLife:
		return "deleted_at"
	default:
		return f.String()
	}
}

func viewFate(claim *usersync.Claim, x *usersync.Accounts, redacts bool, now time.Time) fateView {
	v := fateView{Field: columnOf(x.Field), Holder: viewSource(x.Holder, now)}
	switch x.Fate {
	case usersync.FateStands:
		v.State, v.Says, v.Holder = badge{"good", "stands"}, "This event set it, and nothing newer has.", nil
		if x.Held.Hidden {
			v.State, v.Says = badge{"warn", "stands, hidden"}, "This event set it, but it shows as null: it was proved for an address from before."
		}
	case usersync.FateOvertaken:
		v.State, v.Says = badge{"info", "overtaken"}, "This event said something of it; now it is held by what is newer:"
	case usersync.FateOpen:
		v.State, v.Says = badge{"idle", "not known"}, "Whether this event said anything of it is not kept. If it did, that is overtaken by what holds it:"
		if claim.OccurredAt != 0 && x.Holder.At > claim.OccurredAt {
			v.State = badge{"info", "newer elsewhere"}
		}
	case usersync.FateDropped:
		v.State, v.Says = badge{"idle", "dropped"}, "Whatever this event said of it, a deletion that redacts has dropped:"
		if redacts {
			v.Says, v.Holder = "This event's own deletion drops whatever is known of it.", nil
		}
	case usersync.FateUnsaid:
		v.State, v.Says = badge{"idle", "said nothing"}, "This event said nothing of it: that would have won over what holds it:"
	case usersync.FateLost:
		v.State, v.Says = badge{"bad", "lost"}, "This event said something of it and the row does not know: the row was removed, or restored from an older copy, since. A reconcile repairs it."
	}
	if x.Held != nil {
		value := viewShown(x.Held, valueBrief)
		v.Value = &value
	}
	return v
}

// viewShown is what a column shows for a field.
func viewShown(x *usersync.Explained, most int) valueView {
	switch {
	case x.Hidden, x.Field == usersync.FieldLife && !x.Value.True():
		return valueView{Null: true}
	case x.Field == usersync.FieldLife:
		return valueView{Text: exact(x.At)}
	default:
		return viewValue(x.Value, most)
	}
}
