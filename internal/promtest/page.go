package promtest

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Family is a metric of a page.
type Family struct {
	Name, Type, Help string
	Labels           []string // of its series, sorted; without le of histograms
}

var (
	comment = regexp.MustCompile(`^# (HELP|TYPE) (\S+) (.*)$`)
	series  = regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? \S+$`)
)

// Page reads what a daemon exposes at /metrics. A metric without a series is not on it.
func Page(text string) map[string]Family {
	families := map[string]Family{}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if m := comment.FindStringSubmatch(line); m != nil {
			f := families[m[2]]
			f.Name = m[2]
			if m[1] == "HELP" {
				f.Help = strings.NewReplacer(`\\`, `\`, `\n`, "\n").Replace(m[3])
			} else {
				f.Type = m[3]
			}
			families[m[2]] = f
		} else if m := series.FindStringSubmatch(line); m != nil {
			f, ok := FamilyOf(families, m[1])
			if !ok {
				continue
			}
			for _, l := range matcher.FindAllStringSubmatch(quoted.ReplaceAllString(m[2], `""`), -1) {
				if l[1] != "le" && !slices.Contains(f.Labels, l[1]) {
					f.Labels = append(f.Labels, l[1])
				}
			}
			slices.Sort(f.Labels)
			families[f.Name] = f
		}
	}
	return families
}

// FamilyOf finds the metric that a series is of: a histogram has several.
func FamilyOf(families map[string]Family, name string) (Family, bool) {
	if f, ok := families[name]; ok {
		return f, true
	}
	for _, suffix := range []string{"_bucket", "_sum", "_count"} {
		if base, cut := strings.CutSuffix(name, suffix); cut {
			if f, ok := families[base]; ok && f.Type == "histogram" {
				return f, true
			}
		}
	}
	return Family{}, false
}

// scraped are the labels that Prometheus adds to what it scrapes, and that of buckets.
var scraped = []string{"job", "instance", "namespace", "pod", "le"}

// Unknown says what an expression reads that is not on a page: metrics, and labels that
// none of its metrics has.
func Unknown(families map[string]Family, expr string) (faults []string) {
	labels := map[string]bool{}
	for _, label := range scraped {
		labels[label] = true
	}
	for _, s := range Selectors(expr) {
		if s.Metric == "up" {
			continue
		}
		f, ok := FamilyOf(families, s.Metric)
		if !ok {
			faults = append(faults, "no metric "+s.Metric)
			continue
		}
		for _, label := range f.Labels {
			labels[label] = true
		}
		for _, label := range s.Labels {
			if !slices.Contains(f.Labels, label) && !slices.Contains(scraped, label) {
				faults = append(faults, s.Metric+" has no label "+label)
			}
		}
	}
	for _, label := range Groupings(expr) {
		if !labels[label] {
			faults = append(faults, "no metric of it has the label "+label)
		}
	}
	return faults
}

// Names are the metrics whose names begin with a prefix, sorted.
func Names(families map[string]Family, prefix string) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(families)) {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	return names
}
