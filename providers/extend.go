package providers

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// extendsKey is the key of a definition that names the type it is laid over.
const extendsKey = "extends"

// extended lays a definition over the built-in one that it extends, which may
// extend another. chain are the types on the way here. Nodes keep their lines,
// and the reader remembers the file of each, so that a fault points to where
// it was written. It returns nil after a fault.
func (r *reader) extended(root *yaml.Node, chain ...string) *yaml.Node {
	key, named := pairOf(root, extendsKey)
	if named == nil {
		return root
	}
	faults := len(r.faults)
	typ := r.builtIn(named, chain)
	if len(r.faults) > faults {
		return nil
	}
	if r.extends == "" {
		r.extends = typ
	}
	base := r.builtInRoot(typ)
	if base == nil {
		return nil
	}
	if base = r.extended(base, append(chain, typ)...); base == nil {
		return nil
	}
	over := *root
	over.Content = slices.DeleteFunc(slices.Clone(root.Content), func(n *yaml.Node) bool { return n == key || n == named })
	r.files[&over] = r.fileOf(root)
	return r.overlay(base, &over, typ)
}

// builtIn reads the name of a type that is not extended yet.
func (r *reader) builtIn(n *yaml.Node, chain []string) string {
	return r.chosen(n, extendsKey, Types(), func(name string) string {
		return fmt.Sprintf("there is no %q%s; the types are %s", cut(name), didYouMean(name, Types()), strings.Join(Types(), ", "))
	}, func(name string) string {
		if !slices.Contains(chain, name) {
			return ""
		}
		return fmt.Sprintf("%s would extend itself: %s", name, strings.Join(append(chain, name), " extends "))
	})
}

// builtInRoot parses a built-in definition and remembers its nodes.
func (r *reader) builtInRoot(typ string) *yaml.Node {
	file := definitionFile(typ)
	data, err := builtin.ReadFile(file)
	if err != nil {
		r.fault(nil, "extends: %v", err)
		return nil
	}
	inner := &reader{file: file}
	root := inner.root(data)
	r.faults = append(r.faults, inner.faults...)
	r.remember(root, file)
	return root
}

// remember notes the file of a node and of all in it.
func (r *reader) remember(n *yaml.Node, file string) {
	if n == nil {
		return
	}
	if r.files == nil {
		r.files = map[*yaml.Node]string{}
	}
	r.files[n] = file
	for _, inner := range n.Content {
		r.remember(inner, file)
	}
}

// fileOf is where a node was written.
func (r *reader) fileOf(n *yaml.Node) string {
	if file, other := r.files[n]; other {
		return file
	}
	return r.file
}

// overlay lays a node over another: the members of mappings are laid over each
// other, null removes one, everything else is replaced. typ is for a fault.
func (r *reader) overlay(base, over *yaml.Node, typ string) *yaml.Node {
	if base.Kind != yaml.MappingNode || over.Kind != yaml.MappingNode {
		return over
	}
	merged := *over
	merged.Content = slices.Clone(base.Content)
	r.files[&merged] = r.fileOf(over)
	seen := map[string]bool{}
	for i := 0; i+1 < len(over.Content); i += 2 {
		key, value := over.Content[i], over.Content[i+1]
		at := indexOf(&merged, key.Value)
		switch {
		case seen[key.Value] && at < 0: // null removed it
			r.fault(key, "%s: the key %q stands twice", extendsKey, cut(key.Value))
		case seen[key.Value] || at < 0 && value.Tag != "!!null":
			merged.Content = append(merged.Content, key, value) // twice is a fault, which the reader tells
		case at < 0:
			r.fault(key, "%s: %s has no %q to remove here%s", extendsKey, typ, cut(key.Value), didYouMean(key.Value, keysOf(&merged)))
		case value.Tag == "!!null":
			merged.Content = slices.Delete(merged.Content, at, at+2)
		default:
			merged.Content[at], merged.Content[at+1] = key, r.overlay(merged.Content[at+1], value, typ)
		}
		seen[key.Value] = true
	}
	return &merged
}

// pairOf returns the key and the value of a member of a mapping, or nils.
func pairOf(n *yaml.Node, name string) (key, value *yaml.Node) {
	if at := indexOf(n, name); at >= 0 {
		return n.Content[at], n.Content[at+1]
	}
	return nil, nil
}

// indexOf is where a mapping has a key, or -1.
func indexOf(n *yaml.Node, name string) int {
	if n.Kind != yaml.MappingNode {
		return -1
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return i
		}
	}
	return -1
}

// keysOf are the keys of a mapping.
func keysOf(n *yaml.Node) []string {
	var keys []string
	for i := 0; i+1 < len(n.Content); i += 2 {
		keys = append(keys, n.Content[i].Value)
	}
	return keys
}
