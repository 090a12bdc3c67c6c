package pgbench

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// transaction is a line of the log, in µs; the end since 1970.
type transaction struct{ elapsed, end int64 }

// read sums up the log files of a run, without what began during the warm-up. A line is:
// client, number, elapsed µs, script, seconds and µs of the end.
func read(files fs.FS, warmup time.Duration) (Result, error) {
	names, err := fs.Glob(files, "pgbench_log.*")
	if err != nil {
		return Result{}, err
	}
	var all []transaction
	first, last := int64(math.MaxInt64), int64(0) // µs since 1970: the first begin, the last end
	for _, name := range names {
		err := eachLine(files, name, func(t transaction) {
			all = append(all, t)
			first, last = min(first, t.end-t.elapsed), max(last, t.end)
		})
		if err != nil {
			return Result{}, fmt.Errorf("the log of pgbench: %w", err)
		}
	}
	first += warmup.Microseconds()
	var took []int64
	for _, t := range all {
		if t.end-t.elapsed >= first {
			took = append(took, t.elapsed)
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

func eachLine(files fs.FS, name string, see func(transaction)) error {
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
		see(transaction{elapsed: numbers[0], end: numbers[1]*1e6 + numbers[2]})
	}
	return lines.Err()
}
