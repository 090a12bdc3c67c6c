package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"usersync/internal/action"
	"usersync/internal/secret"
	"usersync/providers"
)

const actionsKey path = "actions"

// Action is a signed HTTP POST that scripts may ask for.
type Action struct {
	Label       string `koanf:"label"`
	Category    string `koanf:"category"`
	Description string `koanf:"description"`
	// DependsOn are other actions, declared or built in, that must be enabled too.
	DependsOn []string               `koanf:"depends_on"`
	URL       secret.Text            `koanf:"url"` // chat services put a secret into it
	Secret    secret.Text            `koanf:"secret"`
	Body      Document               `koanf:"body"` // a template; none sends the script's argument
	Headers   map[string]secret.Text `koanf:"headers"`
	Timeout   time.Duration          `koanf:"timeout"` // for one try; 0 is 10 s
}

// buildActions makes every action, and reports what stands against it.
func (l *loader) buildActions(c *Config) {
	c.BuiltActions = map[string]*action.Action{}
	if l.WithoutCredentials {
		return
	}
	for _, id := range sortedKeys(c.Actions) {
		p, declared := actionsKey.child(id), c.Actions[id]
		d := action.Declaration{
			ID: id, Label: declared.Label, Category: declared.Category, Description: declared.Description, DependsOn: declared.DependsOn,
			URL: declared.URL.Reveal(), Secret: declared.Secret.Reveal(), Timeout: declared.Timeout, Headers: map[string]string{},
		}
		for name, value := range declared.Headers {
			d.Headers[name] = value.Reveal()
		}
		fine := l.checkDependencies(c, id)
		if document := declared.Body.JSON(); document != nil {
			var err error
			if d.Body, err = action.ParseTemplate(document); err != nil {
				l.templateFault(p.child("body"), err)
				fine = false
			}
		}
		built, faults := action.New(d)
		l.actionFaults(p, faults)
		if built == nil || !fine {
			continue
		}
		c.BuiltActions[id] = built
		l.doubtReceiver(p, built)
	}
}

// doubtReceiver warns of what is legal in an address that we post to, but perhaps not
// meant.
func (l *loader) doubtReceiver(p path, built *action.Action) {
	l.doubt(p.child("secret").String(), built.Secret)
	if built.Clear() {
		l.warn("%s.url is http: what is sent travels in clear, and only the signature protects it", p)
	}
}

// actionFaults reports faults, but for those that follow from one already reported.
func (l *loader) actionFaults(p path, faults []action.Fault) {
	var news []located
	for _, fault := range faults {
		at := located{p, fault.Message}
		if fault.Key != "" {
			at.path = p.child(fault.Key)
		}
		if fault.Key == "" || !l.isBlamed(at.path) {
			news = append(news, at)
		}
	}
	for _, fault := range news {
		l.fault(fault.path, "%s", fault.message)
	}
}

// callable lists the actions for scripts. One with a fault is there all the same, so
// that the fault is told once.
func callable(c *Config) (all []providers.Action) {
	for _, id := range sortedKeys(c.Actions) {
		a := providers.Action{ID: id, DependsOn: c.Actions[id].DependsOn}
		if built := c.BuiltActions[id]; built != nil {
			a.Render = built.Render
		} else {
			a.Render = func([]byte) ([]byte, error) { return nil, errors.New("nothing can be sent here") }
		}
		all = append(all, a)
	}
	return all
}

// templateFault reports a fault of a template at the line of the member that it names.
func (l *loader) templateFault(body path, err error) {
	place, message, found := strings.Cut(err.Error(), ": ")
	at := body
	if found {
		for part := range strings.SplitSeq(place, ".") {
			at = at.child(part)
		}
	}
	if _, given := l.origins[at]; !given {
		at, message = body, err.Error()
	}
	l.fault(at, "%s", message)
}

// checkDependencies reports actions that are not there, and circles.
func (l *loader) checkDependencies(c *Config, id string) (fine bool) {
	known := append(sortedKeys(c.Actions), action.BuiltIn()...)
	fine = true
	for i, needed := range c.Actions[id].DependsOn {
		at := actionsKey.child(id).child("depends_on").child(fmt.Sprint(i))
		meant := nearest(needed, known)
		switch {
		case slices.Contains(known, needed):
			continue
		case meant != "":
			l.fault(at, "there is no such action; did you mean %s?", meant)
		default:
			l.fault(at, "there is no such action: declare it, or name one of %s", strings.Join(action.BuiltIn(), ", "))
		}
		fine = false
	}
	if circle := circleOf(c.Actions, id); circle != nil && id == slices.Min(circle) {
		l.fault(actionsKey.child(id).child("depends_on"), "a circle: %s", strings.Join(append(circle, id), " → "))
		fine = false
	}
	return fine
}

// circleOf finds a way from an action back to it; nil if there is none.
func circleOf(actions map[string]Action, from string) (way []string) {
	seen := map[string]bool{}
	var walk func(at string) bool
	walk = func(at string) bool {
		way = append(way, at)
		for _, next := range actions[at].DependsOn {
			if next == from {
				return true
			}
			if !seen[next] {
				if seen[next] = true; walk(next) {
					return true
				}
			}
		}
		way = way[:len(way)-1]
		return false
	}
	if walk(from) {
		return way
	}
	return nil
}
