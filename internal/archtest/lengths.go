package archtest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Lengths sums up how long the files are.
type Lengths struct {
	Files, Median, P90 int
}

// lengths measures the files, which it sorts.
func lengths(files []source) Lengths {
	slices.SortFunc(files, func(a, b source) int { return cmp.Compare(a.lines, b.lines) })
	n := len(files)
	if n == 0 {
		return Lengths{}
	}
	return Lengths{Files: n, Median: files[n/2].lines, P90: files[n*9/10].lines}
}

// Measure returns the lengths of the files below root.
func Measure(root string) (Lengths, error) {
	files, err := scan(root)
	if err != nil {
		return Lengths{}, err
	}
	return lengths(files), nil
}

// checkLengths reports a tree whose files are too long and names the longest.
func checkLengths(files []source) []Violation {
	sum := lengths(files)
	if sum.Files < fewestToMeasure {
		return nil // a percentile of a handful is one file's length
	}
	var longest []string
	for _, src := range slices.Backward(files[sum.Files-5:]) {
		longest = append(longest, fmt.Sprintf("%s (%d)", src.file, src.lines))
	}
	reason := reasonFileLength + "; the longest are " + strings.Join(longest, ", ")
	var found []Violation
	if sum.Median >= medianLines {
		found = append(found, Violation{What: fmt.Sprintf("the median file has %d lines, %d or more", sum.Median, medianLines), Reason: reason})
	}
	if sum.P90 >= percentile90 {
		found = append(found, Violation{What: fmt.Sprintf("one file in ten has %d lines or more, the limit is %d", sum.P90, percentile90), Reason: reason})
	}
	return found
}
