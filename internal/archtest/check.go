package archtest

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// Violation is one breach of one rule.
type Violation struct {
	// File is relative to the root; a rule about all files names none.
	File   string
	What   string
	Reason string
}

// String is what a failing test prints.
func (v Violation) String() string {
	if v.File == "" {
		return v.What + ": " + v.Reason
	}
	return v.File + " " + v.What + ": " + v.Reason
}

// Check reads the tree below root and returns what breaks the rules, by file.
// Folders that a rule names need not exist.
func Check(root string) ([]Violation, error) {
	files, err := scan(root)
	if err != nil {
		return nil, err
	}
	reach := reachable(files)
	var found []Violation
	for _, src := range files {
		found = append(found, checkImports(src, reach)...)
		found = append(found, checkMeeting(src, reach)...)
		found = append(found, checkContent(src)...)
	}
	slices.SortFunc(found, func(a, b Violation) int { return strings.Compare(a.String(), b.String()) })
	return append(found, checkLengths(files)...), nil
}

// checkImports applies the bans to one file.
func checkImports(src source, reach map[string]chains) []Violation {
	var found []Violation
	for folder, reason := range pure {
		if !within(src.dir, folder) {
			continue
		}
		for _, imported := range src.imports {
			if !standard(imported) && !within(imported, module+"/"+folder) {
				found = append(found, Violation{src.file, "imports " + imported, reason})
			}
		}
	}
	for _, rule := range importRules {
		if !rule.about(src.dir) {
			continue
		}
		for _, imported := range src.imports {
			if chain := rule.breach(imported, reach); chain != nil {
				found = append(found, Violation{src.file, "imports " + strings.Join(chain, ", which imports "), rule.reason})
			}
		}
	}
	return found
}

// breach returns the shortest way from an import to one that the rule bans, or
// nil.
func (r importRule) breach(imported string, reach map[string]chains) []string {
	if r.bans(imported) {
		return []string{imported}
	}
	if r.direct {
		return nil
	}
	for _, chain := range reach[imported] {
		if r.bans(chain[len(chain)-1]) {
			return chain
		}
	}
	return nil
}

// checkMeeting looks for the two sides of a pair in one package.
func checkMeeting(src source, reach map[string]chains) []Violation {
	var found []Violation
	for _, root := range roots {
		own := module + "/" + src.dir
		if slices.ContainsFunc(root.in, func(folder string) bool { return within(src.dir, folder) }) || within(src.dir, root.left) || within(src.dir, root.right) {
			continue // the sides themselves have bans of their own
		}
		if reach[own].lead(module+"/"+root.left) && reach[own].lead(module+"/"+root.right) {
			found = append(found, Violation{src.file,
				fmt.Sprintf("is in a package that knows both %s and %s", root.left, root.right), root.reason})
		}
	}
	return found
}

// checkContent applies the rules about names, init functions and side effects.
func checkContent(src source) []Violation {
	var found []Violation
	for _, name := range vagueNames {
		if src.name == name || path.Base(src.dir) == name {
			found = append(found, Violation{src.file, "is in a package named " + name, reasonName})
		}
	}
	if src.hasInit {
		found = append(found, Violation{src.file, "has an init function", reasonInit})
	}
	for _, imported := range src.blank {
		if !blankAllowed(imported, src.dir) {
			found = append(found, Violation{src.file, "imports " + imported + " for its side effect", reasonBlank})
		}
	}
	return found
}

func blankAllowed(imported, dir string) bool {
	for _, allowed := range allowedBlank {
		if imported == allowed.path && within(dir, allowed.in) {
			return true
		}
	}
	return false
}

func (r importRule) about(dir string) bool {
	return within(dir, r.in) && !slices.ContainsFunc(r.except, func(folder string) bool { return within(dir, folder) })
}

func (r importRule) bans(imported string) bool {
	return slices.ContainsFunc(r.banned, func(prefix string) bool { return within(imported, prefix) })
}

// within reports whether a path is prefix or lies below it.
func within(name, prefix string) bool {
	return prefix == "" || name == prefix || strings.HasPrefix(name, prefix+"/")
}

// standard reports an import of the standard library: the only paths whose
// first element has no dot, but for the project's own.
func standard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".") && first != module
}
