package providers

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// oneSet says what is wrong with a block that was read and whose keys are none
// of several sets.
func (r *reader) oneSet(n *yaml.Node, wrong string, sets ...[]string) {
	if r.schema != nil {
		r.schema.oneSet(n, sets)
		return
	}
	var keys []string
	for i := 0; i+1 < len(n.Content); i += 2 {
		keys = append(keys, n.Content[i].Value)
	}
	slices.Sort(keys)
	for _, set := range sets {
		if slices.Equal(keys, slices.Sorted(slices.Values(set))) {
			return
		}
	}
	r.fault(n, "%s", wrong)
}

// oneSet describes the sets of keys that a block can have.
func (d *describer) oneSet(n *yaml.Node, sets [][]string) {
	s := d.spots[n]
	if s.patch {
		return
	}
	for _, way := range s.ways {
		way, _ := way.(keywords)
		if _, isBlock := way["properties"]; !isBlock {
			continue
		}
		var one []keywords
		for _, set := range sets {
			one = append(one, keywords{"required": set, "maxProperties": len(set)})
		}
		way["oneOf"] = one
	}
}
