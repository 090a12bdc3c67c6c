package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Fault is one thing to change in the configuration.
type Fault struct {
	File    string // the file, the environment variable, or the flag; "" for a file that is not there
	Line    int    // 0 where there is none
	Key     string // with dots; "" for the file as a whole
	Message string // says what is wrong and what to do; never quotes what may be a secret
}

// Error implements error: "usersync.yaml:12: admin.token: what to do".
func (f Fault) Error() string {
	where := f.File
	if f.Line > 0 {
		where = fmt.Sprintf("%s:%d", f.File, f.Line)
	}
	key := f.Key
	if where == flagOf(key) {
		key = "" // it is named already
	}
	parts := []string{where, key, f.Message}
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), ": ")
}

// Faults is everything that is wrong, in the order of the lines of the file;
// then the environment and the flags.
type Faults []Fault

// Error implements error, a line for each fault.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "\n")
}

// sort puts the faults in order; file is the name of the configuration file.
func (f Faults) sort(file string) {
	elsewhere := func(fault Fault) int {
		if fault.File == file {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(f, func(a, b Fault) int {
		return cmp.Or(
			cmp.Compare(elsewhere(a), elsewhere(b)),
			cmp.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Key, b.Key),
		)
	})
}
