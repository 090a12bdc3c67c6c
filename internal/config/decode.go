package config

import (
	"strconv"

	"github.com/go-viper/mapstructure/v2"
)

// decode converts the merged texts and puts them over the defaults. Values
// with a fault are left out.
func (l *loader) decode() *Config {
	l.values = l.convertSection(l.layers.Raw(), "", l.shape)
	c := defaults()
	decoder, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{TagName: "koanf", Result: c})
	if err == nil {
		err = decoder.Decode(l.values)
	}
	if err != nil {
		// Every value has the type of its field, so this is a fault of ours;
		// the error would quote values.
		l.faultAt(origin{file: l.file}, "", "the values do not fit: please report this as a bug")
	}
	return c
}

// convert makes a value of the text at p; false if there is none or a fault.
func (l *loader) convert(raw any, p path, s *shape) (any, bool) {
	switch raw := raw.(type) {
	case map[string]any:
		return l.convertSection(raw, p, s), true
	case []string:
		return l.convertList(raw, p, s.list), true
	case string:
		return l.convertText(raw, p, s)
	default:
		return nil, false
	}
}

func (l *loader) convertSection(raw map[string]any, p path, s *shape) map[string]any {
	l.chooseTwins(raw, p, s)
	section := map[string]any{}
	for _, key := range sortedKeys(raw) {
		if p == "" && (key == "providers" || key == "actions") && !l.NeedProviders {
			continue
		}
		if p.child(key) == notifyKey && (!l.NeedProviders || l.WithoutCredentials) {
			continue // nobody is told
		}
		if l.WithoutCredentials && p.parent() == actionsKey && key != "depends_on" {
			continue // nothing is sent: only what there is has to be known
		}
		held, _ := s.member(key)
		if l.WithoutCredentials && isCredential(p, key) {
			if held.file != "" {
				l.keepFile(p, held.file, raw[key])
			}
			continue
		}
		if secretKey := held.file; secretKey != "" {
			if value, ok := l.readTwin(raw[key].(string), p.child(key), s.keys[secretKey]); ok {
				section[secretKey] = value
			}
			continue
		}
		if value, ok := l.convert(raw[key], p.child(key), held); ok {
			section[key] = value
		}
	}
	return section
}

// convertList converts the members of a list. An empty secret counts as not
// there, so that [${NEW:-}, ${OLD}] serves before, during and after a rotation.
// Other lists have no such use, and there a lost member may mean the opposite
// of what was meant: without an address, deliveries come from anywhere.
func (l *loader) convertList(texts []string, p path, member *shape) []any {
	values := []any{}
	if member.barrier && l.allEmpty(texts, p) {
		l.fault(p, "names no address: remove the key to accept deliveries from anywhere")
		return values
	}
	for i, text := range texts {
		at := p.child(strconv.Itoa(i))
		if text == "" && l.origins[at].problem == "" {
			if !member.twin {
				l.fault(at, "is empty: give it a value, or remove it from the list")
			}
			continue
		}
		if value, ok := l.convertText(text, at, member); ok {
			values = append(values, value)
			if member.twin {
				l.doubtMember(p, i+1, text)
			}
		}
	}
	return values
}

// allEmpty reports whether a list has members, and there is nothing in any.
func (l *loader) allEmpty(texts []string, p path) bool {
	for i, text := range texts {
		if text != "" || l.origins[p.child(strconv.Itoa(i))].problem != "" {
			return false
		}
	}
	return len(texts) > 0
}

func (l *loader) convertText(text string, p path, s *shape) (any, bool) {
	if problem := l.origins[p].problem; problem != "" {
		l.fault(p, "%s", problem)
		return nil, false
	}
	if text == "" && !s.plain {
		return nil, false // as if the key were not there: ${X:-}
	}
	value, err := s.parse(text)
	if err != nil {
		l.fault(p, "%s", err)
		return nil, false
	}
	return value, true
}
