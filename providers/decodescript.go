package providers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	usersync "usersync/sync"
)

// The reasons for a dead letter of a script. Those of a Runner's errors come with them.
const (
	scriptError       = "script_error"
	scriptUnavailable = "script_unavailable"
)

// scriptAgain is when a script is tried again that could not be run.
const scriptAgain = 30 * time.Second

// outcome is what a script leaves.
type outcome struct {
	Result json.RawMessage `json:"result"`
	Calls  []struct {
		Action string          `json:"action"`
		With   json.RawMessage `json:"with"`
	} `json:"calls"`
}

// decodeScript reads one event by the script. All that it says is taken, or nothing.
func (p *Provider) decodeScript(d *usersync.Delivery, r Request, proof Proof, one part, headers map[string]string) {
	run := &scriptRun{Provider: p, request: r, proof: proof, part: one, headers: headers}
	wrong := run.decode()
	if wrong == nil {
		d.Commands = append(d.Commands, run.commands...)
		d.Messages = append(d.Messages, run.messages...)
		if len(run.commands) == 0 {
			d.Ignored++
		}
		return
	}
	letter := p.letter(r, one, headers, wrong)
	letter.UserID, letter.DueAt = run.failed.UserID, run.due
	d.Letters = append(d.Letters, letter)
}

// setAside keeps an event for later, of a request whose events before it took so long that
// its sender has gone, and that others wait for the workers.
func (p *Provider) setAside(d *usersync.Delivery, r Request, one part, headers map[string]string) {
	run := &scriptRun{Provider: p, request: r}
	letter := p.letter(r, one, headers, run.unavailable(p.script.file+": the events before it in its request took all the time that there is"))
	letter.DueAt = run.due
	d.Letters = append(d.Letters, letter)
}

// scriptRun is one run of a script, and what comes of it.
type scriptRun struct {
	*Provider
	request Request
	proof   Proof
	part    part
	headers map[string]string

	commands []usersync.Command
	messages []usersync.Message
	ids      map[string]int   // how often an event id was taken
	sent     map[string]int   // how often an action was called for one
	failed   usersync.Command // the one that was not understood, as far as it was
	due      usersync.Micros
}

func (s *scriptRun) decode() *problem {
	left, wrong := s.run()
	if wrong != nil {
		return wrong
	}
	s.ids, s.sent = map[string]int{}, map[string]int{}
	base := hashID(s.part.doc)
	if len(left.Result) > 0 && string(left.Result) != "null" {
		event, wrong := s.resultOf(left.Result)
		if wrong == nil {
			wrong = s.command(event, base)
		}
		if wrong != nil {
			return wrong
		}
		base, _ = eventIDOf(event.data, base) // command has refused a wrong one
	}
	for _, call := range left.Calls {
		if wrong := s.call(call.Action, call.With, base); wrong != nil {
			return wrong
		}
	}
	return nil
}

// run runs the script.
func (s *scriptRun) run() (left outcome, wrong *problem) {
	if s.script.Runner == nil {
		return left, s.unavailable("scripts are not run here")
	}
	headers, err := json.Marshal(shownHeaders(s.headers))
	if err != nil {
		return left, &problem{scriptError, "the headers are no JSON"}
	}
	var input bytes.Buffer
	encoder := json.NewEncoder(&input)
	encoder.SetEscapeHTML(false) // it makes six bytes of one
	err = encoder.Encode(map[string]any{
		"globals": map[string]json.RawMessage{"body": json.RawMessage(s.part.doc), "headers": headers},
		"actions": s.script.actions,
		"clock":   s.clock().UnixMilli(),
	})
	if err != nil {
		return left, &problem{scriptError, "the event is no JSON"}
	}
	raw, err := s.script.Runner.Run(context.Background(), s.script.file, s.script.text, input.Bytes(), s.script.Limit)
	var blamed interface {
		error
		Reason() string
	}
	switch {
	case errors.As(err, &blamed):
		return left, &problem{blamed.Reason(), blamed.Error()}
	case err != nil:
		return left, s.unavailable(err.Error())
	}
	if err := json.Unmarshal(raw, &left); err != nil {
		return left, &problem{scriptError, s.script.file + ": what it leaves cannot be read"}
	}
	return left, nil
}

// unavailable is trouble of our own, which passes.
func (s *scriptRun) unavailable(detail string) *problem {
	s.due = usersync.MicrosOf(s.request.ReceivedAt.Add(scriptAgain))
	return &problem{scriptUnavailable, detail}
}

// clock is what the script's clock shows: the signed time, else when the delivery first
// came. Run again, it is the same.
func (s *scriptRun) clock() time.Time {
	if v := (signedTime{}).eval(s.reading(nil, s.proof)); v.kind == instant {
		return v.at.Time()
	}
	return receivedAt(s.headers, s.request)
}

// resultOf reads result = {event, data}.
func (s *scriptRun) resultOf(raw json.RawMessage) (event said, wrong *problem) {
	if !begins(string(raw), '{') {
		return event, &problem{scriptError, s.script.file + ": result must be {event, data}, or null"}
	}
	event.what = s.script.file + ": result"
	var name value
	membersOf(string(raw), func(key, member string) {
		switch plainText(key) {
		case "event":
			name = valueOf(member)
		case "data":
			event.data = json.RawMessage(member)
		default:
			wrong = &problem{scriptError, event.what + " has members beside event and data"}
		}
	})
	event.event = name.text
	if _, ok := usersync.ParseKind(name.text); wrong == nil && (!ok || name.kind != text) {
		wrong = &problem{scriptError, event.what + ".event is no kind; the kinds are " + kindNames()}
	}
	return event, wrong
}

// call takes the call of an action.
func (s *scriptRun) call(id string, with json.RawMessage, base string) *problem {
	if kind, ok := actionKinds()[id]; ok {
		return s.command(said{fmt.Sprintf("%s: actions[%q]", s.script.file, id), kind, with}, base)
	}
	action := s.script.declared(id)
	if action == nil {
		return &problem{scriptError, s.script.file + ": it called an action that there is not"}
	}
	body, err := action.Render(with)
	if err != nil {
		return &problem{scriptError, fmt.Sprintf("%s: actions[%q]: %v", s.script.file, id, err)}
	}
	event, wrong := eventIDOf(with, base)
	if wrong != nil {
		return wrong
	}
	user := ""
	membersOf(string(with), func(key, member string) {
		if plainText(key) == "id" {
			user, _ = checkID(valueOf(member))
		}
	})
	known := s.name + "\n" + id + "\n" + event
	s.sent[known]++
	s.messages = append(s.messages, usersync.Message{
		ID:       hashID(fmt.Sprintf("%s\n%d", known, s.sent[known])),
		Provider: s.name, UserID: user, Action: id, Body: body, Origin: s.request.Origin,
		ReceivedAt: usersync.MicrosOf(s.request.ReceivedAt),
	})
	return nil
}

// command takes what is said of a user. Where the script names no time, and the sender
// signed none, a delivery that comes again would carry another one.
func (s *scriptRun) command(event said, base string) *problem {
	if wrong := event.check(s.script.text); wrong != nil {
		return wrong
	}
	id, wrong := eventIDOf(event.data, base)
	if wrong != nil {
		return wrong
	}
	doc := trees.Get().(*tree)
	defer doc.release()
	doc.reset(`{"data":` + string(event.data) + `}`)
	timed := doc.lookup(root, newPath("data.occurred_at"))
	c := usersync.Command{
		ReceivedAt: usersync.MicrosOf(s.request.ReceivedAt), Origin: s.request.Origin,
		Payload: s.part.payload, Headers: s.headers,
		Unstable: (timed.kind == absent || timed.kind == null) && s.proof.Timestamp == "",
	}
	c.Provider = s.name
	doc.reset(event.documentOf(s.distinct(id), s.clock().UTC().Format("2006-01-02T15:04:05.999999Z07:00")))
	if _, wrong = s.script.output.read(s.reading(doc, s.proof), &c); wrong != nil {
		s.failed = c
		if wrong.reason == futureTime {
			s.due = c.OccurredAt - usersync.Micros(s.maxFuture.Microseconds())
		}
		return &problem{wrong.reason, event.what + ": " + wrong.detail}
	}
	s.commands = append(s.commands, c)
	return nil
}

// eventIDOf is the event_id of what a script says, or the given one if it names none.
func eventIDOf(data json.RawMessage, base string) (id string, wrong *problem) {
	id = base
	membersOf(string(data), func(key, member string) {
		own := valueOf(member)
		if plainText(key) != "event_id" || own.kind == null {
			return
		}
		checked, refused := checkID(own)
		if refused != "" {
			wrong = &problem{badEventID, "the event id is refused: " + refused}
		}
		id = checked
	})
	return id, wrong
}

// distinct makes an id of one event of several: the first has it as it is.
func (s *scriptRun) distinct(id string) string {
	s.ids[id]++
	if s.ids[id] == 1 {
		return id
	}
	one := fmt.Sprintf("%s#%03d", id, s.ids[id])
	if len(one) > maxID {
		return hashID(one)
	}
	return one
}
