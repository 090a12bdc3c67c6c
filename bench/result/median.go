package result

import (
	"maps"
	"slices"
)

// Median returns the middle of the values, of an even number the mean of the two; 0 of
// none.
func Median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return 0
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// Range returns the least and the greatest of the values.
func Range(values []float64) (least, most float64) { return slices.Min(values), slices.Max(values) }

// Summary is the median of each figure by itself. Events, answers and errors are those of
// all rounds together: none of them shall be hidden by a middle.
func Summary(rounds []Figures) Figures {
	of := func(figure func(Figures) float64) float64 {
		values := make([]float64, len(rounds))
		for i, f := range rounds {
			values[i] = figure(f)
		}
		return Median(values)
	}
	s := Figures{
		EventsPerSecond: of(func(f Figures) float64 { return f.EventsPerSecond }),
		P50:             of(func(f Figures) float64 { return f.P50 }),
		P99:             of(func(f Figures) float64 { return f.P99 }),
		P999:            of(func(f Figures) float64 { return f.P999 }),
		ServerCPU:       of(func(f Figures) float64 { return f.ServerCPU }),
		PostgresCPU:     of(func(f Figures) float64 { return f.PostgresCPU }),
		LoadCPU:         of(func(f Figures) float64 { return f.LoadCPU }),
		RSS:             of(func(f Figures) float64 { return f.RSS }),
		WAL:             of(func(f Figures) float64 { return f.WAL }),
		StartMS:         of(func(f Figures) float64 { return f.StartMS }),
		Binary:          of(func(f Figures) float64 { return f.Binary }),
	}
	for _, f := range rounds {
		s.Events += f.Events
		s.Errors += f.Errors
		for _, status := range slices.Sorted(maps.Keys(f.Answers)) {
			if s.Answers == nil {
				s.Answers = map[int]int{}
			}
			s.Answers[status] += f.Answers[status]
		}
	}
	return s
}
