package providers

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	usersync "usersync/sync"
)

// Sample is what goes into a sample request. UserID and Time must be set.
type Sample struct {
	UserID  string
	Email   string
	Name    string
	EventID string
	Time    time.Time
}

// sampleTemplate is a realistic request of the provider, with placeholders.
type sampleTemplate struct {
	name      string
	standsFor []usersync.Kind // beside the kind that its type maps to
	headers   map[string]string
	body      string
}

// placeholders lists what may stand in braces in a sample.
func (s Sample) placeholders() map[string]string {
	first, last, _ := strings.Cut(s.Name, " ")
	all := map[string]string{
		"user_id":    s.UserID,
		"email":      s.Email,
		"name":       s.Name,
		"first_name": first,
		"last_name":  last,
		"event_id":   s.EventID,
		"time":       s.Time.UTC().Format("2006-01-02T15:04:05.000Z"),
		"time_nano":  s.Time.UTC().Format(time.RFC3339Nano),
		"time_ms":    strconv.FormatInt(s.Time.UnixMilli(), 10),
		"time_s":     strconv.FormatInt(s.Time.Unix(), 10),
	}
	// Those that stand in a document in a text are escaped once more.
	for _, name := range []string{"user_id", "email", "name", "first_name", "last_name"} {
		all["quoted_"+name] = escaped(all[name])
	}
	return all
}

// escaped is a text as it stands in a string of JSON.
func escaped(v string) string {
	quoted := appendString(nil, strings.ToValidUTF8(v, "\ufffd"))
	return string(quoted[1 : len(quoted)-1])
}

// fill replaces the placeholders, each written as encode says.
func (s Sample) fill(template string, encode func(string) string) string {
	var pairs []string
	for name, value := range s.placeholders() {
		pairs = append(pairs, "{"+name+"}", encode(value))
	}
	return strings.NewReplacer(pairs...).Replace(template)
}

// request fills in the template. Values are escaped for the strings of JSON in
// which they stand.
func (t sampleTemplate) request(s Sample) (http.Header, []byte) {
	header := http.Header{contentTypeHeader: {"application/json"}}
	for name, value := range t.headers {
		header.Set(name, s.fill(value, func(v string) string { return v }))
	}
	return header, []byte(s.fill(t.body, escaped))
}

// samples reads the part `samples`.
func (r *reader) samples(n *yaml.Node) []sampleTemplate {
	var all []sampleTemplate
	known := Sample{}.placeholders()
	r.entries(n, "samples", func(key, value *yaml.Node) {
		t := sampleTemplate{name: key.Value, headers: map[string]string{}}
		what := "samples." + key.Value
		r.mapping(value, what, block{
			"headers": func(n *yaml.Node) {
				r.entries(n, what+".headers", func(key, value *yaml.Node) {
					r.formed(key, what+".headers", headerForm, func(name string) string {
						if validHeader(name) {
							return ""
						}
						return fmt.Sprintf("%q is no header name", name)
					})
					t.headers[key.Value] = r.text(value, what+".headers")
					r.placeholders(value, known, what+".headers")
				})
			},
			"body": func(n *yaml.Node) {
				t.body = strings.TrimSpace(r.text(n, what+".body"))
				r.placeholders(n, known, what+".body")
				if loose := outsideOfText(t.body, known); loose != "" {
					r.fault(n, "%s.body: {%s} stands in a string: write \"{%s}\", also where the sender has a number", what, loose, loose)
				} else if err := checkJSON([]byte(Sample{}.fill(t.body, escaped))); err != nil {
					r.fault(n, "%s.body: %v", what, err)
				}
			},
			"stands_for": func(n *yaml.Node) {
				for _, item := range r.items(n) {
					t.standsFor = append(t.standsFor, r.kind(item, what+".stands_for"))
				}
			},
		}, "body")
		all = append(all, t)
	})
	r.notEmpty(n, "samples: there is none")
	return all
}

// outsideOfText finds a placeholder that stands where only a number may, and is none:
// `usersync send` takes any text for an id.
func outsideOfText(body string, known map[string]string) (name string) {
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '"':
			i = afterText(body, i) - 1
		case '{':
			name, _, _ := strings.Cut(body[i+1:], "}")
			if _, is := known[name]; is && name != "time_ms" && name != "time_s" {
				return name
			}
		}
	}
	return ""
}

// placeholders refuses unknown names in braces.
func (r *reader) placeholders(n *yaml.Node, known map[string]string, what string) {
	for rest := n.Value; ; {
		_, after, found := strings.Cut(rest, "{")
		if !found {
			return
		}
		name, _, closed := strings.Cut(after, "}")
		rest = after
		if !closed || name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "" {
			continue // braces of JSON
		}
		if _, ok := known[name]; !ok {
			r.fault(n, "%s: {%s} is no placeholder", what, name)
		}
	}
}

// Events returns the names of the samples, sorted: the events that Build knows.
func (p *Provider) Events() []string {
	var events []string
	for _, t := range p.def.samples {
		events = append(events, t.name)
	}
	slices.Sort(events)
	return events
}
