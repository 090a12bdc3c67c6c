package main

import (
	"encoding/json"

	"usersync/handlers"
	usersync "usersync/sync"
)

// explainResult is what explain prints.
type explainResult struct {
	Provider   string            `json:"provider"`
	UserID     string            `json:"user_id"`
	ID         string            `json:"id"`
	Row        bool              `json:"row"`
	CreatedAt  *handlers.Instant `json:"created_at,omitempty"`
	UpdatedAt  *handlers.Instant `json:"updated_at,omitempty"`
	Unreadable string            `json:"unreadable,omitempty"`
	Fields     []explainedField  `json:"fields"`
	Redacted   *explainedSource  `json:"redacted_by,omitempty"`
	Events     []explainedEvent  `json:"events"`
	More       bool              `json:"more_events"`
	Letters    []explainedLetter `json:"dead_letters"`
	Messages   []shownMessage    `json:"messages,omitempty"`
	Waiting    *explainedWait    `json:"waits_to_be_fetched,omitempty"`
	Erased     *handlers.Instant `json:"erased_at,omitempty"`
}

// explainedField is a column, and what set it.
type explainedField struct {
	Field  string `json:"field"`
	Value  any    `json:"value"`
	Hidden bool   `json:"shown_as_null,omitempty"`
	explainedSource
}

type explainedSource struct {
	Means    string            `json:"as"`
	At       *handlers.Instant `json:"at"`
	EventID  string            `json:"event_id,omitempty"`
	Kind     string            `json:"kind,omitempty"`
	Origin   string            `json:"origin,omitempty"`
	Received *handlers.Instant `json:"received_at,omitempty"`
}

type explainedEvent struct {
	At       *handlers.Instant `json:"occurred_at"` // nil: its time may change between deliveries and is not kept
	Kind     string            `json:"kind"`
	EventID  string            `json:"event_id"`
	Outcome  string            `json:"outcome"`
	Origin   string            `json:"origin"`
	Received *handlers.Instant `json:"received_at"`
}

type explainedLetter struct {
	ID        int64             `json:"id"`
	EventID   string            `json:"event_id,omitempty"`
	Reason    string            `json:"reason"`
	Detail    string            `json:"detail"`
	Origin    string            `json:"origin"`
	FirstSeen *handlers.Instant `json:"first_seen_at"`
	LastSeen  *handlers.Instant `json:"last_seen_at"`
	Seen      int64             `json:"seen"`
	DueAt     *handlers.Instant `json:"due_at,omitempty"`
}

type explainedWait struct {
	DueAt    *handlers.Instant `json:"due_at"`
	Attempts int               `json:"attempts"`
	Requests int64             `json:"requests"`
}

func explainResultOf(told *usersync.Explanation) *explainResult {
	r := &explainResult{
		Provider: told.Provider, UserID: told.UserID, ID: told.ID.String(), Row: told.Row,
		CreatedAt: instantOrNil(told.CreatedAt), UpdatedAt: instantOrNil(told.UpdatedAt), Unreadable: told.Unreadable,
		Fields: []explainedField{}, Events: []explainedEvent{}, Letters: []explainedLetter{}, More: told.More, Erased: instantOrNil(told.Erased),
	}
	for _, x := range told.Fields {
		r.Fields = append(r.Fields, explainedField{x.Field.String(), plainValue(x.Value), x.Hidden, sourceOf(&x.Source)})
	}
	if x := told.Access; x != nil {
		r.Fields = append(r.Fields, explainedField{"suspended", x.Value.True(), false, sourceOf(&x.Source)})
	}
	if x := told.Life; x != nil {
		var deleted any
		if x.Value.True() {
			deleted = instantOrNil(x.At)
		}
		r.Fields = append(r.Fields, explainedField{"deleted_at", deleted, false, sourceOf(&x.Source)})
	}
	if told.Floor != nil {
		floor := sourceOf(told.Floor)
		r.Redacted = &floor
	}
	for _, c := range told.Events {
		r.Events = append(r.Events, explainedEvent{instantOrNil(c.OccurredAt), c.Kind.String(), c.EventID, c.Outcome.String(), c.Origin.String(), instantOrNil(c.ReceivedAt)})
	}
	for _, l := range told.Letters {
		r.Letters = append(r.Letters, explainedLetter{l.ID, l.EventID, l.Reason, l.Detail, l.Origin, instantOrNil(l.FirstSeen), instantOrNil(l.LastSeen), l.Seen, instantOrNil(l.DueAt)})
	}
	for i := range told.Messages {
		r.Messages = append(r.Messages, shownMessageOf(&told.Messages[i]))
	}
	if w := told.Waiting; w != nil {
		r.Waiting = &explainedWait{instantOrNil(w.DueAt), w.Attempts, w.Requests}
	}
	return r
}

func sourceOf(s *usersync.Source) explainedSource {
	x := explainedSource{Means: s.Means, At: instantOrNil(s.At), EventID: s.Event}
	if s.Claim != nil {
		x.Kind, x.Origin, x.Received = s.Claim.Kind.String(), s.Claim.Origin.String(), instantOrNil(s.Claim.ReceivedAt)
	}
	return x
}

// plainValue is a value as JSON shows it.
func plainValue(v usersync.Value) any {
	switch v.Kind() {
	case usersync.Bool:
		return v.True()
	case usersync.Time:
		return handlers.Instant{Time: v.Micros().Time()}
	case usersync.Text:
		return v.Str()
	case usersync.JSON:
		if document, whole := v.Document(); whole {
			return json.RawMessage(document)
		}
	}
	return nil
}

// instantOrNil holds 0 to be no time.
func instantOrNil(at usersync.Micros) *handlers.Instant {
	if at == 0 {
		return nil
	}
	return &handlers.Instant{Time: at.Time()}
}
