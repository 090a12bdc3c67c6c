package archtest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// definitions is where a provider is described.
const definitions = "providers/definitions"

// spoken are definitions that Go may name: the first ones stand in the examples of
// help texts and in the tests of what a definition can say, and one is a word.
var spoken = []string{"authara", "authon", "authon_pro", "authpi", "node_auth", "standard"}

// CheckNames returns the Go files below root, tests and all, that name a provider:
// adding one takes a definition and its test data, and no Go.
func CheckNames(root string) ([]Violation, error) {
	names, err := definitionNames(filepath.Join(root, filepath.FromSlash(definitions)))
	if err != nil || len(names) == 0 {
		return nil, err
	}
	word := wordOf(names)
	var found []Violation
	err = filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() || filepath.Ext(file) != ".go" {
			return nil
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, file)
		if at := word.FindSubmatchIndex(text); at != nil {
			line := 1 + strings.Count(string(text[:at[0]]), "\n")
			found = append(found, Violation{filepath.ToSlash(relative), fmt.Sprintf("names %s in line %d", text[at[2]:at[3]], line), reasonNamed})
		}
		return err
	})
	return found, err
}

// definitionNames lists the providers that Go must not name.
func definitionNames(folder string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	var names []string
	for _, file := range files {
		if name := strings.TrimSuffix(filepath.Base(file), ".yaml"); !slices.Contains(spoken, name) {
			names = append(names, name)
		}
	}
	return names, err
}

// wordOf matches a name as a word, however it is written, or as part of an identifier:
// acme, aCme, acmeList, testAcme, but not acmes.
func wordOf(names []string) *regexp.Regexp {
	var forms []string
	for _, name := range names {
		quoted := regexp.QuoteMeta(name)
		title := regexp.QuoteMeta(strings.ToUpper(name[:1]) + name[1:])
		forms = append(forms, `\b(?i:`+quoted+`)`, title, regexp.QuoteMeta(strings.ToUpper(name)))
	}
	return regexp.MustCompile(`(` + strings.Join(forms, "|") + `)(?:[^a-z]|$)`)
}
