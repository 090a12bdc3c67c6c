package config

import (
	"regexp"
	"sync"
)

// pattern compiles an expression when it is first used: most are for faults only, and
// every start of the program took 2 ms for them.
func pattern(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
