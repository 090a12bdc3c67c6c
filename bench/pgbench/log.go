package pgbench

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// read sums up the log files of a run. A line is: client, number, elapsed µs, script,
// seconds and µs of the end.
func read(files fs.FS) (Result, error) {
	names, err := fs.Glob(files, "pgbench_log.*")
	if err != nil {
		return Result{}, err
	}
	var took []int64
	first, last := int64(0), int64(0) // µs since 1970: the first begin, the last end
	for _, name := range names {
		err := eachLine(files, name, func(elapsed, end int64) {
			took = append(took, elapsed)
			if began := end - elapsed; first == 0 || began < first {
				first = began
			}
			last = max(last, end)
		})
		if err != nil {
			return Result{}, fmt.Errorf("the log of pgbench: %w", err)
		}
	}
	if len(took) == 0 {
		return Result{}, errors.New("pgbench ended without a transaction: let it run longer")
	}
	slices.Sort(took)
	return Result{
		EventsPerSecond: float64(len(took)) / (float64(last-first) / 1e6),
		P50:             took[len(took)/2],
		P99:             took[len(took)*99/100],
	}, nil
}

func eachLine(files fs.FS, name string, see func(elapsed, end int64)) error {
	file, err := files.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // nothing was written
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) < 6 {
			return fmt.Errorf("a line of %d words: %q", len(words), lines.Text())
		}
		var numbers [3]int64
		for i, word := range []string{words[2], words[4], words[5]} {
			if numbers[i], err = strconv.ParseInt(word, 10, 64); err != nil {
				return err // a transaction that failed says "failed" for its time
			}
		}
		see(numbers[0], numbers[1]*1e6+numbers[2])
	}
	return lines.Err()
}
