package dashboard

import (
	"net/http"
	"time"

	usersync "usersync/sync"
)

// What stands on the page of a user: so many events, which are looked for among so many of
// all users, and of a value so many bytes.
const (
	explainedEvents = 50
	explainedBack   = 2_000
	valueWhole      = 4 << 10
)

// userView is what templates/user.html shows.
type userView struct {
	Provider, UserID, ID string
	Exactly              string // the provider's id as it was sent, to be copied
	Row, Erased          bool
	ErasedAt             moment
	Created, Updated     moment
	Unreadable           string
	Columns              []columnView
	Unset                []string // columns that nobody has said anything of
	Redacted             *sourceView
	Events               []eventLine
	MoreEvents           string // path, "" if there are no others
	Letters              []buriedView
	AllLetters           string // path
	Messages             []messageView
	Waiting              *waitingView
	ErasePath            string
}

// columnView is a column and what set it.
type columnView struct {
	Column string
	Value  valueView
	Hidden string // the value that it has and does not show, "" of all others
	Source *sourceView
}

// buriedView is a dead letter of the user.
type buriedView struct {
	ID             int64
	Path           string
	Reason, Detail string
	EventID        string
	Seen           int64
	LastSeen, Due  moment
}

// messageView is a message that no receiver has taken.
type messageView struct {
	Action   string
	State    badge
	Attempts int
	At       moment
	Detail   string
}

// waitingView is that the user waits to be fetched.
type waitingView struct {
	Due      moment
	Attempts int
	Requests int64
}

func (d *Dashboard) user(r *http.Request) (sheet, error) {
	a := askedBy(r)
	key := a.user()
	if a.err != nil {
		return sheet{}, a.err
	}
	told, err := d.desk.Explainer.Explain(r.Context(), key, explainedEvents, explainedBack)
	if err != nil {
		return sheet{}, err
	}
	if told.Nothing() {
		return sheet{}, missing("nothing is known of this user: no row, no event, no dead letter. Look for them on the page of the users; the provider's own id is asked for here.")
	}
	return sheet{template: "user", title: "User", body: viewUser(told, d.clock())}, nil
}

func viewUser(told *usersync.Explanation, now time.Time) userView {
	v := userView{
		Provider: told.Provider, UserID: printable(told.UserID), ID: told.ID.String(), Exactly: told.UserID, Row: told.Row,
		Erased: told.Erased != 0, ErasedAt: microsMoment(told.Erased, now),
		Created: microsMoment(told.CreatedAt, now), Updated: microsMoment(told.UpdatedAt, now),
		Unreadable: told.Unreadable, Redacted: viewSource(told.Floor, now),
		ErasePath: pathTo("/users/erase", "provider", told.Provider, "user", told.UserID),
	}
	v.columns(told, now)
	for i := range told.Events {
		v.Events = append(v.Events, viewEventLine(&told.Events[i], now))
	}
	if told.More {
		v.MoreEvents = eventFilter{Provider: told.Provider, User: told.UserID}.path("")
	}
	for i := range told.Letters {
		l := &told.Letters[i]
		v.Letters = append(v.Letters, buriedView{
			ID: l.ID, Path: letterPath(l.ID), Reason: l.Reason, Detail: printable(l.Detail), EventID: printable(l.EventID),
			Seen: l.Seen, LastSeen: microsMoment(l.LastSeen, now), Due: microsMoment(l.DueAt, now),
		})
	}
	v.AllLetters = letterFilter{Provider: told.Provider, User: told.UserID}.path(0)
	for i := range told.Messages {
		m := &told.Messages[i]
		v.Messages = append(v.Messages, messageView{m.Action, messageBadge(m.Outcome), m.Attempts, microsMoment(m.At, now), printable(m.Detail)})
	}
	if w := told.Waiting; w != nil {
		v.Waiting = &waitingView{microsMoment(w.DueAt, now), w.Attempts, w.Requests}
	}
	return v
}

// columns shows the row: what is set and by what, and what is not.
func (v *userView) columns(told *usersync.Explanation, now time.Time) {
	set := map[usersync.Field]bool{}
	add := func(x *usersync.Explained) {
		set[x.Field] = true
		c := columnView{Column: columnOf(x.Field), Value: viewShown(x, valueWhole), Source: viewSource(&x.Source, now)}
		if x.Hidden {
			c.Hidden = viewValue(x.Value, valueWhole).Text
		}
		v.Columns = append(v.Columns, c)
	}
	for i := range told.Fields {
		add(&told.Fields[i])
	}
	if told.Access != nil {
		add(told.Access)
	}
	if told.Life != nil {
		add(told.Life)
	}
	if !told.Row || told.Unreadable != "" {
		return
	}
	for f := range usersync.NumFields {
		if !set[f] {
			v.Unset = append(v.Unset, columnOf(f))
		}
	}
}

func messageBadge(o usersync.MessageOutcome) badge {
	switch o {
	case usersync.MessageWaits:
		return badge{"info", "waits"}
	case usersync.MessageSent:
		return badge{"good", "sent"}
	default:
		return badge{"bad", "given up"}
	}
}
