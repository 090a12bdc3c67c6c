package promtest

import (
	"regexp"
	"slices"
	"strings"
)

// Selector is a metric that an expression reads, and the labels that it asks of it.
type Selector struct {
	Metric string
	Labels []string
}

var (
	// A quoted text, which may hold anything.
	quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'`)
	// A metric of ours or of the client library, with its matchers if there are some.
	metric = regexp.MustCompile(`\b((?:usersync|go|process)_[a-zA-Z0-9_]+|up)\b(\{[^}]*\})?`)
	// The name of a label in matchers.
	matcher = regexp.MustCompile(`([a-zA-Z_][a-zA-Z0-9_]*)\s*(?:=~|!~|!=|=)`)
	// The labels of an aggregation.
	grouping = regexp.MustCompile(`\bby\s*\(([^)]*)\)`)
)

// Selectors returns the metrics that an expression reads.
func Selectors(expr string) (found []Selector) {
	bare := quoted.ReplaceAllString(expr, `""`)
	for _, m := range metric.FindAllStringSubmatch(bare, -1) {
		s := Selector{Metric: m[1]}
		for _, l := range matcher.FindAllStringSubmatch(m[2], -1) {
			s.Labels = append(s.Labels, l[1])
		}
		found = append(found, s)
	}
	return found
}

// Groupings returns the labels that an expression keeps by aggregation.
func Groupings(expr string) (labels []string) {
	for _, g := range grouping.FindAllStringSubmatch(quoted.ReplaceAllString(expr, `""`), -1) {
		for label := range strings.SplitSeq(g[1], ",") {
			if label = strings.TrimSpace(label); label != "" && !slices.Contains(labels, label) {
				labels = append(labels, label)
			}
		}
	}
	return labels
}
