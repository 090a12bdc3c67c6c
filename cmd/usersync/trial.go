package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"usersync/internal/report"
	"usersync/providers"
	usersync "usersync/sync"
)

// trial is what definitions test prints.
type trial struct {
	Definition string           `json:"definition"`
	Request    trialRequest     `json:"request"`
	Handshake  *providers.Reply `json:"handshake,omitempty"`
	providers.Trace
	Commands []trialCommand `json:"commands"`
	Letters  []trialLetter  `json:"dead_letters"`
	Messages []trialMessage `json:"messages"`
	Ignored  int            `json:"ignored"`
	Rows     []trialRow     `json:"rows"`
}

type trialRequest struct {
	Method  string         `json:"method"`
	Path    string         `json:"path"`
	Headers []string       `json:"headers"`
	Bytes   int            `json:"body_bytes"`
	At      report.Instant `json:"received_at"`
}

type trialCommand struct {
	Kind    string          `json:"kind"`
	UserID  string          `json:"user_id"`
	EventID string          `json:"event_id"`
	At      *report.Instant `json:"occurred_at"`
	Fields  map[string]any  `json:"fields"`
	Access  string          `json:"access,omitempty"`
	Life    string          `json:"life,omitempty"`
	Thin    bool            `json:"fetched_too,omitempty"`
}

type trialLetter struct {
	Reason  string `json:"reason"`
	Detail  string `json:"detail"`
	EventID string `json:"event_id,omitempty"`
	UserID  string `json:"user_id,omitempty"`
}

// trialMessage is the call of an action, which is not made.
type trialMessage struct {
	Action string          `json:"action"`
	Body   json.RawMessage `json:"body"`
}

// trialRow is what an empty table shows of a user after the request.
type trialRow struct {
	UserID  string         `json:"provider_user_id"`
	Columns map[string]any `json:"columns"`
	names   []string
}

func newTrial(provider *providers.Provider, r recordedRequest, at time.Time) *trial {
	request := providers.Request{Header: r.header, Body: r.body, ReceivedAt: at}
	t := &trial{
		Definition: provider.Definition(),
		Request:    trialRequest{r.method, r.path, slices.Sorted(maps.Keys(r.header)), len(r.body), report.Instant{Time: at}},
		Commands:   []trialCommand{}, Letters: []trialLetter{}, Messages: []trialMessage{}, Rows: []trialRow{},
	}
	if reply, ok := provider.Handshake(r.method, request); ok {
		t.Handshake = &reply
		if r.method == http.MethodPost { // which is verified first; the others cannot be
			t.Trace = *provider.TraceProof(request)
		} else {
			t.Trace = providers.Trace{Checks: []providers.CheckStep{}, Steps: []providers.Step{}, Delivery: &usersync.Delivery{}}
		}
		return t
	}
	t.Trace = *provider.Trace(request)
	d := t.Delivery
	t.Ignored = d.Ignored
	for i := range d.Commands {
		t.Commands = append(t.Commands, trialCommandOf(&d.Commands[i]))
	}
	for _, l := range d.Letters {
		t.Letters = append(t.Letters, trialLetter{l.Reason, l.Detail, l.EventID, l.UserID})
	}
	for _, m := range d.Messages {
		t.Messages = append(t.Messages, trialMessage{m.Action, m.Body})
	}
	t.Rows = trialRows(d.Commands)
	return t
}

// passed reports whether the request is proven and wholly understood.
func (t *trial) passed() bool { return t.Rejected == "" && len(t.Letters) == 0 }

func trialCommandOf(c *usersync.Command) trialCommand {
	shown := trialCommand{
		Kind: c.Kind.String(), UserID: c.UserID, EventID: c.EventID, At: report.InstantOf(c.OccurredAt), Fields: map[string]any{}, Thin: c.Thin,
	}
	for f, v := range c.Fields {
		if v.Present() {
			shown.Fields[usersync.Field(f).String()] = report.Plain(v)
		}
	}
	switch c.Access {
	case usersync.AccessBanned:
		shown.Access = "banned"
	case usersync.AccessUnbanned, usersync.AccessCleared:
		shown.Access = "unbanned"
	}
	switch c.Life {
	case usersync.LifeAlive:
		shown.Life = "alive"
	case usersync.LifeDeleted:
		shown.Life = "deleted"
	}
	return shown
}

// trialRows merges the commands into what is known of nobody yet.
func trialRows(commands []usersync.Command) []trialRow {
	states := map[string]usersync.State{}
	order := []string{}
	for i := range commands {
		c := &commands[i]
		if _, seen := states[c.UserID]; !seen {
			order = append(order, c.UserID)
		}
		states[c.UserID] = usersync.Join(states[c.UserID], usersync.Facts(c))
	}
	rows := []trialRow{}
	for _, id := range order {
		state := states[id]
		view := usersync.Project(&state)
		row := trialRow{UserID: id, Columns: map[string]any{}}
		add := func(name string, value any) {
			row.Columns[name] = value
			row.names = append(row.names, name)
		}
		for f, v := range view.Columns {
			add(usersync.Field(f).String(), report.Plain(v))
		}
		add("suspended", view.Suspended)
		add("deleted_at", report.Plain(view.DeletedAt))
		rows = append(rows, row)
	}
	return rows
}

// text writes the trial for a person.
func (t *trial) text(w io.Writer) {
	fmt.Fprintf(w, "definition  %s\n", t.Definition)
	fmt.Fprintf(w, "request     %s %s, a body of %d bytes, received at %s\n", t.Request.Method, visibleLine(t.Request.Path), t.Request.Bytes, shownInstant(&t.Request.At))
	for _, c := range t.Checks {
		fmt.Fprintf(w, "verify      %s\n", c.Scheme)
		if c.Signed != "" {
			fmt.Fprintf(w, "            signed: %s\n", visibleLine(c.Signed))
		}
		fmt.Fprintf(w, "            %s\n", strings.TrimSuffix(c.Result+": "+visibleLine(c.Detail), ": "))
	}
	switch {
	case t.Rejected != "":
		fmt.Fprintf(w, "            REFUSED, %s; what follows is read as if it were proven\n", visibleLine(t.Rejected))
		if strings.HasPrefix(t.Rejected, providers.ReasonTooOld) || strings.HasPrefix(t.Rejected, providers.ReasonTooNew) {
			fmt.Fprintln(w, "            --at says when it arrived; if the time is far off, look at the format of the timestamp")
		}
	}
	if t.Handshake != nil {
		fmt.Fprintf(w, "handshake   answered with %d %s\n", t.Handshake.Status, visibleLine(string(t.Handshake.Body)))
		return
	}
	t.stepsText(w)
	t.outcomeText(w)
}

func (t *trial) stepsText(w io.Writer) {
	event := 0
	var rows [][]string
	flush := func() {
		if len(rows) > 0 {
			fmt.Fprintf(w, "\nEvent %d:\n", event)
			writeTable(w, rows)
		}
		rows = nil
	}
	for _, s := range t.Steps {
		if s.Event != event {
			flush()
			event = s.Event
			rows = [][]string{{"KEY", "AT", "VALUE", "NOTE"}}
		}
		value := s.Found
		if s.Value != nil {
			value = visibleLine(string(s.Value))
		}
		rows = append(rows, []string{s.What, visibleLine(s.From), value, visibleLine(s.Note)})
	}
	flush()
}

func (t *trial) outcomeText(w io.Writer) {
	fmt.Fprintln(w)
	for _, c := range t.Commands {
		fmt.Fprintf(w, "command     %s of user %s, event %s at %s\n", c.Kind, visibleLine(c.UserID), visibleLine(c.EventID), shownInstant(c.At))
		if c.Thin {
			fmt.Fprintln(w, "            the user is fetched too")
		}
	}
	for _, m := range t.Messages {
		fmt.Fprintf(w, "message     to %s, not sent: %s\n", m.Action, visibleLine(string(m.Body)))
	}
	for _, l := range t.Letters {
		fmt.Fprintf(w, "dead letter %s: %s\n", l.Reason, visibleLine(l.Detail))
	}
	if t.Ignored > 0 {
		fmt.Fprintf(w, "ignored     %s\n", count(t.Ignored, "event"))
	}
	for _, r := range t.Rows {
		fmt.Fprintf(w, "\nThe row of user %s:\n", visibleLine(r.UserID))
		rows := [][]string{}
		for _, name := range r.names {
			rows = append(rows, []string{name, visibleLine(shownValue(r.Columns[name]))})
		}
		writeTable(w, rows)
	}
}
