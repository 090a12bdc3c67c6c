package report

import usersync "usersync/sync"

// Explanation is what is known of a user, and which event said so.
type Explanation struct {
	Provider   string         `json:"provider"`
	UserID     string         `json:"user_id"`
	ID         string         `json:"id"`
	Row        bool           `json:"row"`
	CreatedAt  *Instant       `json:"created_at,omitempty"`
	UpdatedAt  *Instant       `json:"updated_at,omitempty"`
	Unreadable string         `json:"unreadable,omitempty"`
	Fields     []Field        `json:"fields"`
	Redacted   *Source        `json:"redacted_by,omitempty"`
	Events     []Event        `json:"events"`
	More       bool           `json:"more_events"`
	Letters    []BuriedLetter `json:"dead_letters"`
	Messages   []Message      `json:"messages,omitempty"`
	Waiting    *Wait          `json:"waits_to_be_fetched,omitempty"`
	Erased     *Instant       `json:"erased_at,omitempty"`
}

// Field is a column, and what set it.
type Field struct {
	Field  string `json:"field"`
	Value  any    `json:"value"`
	Hidden bool   `json:"shown_as_null,omitempty"`
	Source
}

// Source is what set a column.
type Source struct {
	Means    string   `json:"as"`
	At       *Instant `json:"at"`
	EventID  string   `json:"event_id,omitempty"`
	Kind     string   `json:"kind,omitempty"`
	Origin   string   `json:"origin,omitempty"`
	Received *Instant `json:"received_at,omitempty"`
}

// BuriedLetter is a dead letter of a user, without what it holds.
type BuriedLetter struct {
	ID        int64    `json:"id"`
	EventID   string   `json:"event_id,omitempty"`
	Reason    string   `json:"reason"`
	Detail    string   `json:"detail"`
	Origin    string   `json:"origin"`
	FirstSeen *Instant `json:"first_seen_at"`
	LastSeen  *Instant `json:"last_seen_at"`
	Seen      int64    `json:"seen"`
	DueAt     *Instant `json:"due_at,omitempty"`
}

// Wait is how long a user waits to be fetched.
type Wait struct {
	DueAt    *Instant `json:"due_at"`
	Attempts int      `json:"attempts"`
	Requests int64    `json:"requests"`
}

// ExplanationOf shows what was told of a user.
func ExplanationOf(told *usersync.Explanation) *Explanation {
	r := &Explanation{
		Provider: told.Provider, UserID: told.UserID, ID: told.ID.String(), Row: told.Row,
		CreatedAt: InstantOf(told.CreatedAt), UpdatedAt: InstantOf(told.UpdatedAt), Unreadable: told.Unreadable,
		Fields: fieldsOf(told, func(*usersync.Source) bool { return true }), Events: []Event{}, Letters: []BuriedLetter{}, More: told.More, Erased: InstantOf(told.Erased),
	}
	if told.Floor != nil {
		floor := sourceOf(told.Floor)
		r.Redacted = &floor
	}
	for i := range told.Events {
		r.Events = append(r.Events, eventOf(&told.Events[i]))
	}
	for _, l := range told.Letters {
		r.Letters = append(r.Letters, BuriedLetter{l.ID, l.EventID, l.Reason, l.Detail, l.Origin, InstantOf(l.FirstSeen), InstantOf(l.LastSeen), l.Seen, InstantOf(l.DueAt)})
	}
	for i := range told.Messages {
		r.Messages = append(r.Messages, MessageOf(&told.Messages[i]))
	}
	if w := told.Waiting; w != nil {
		r.Waiting = &Wait{InstantOf(w.DueAt), w.Attempts, w.Requests}
	}
	return r
}

// fieldsOf are the columns, then suspended and deleted_at: those that a source set
// which is wanted.
func fieldsOf(told *usersync.Explanation, wanted func(*usersync.Source) bool) []Field {
	fields := []Field{}
	for i := range told.Fields {
		if x := &told.Fields[i]; wanted(&x.Source) {
			fields = append(fields, Field{x.Field.String(), Plain(x.Value), x.Hidden, sourceOf(&x.Source)})
		}
	}
	if x := told.Access; x != nil && wanted(&x.Source) {
		fields = append(fields, Field{"suspended", x.Value.True(), false, sourceOf(&x.Source)})
	}
	if x := told.Life; x != nil && wanted(&x.Source) {
		var deleted any
		if x.Value.True() {
			deleted = InstantOf(x.At)
		}
		fields = append(fields, Field{"deleted_at", deleted, false, sourceOf(&x.Source)})
	}
	return fields
}

func sourceOf(s *usersync.Source) Source {
	x := Source{Means: s.Means, At: InstantOf(s.At), EventID: s.Event}
	if s.Claim != nil {
		x.Kind, x.Origin, x.Received = s.Claim.Kind.String(), s.Claim.Origin.String(), InstantOf(s.Claim.ReceivedAt)
	}
	return x
}
