package providers

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// describer notes what a reader would accept, as JSON Schema, while the reader
// reads probes: nodes with nothing in them. So the schema is made by the code
// that reads definitions, and cannot differ from it.
type describer struct {
	spots map[*yaml.Node]*spot
	defs  map[string]*spot
	abouts
	// variables says that ${NAME} may stand wherever a single value may.
	variables bool
	depth     int
	// vague lists the places of which no primitive of the reader said what
	// may stand there, and those that hold themselves without define.
	vague []string
}

// deepest is how deep blocks stand in each other, beyond which one holds itself.
const deepest = 32

// spot is a place of a definition and what may stand there: any of the ways.
type spot struct {
	what  string // the place, as faults name it
	about string // the sentence about its key, or ""
	// patch is for a part of a definition that extends another: what is left
	// out stays, and null removes.
	patch bool
	ways  []any // keywords, or a *spot
}

// keywords are those of JSON Schema.
type keywords map[string]any

// MarshalJSON implements json.Marshaler.
func (s *spot) MarshalJSON() ([]byte, error) {
	all := keywords{}
	if only, is := s.only(); is {
		maps.Copy(all, only)
	} else if len(s.ways) > 0 {
		all["anyOf"] = s.ways
	}
	if s.about != "" {
		all["description"] = s.about
	}
	return json.Marshal(all)
}

// only returns the way, if there is one.
func (s *spot) only() (keywords, bool) {
	if len(s.ways) != 1 {
		return nil, false
	}
	way, is := s.ways[0].(keywords)
	return way, is
}

// probe makes a node for a place.
func (d *describer) probe(what string, patch bool) *yaml.Node {
	n := &yaml.Node{}
	d.spots[n] = &spot{what: what, patch: patch}
	return n
}

// accept notes one way to write a node. A way that is known already adds
// nothing.
func (d *describer) accept(n *yaml.Node, way keywords) {
	s := d.spots[n]
	if written, err := json.Marshal(way); err == nil {
		for _, known := range s.ways {
			if other, err := json.Marshal(known); err == nil && string(other) == string(written) {
				return
			}
		}
	}
	s.ways = append(s.ways, way)
	if d.variables && n.Value == "" && way.single() {
		d.accept(n, keywords{"$ref": "#/$defs/" + variableName})
	}
}

// variableName is how the schema calls a value with a variable.
const variableName = "variable"

// single reports whether this is a way to write a single value, of which not
// every text will do.
func (k keywords) single() bool {
	_, block := k["properties"]
	_, table := k["additionalProperties"]
	_, list := k["items"]
	_, defined := k["$ref"]
	return !block && !table && !list && !defined && k["type"] != "null" && (len(k) > 1 || k["type"] != "string")
}

// said is the place of a probe that was read.
func (d *describer) said(n *yaml.Node) *spot {
	s := d.spots[n]
	if len(s.ways) == 0 {
		d.vague = append(d.vague, s.what+": nothing says what may stand there")
	}
	return s
}

// mapping describes a block.
func (d *describer) mapping(n *yaml.Node, what string, keys block, required []string) {
	patch := d.spots[n].patch
	properties := keywords{}
	way := keywords{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 && !patch {
		way["required"] = required
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		child := d.probe(what+"."+key, patch)
		d.below(child, keys[key])
		s := d.said(child)
		s.about = d.sentence(what + "." + key)
		if patch {
			d.accept(child, keywords{"type": "null"})
		}
		properties[key] = s
	}
	d.accept(n, way)
}

// entries describes a mapping with free keys.
func (d *describer) entries(n *yaml.Node, what string, read func(key, value *yaml.Node)) {
	patch := d.spots[n].patch
	key, value := d.probe(what, false), d.probe(what+".*", patch)
	key.Value = "*"
	d.below(value, func(value *yaml.Node) { read(key, value) })
	s := d.said(value)
	if patch {
		d.accept(value, keywords{"type": "null"})
	}
	way := keywords{"type": "object", "additionalProperties": s}
	names := d.spots[key]
	only, _ := names.only()
	if words, chosen := only["enum"].([]string); chosen {
		properties := keywords{}
		for _, word := range words {
			properties[word] = s
		}
		way["properties"], way["additionalProperties"] = properties, false
	} else if len(names.ways) > 0 {
		way["propertyNames"] = names
	}
	d.accept(n, way)
}

// below reads what stands in a block, unless blocks have stood in each other
// for so long that one must hold itself.
func (d *describer) below(child *yaml.Node, read func(*yaml.Node)) {
	if d.depth == deepest {
		d.vague = append(d.vague, d.spots[child].what+": it holds itself: read it through define")
		return
	}
	d.depth++
	read(child)
	d.depth--
}

// elements describes a list and returns its probe.
func (d *describer) elements(n *yaml.Node, least int) *yaml.Node {
	item := d.probe(d.spots[n].what, false)
	way := keywords{"type": "array", "items": d.spots[item]}
	if least > 0 {
		way["minItems"] = least
	}
	d.spots[n].ways = append(d.spots[n].ways, way)
	return item
}

// items describes a list of which one element may stand alone. What overrides
// a list replaces it, so its elements are whole.
func (d *describer) items(n *yaml.Node, least int) []*yaml.Node {
	item := d.elements(n, least)
	if d.spots[n].patch {
		return []*yaml.Node{item, n}
	}
	d.spots[n].ways = append(d.spots[n].ways, d.spots[item])
	return []*yaml.Node{item}
}

// define describes what stands in several places, or in itself, once. The name
// is what its keys are called by, and perhaps _ and a word that tells it from
// others with the same keys.
func (d *describer) define(n *yaml.Node, name string, read func(n *yaml.Node, what string)) {
	patch := d.spots[n].patch
	full := name
	if patch {
		full += "_override"
	}
	if d.defs[full] == nil {
		inner := d.probe(name, patch)
		d.defs[full] = d.spots[inner]
		outer := d.depth
		d.depth = 0
		what, _, _ := strings.Cut(name, "_")
		read(inner, what)
		d.depth = outer
		d.said(inner)
	}
	d.accept(n, keywords{"$ref": "#/$defs/" + full})
}

// exactlyOne describes that a block has one of its keys, beside some that do
// not count.
func (d *describer) exactlyOne(n *yaml.Node, beside []string) {
	d.blocks(n, func(way keywords) {
		properties, _ := way["properties"].(keywords)
		var one []keywords
		for _, key := range slices.Sorted(maps.Keys(properties)) {
			if !slices.Contains(beside, key) {
				one = append(one, keywords{"required": []string{key}})
			}
		}
		way["oneOf"] = one
	})
}

// instead describes that a block has all keys of one of several sets, and none of
// the others.
func (d *describer) instead(n *yaml.Node, sets [][]string) {
	d.blocks(n, func(way keywords) {
		var ways []keywords
		for i, set := range sets {
			without := keywords{}
			for j, other := range sets {
				for _, key := range other {
					if i != j {
						without[key] = false
					}
				}
			}
			ways = append(ways, keywords{"required": set, "properties": without})
		}
		way["anyOf"] = ways
	})
}

// blocks narrows the ways to write a mapping, unless what is left out is taken
// from another definition.
func (d *describer) blocks(n *yaml.Node, narrow func(way keywords)) {
	s := d.spots[n]
	if s.patch {
		return
	}
	for _, way := range s.ways {
		if way, is := way.(keywords); is && way["type"] == "object" {
			narrow(way)
		}
	}
}

// abouts are the sentences about keys, by the key as faults name it; a * stands
// for a free key.
type abouts struct {
	sentences map[string]string
	asked     map[string]bool
}

// sentence returns the one about a key, or "".
func (a abouts) sentence(key string) string {
	a.asked[key] = true
	return strings.TrimSpace(a.sentences[key])
}
