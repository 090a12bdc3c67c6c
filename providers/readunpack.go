package providers

import (
	"cmp"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// unpack reads the part `unpack`: a format, or {format, token, split, parse_json}.
func (r *reader) unpack(n *yaml.Node) unpacking {
	var u unpacking
	format := func(n *yaml.Node, what string) {
		u.format = r.oneOf(n, what, unpackJSON, unpackCloudEvents, unpackJWT)
	}
	r.either(n, forms{
		scalar:  func(n *yaml.Node) { format(n, "unpack") },
		mapping: func(n *yaml.Node) { r.unpackBlock(n, &u, format) },
	})
	return u
}

// unpackBlock reads {format, token, split, parse_json}.
func (r *reader) unpackBlock(n *yaml.Node, u *unpacking, format func(n *yaml.Node, what string)) {
	r.mapping(n, "unpack", block{
		"format": func(n *yaml.Node) { format(n, "unpack.format") },
		"token":  func(n *yaml.Node) { u.token = r.path(n, "unpack.token") },
		"split": func(n *yaml.Node) {
			u.splits = true
			r.either(n, forms{
				scalar: func(n *yaml.Node) { u.split = r.memberPath(n, "unpack.split") },
				flag: func(n *yaml.Node) {
					if !r.flag(n, "unpack.split") {
						r.fault(n, "unpack.split: a path, or true if the body itself is the array; leave it out if it is one event")
					}
				},
			})
		},
		"parse_json": func(n *yaml.Node) {
			u.embedded = listOf(r, n, "unpack.parse_json", r.memberPath)
		},
	}, "format")
	// One document can stand in another.
	slices.SortStableFunc(u.embedded, func(a, b path) int { return cmp.Compare(len(a.names), len(b.names)) })
	if u.token.text != "" && u.format != unpackJWT {
		r.fault(n, "unpack.token: only jwt has one")
	}
	if u.splits && u.format == unpackCloudEvents {
		r.fault(n, "unpack.split: a batch of CloudEvents is cut by its content type; leave it out")
	}
}

// memberPath reads a path that goes from member to member, so that what stands
// there can be replaced.
func (r *reader) memberPath(n *yaml.Node, what string) path {
	return newPath(r.checked(n, what, func(path string) string {
		if err := checkPath(path); err != nil {
			return err.Error()
		}
		if newPath(path).names == nil {
			return fmt.Sprintf("path %q must go from member to member, as in data.events", path)
		}
		return ""
	}))
}
