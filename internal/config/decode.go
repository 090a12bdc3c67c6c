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
		if p == "" && key == "providers" && !l.NeedProviders {
			continue
		}
		held, _ := s.member(key)
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

// convertList converts the members of a list. An empty one counts as not
// there, so that [${NEW:-}, ${OLD}] serves before, during and after a rotation.
func (l *loader) convertList(texts []string, p path, member *shape) []any {
	values := []any{}
	for i, text := range texts {
		if value, ok := l.convertText(text, p.child(strconv.Itoa(i)), member); ok && text != "" {
			values = append(values, value)
		}
	}
	return values
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
