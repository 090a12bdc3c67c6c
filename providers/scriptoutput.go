package providers

import (
	"encoding/json"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	usersync "usersync/sync"
)

// outputDefinition reads what a script says of one user, as any other event is read.
const outputDefinition = `
event:
  type: event
  id: id
  time: [data.occurred_at, {signed: timestamp}, data.updated_at, received]
  user: data.id
  types:
    user.created: user.created
    user.updated: user.updated
    user.deleted: user.deleted
    user.banned: user.banned
    user.unbanned: user.unbanned
user:
  at: data
  fields:
    provider_updated_at: [provider_updated_at, updated_at]
`

// outputReader is a provider that reads what the script of p says.
func (p *Provider) outputReader() *Provider {
	r := &reader{file: "output"}
	def := &definition{}
	r.mapping(r.root([]byte(outputDefinition)), "output", block{
		"event": func(n *yaml.Node) { def.event = r.event(n) },
		"user":  func(n *yaml.Node) { def.user = r.user(n) },
	})
	for f := usersync.Field(0); f < usersync.NumColumns; f++ {
		if def.user.fields[f] == nil {
			def.user.fields[f] = pathExpr(newPath(f.String()))
		}
	}
	output := *p
	output.def, output.aliases, output.script = def, nil, nil
	output.userIDs, output.fields = def.event.user, def.user.fields
	return &output
}

// said is what a script says of one user: a result, or the call of an action.
type said struct {
	what  string // for an error: "result" or the action
	event string
	data  json.RawMessage
}

// documentOf writes it as the document that outputDefinition reads.
func (s said) documentOf(id, received string) string {
	doc := appendString([]byte(`{"event":`), s.event)
	doc = appendString(append(doc, `,"id":`...), id)
	doc = appendString(append(doc, `,"received":`...), received)
	return string(append(append(append(doc, `,"data":`...), s.data...), '}'))
}

// own are the members of data beside the columns.
func ownMembers() []string { return []string{"id", "event_id", "occurred_at", "updated_at"} }

// check refuses what nobody would read. A name from the payload is not shown.
func (s said) check(script string) *problem {
	if !begins(string(s.data), '{') {
		return &problem{scriptError, s.what + ": data must be an object with the user's id"}
	}
	var wrong *problem
	membersOf(string(s.data), func(name, _ string) {
		name = plainText(name)
		if _, column := usersync.ParseField(name); column || wrong != nil || slices.Contains(ownMembers(), name) {
			return
		}
		known := append(ownMembers(), strings.Split(columnNames(), ", ")...)
		detail := s.what + ": data has a member that is no column; the members are " + strings.Join(known, ", ")
		if strings.Contains(script, name) {
			detail = s.what + ": data has no member " + cut(name) + didYouMean(name, known) + "; the members are " + strings.Join(known, ", ")
		}
		wrong = &problem{scriptError, detail}
	})
	return wrong
}
