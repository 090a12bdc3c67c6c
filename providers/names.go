package providers

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// pattern is an event name; a trailing * matches any ending.
type pattern string

func (p pattern) matches(name string) bool {
	if prefix, wild := strings.CutSuffix(string(p), "*"); wild {
		return strings.HasPrefix(name, prefix)
	}
	return string(p) == name
}

// check returns what is wrong with a pattern, or "".
func (p pattern) check() string {
	switch {
	case p == "":
		return "an event name is empty"
	case strings.Contains(strings.TrimSuffix(string(p), "*"), "*"):
		return "in an event name * stands only at the end"
	default:
		return ""
	}
}

// named is a pattern and what it stands for.
type named[T any] struct {
	pattern pattern
	is      T
}

// names finds the best of several patterns: exact beats pattern, a longer
// pattern beats a shorter one.
type names[T any] []named[T]

// sort puts the names in the order in which find tries them.
func (n names[T]) sort() {
	slices.SortFunc(n, func(a, b named[T]) int {
		wildA, wildB := strings.HasSuffix(string(a.pattern), "*"), strings.HasSuffix(string(b.pattern), "*")
		switch {
		case wildA != wildB:
			if wildB {
				return -1
			}
			return 1
		default:
			return cmp.Or(len(b.pattern)-len(a.pattern), strings.Compare(string(a.pattern), string(b.pattern)))
		}
	})
}

func (n names[T]) find(name string) (is T, ok bool) {
	for i := range n {
		if n[i].pattern.matches(name) {
			return n[i].is, true
		}
	}
	return is, false
}

// nearest returns the candidate that takes the fewest edits to reach.
func nearest(word string, candidates []string) string {
	best, least := "", len(word)+1
	for _, c := range candidates {
		if d := distance(word, c); d < least {
			best, least = c, d
		}
	}
	return best
}

// distance is how many bytes to insert, delete, replace or swap with the next
// make b of a.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, last, row = last, row, before
		row[0] = i + 1
		for j := range len(b) {
			cost := last[j]
			if a[i] != b[j] {
				cost++
			}
			row[j+1] = min(cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}

// didYouMean names the candidate that a word is most likely a slip of, as an
// end of a sentence; "" if none is near.
func didYouMean(word string, candidates []string) string {
	if len(word) > longestSlip {
		return ""
	}
	meant := nearest(word, candidates)
	if meant == "" || distance(word, meant) > max(1, len(meant)/3) {
		return ""
	}
	return fmt.Sprintf(" (did you mean %s?)", meant)
}

// longestSlip bounds the work for a text that is no word at all.
const longestSlip = 128
