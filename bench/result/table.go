package result

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Text writes the result for a terminal.
func (r Result) Text(w io.Writer) { r.write(w, plain) }

// Markdown writes the result for a document.
func (r Result) Markdown(w io.Writer) { r.write(w, markdown) }

func (r Result) write(w io.Writer, table func(io.Writer, [][]string)) {
	fmt.Fprintf(w, "%d rounds of %g s, %d users; medians of the rounds, a ratio is taken within each round.\n", r.Rounds, r.Duration, r.Users)
	fmt.Fprintf(w, "%s: %d cores (%s), %s, Linux %s, Postgres %s, usersync %s.\n", r.Began.UTC().Format("2006-01-02"), r.Machine.Cores, r.Machine.CPU, r.Machine.Go, r.Machine.Kernel, r.Machine.Postgres, r.Machine.Version)
	fmt.Fprintf(w, "Command: `%s`\n\n", r.Command)
	table(w, r.figures())
	if len(r.Goals) > 0 {
		fmt.Fprintln(w)
		table(w, r.goals())
	}
	for _, line := range r.Doubts {
		fmt.Fprintf(w, "\nIn doubt: %s\n", line)
	}
	for _, line := range r.Skipped {
		fmt.Fprintf(w, "\nNot measured: %s\n", line)
	}
	for _, line := range r.Failures {
		fmt.Fprintf(w, "\nFAILED: %s\n", line)
	}
}

func (r Result) figures() [][]string {
	lines := [][]string{{"scenario", "contestant", "events/s", "p50 ms", "p99 ms", "p99.9 ms", "CPU µs/event: server", "Postgres", "load", "WAL B/event", "RSS MB", "not 200", "start ms"}}
	for _, row := range r.Rows {
		f := row.Median
		failed := f.Errors
		for status, n := range f.Answers {
			if status != 200 {
				failed += n
			}
		}
		lines = append(lines, []string{
			row.Scenario, row.Contestant, number(f.EventsPerSecond, 0), number(f.P50/1000, 2), number(f.P99/1000, 2), number(f.P999/1000, 2),
			number(f.ServerCPU, 0), number(f.PostgresCPU, 0), number(f.LoadCPU, 0), number(f.WAL, 0), number(f.RSS/1e6, 0),
			fmt.Sprint(failed), number(f.StartMS, 1),
		})
	}
	return lines
}

// number writes a figure; one that was not measured is a dash.
func number(v float64, digits int) string {
	if v == 0 {
		return "–"
	}
	return fmt.Sprintf("%.*f", digits, v)
}

func (r Result) goals() [][]string {
	lines := [][]string{{"goal", "asked", "median", "min", "max", "rounds", ""}}
	for _, g := range r.Goals {
		sign, verdict := "≥", "reached"
		if g.Most {
			sign = "≤"
		}
		if !g.Reached() {
			verdict = "MISSED"
		}
		lines = append(lines, []string{
			g.Name, fmt.Sprintf("%s %.3g %s", sign, g.Bound, g.Unit),
			fmt.Sprintf("%.3g", g.Median), fmt.Sprintf("%.3g", g.Min), fmt.Sprintf("%.3g", g.Max), fmt.Sprint(g.Rounds), verdict,
		})
	}
	return lines
}

// plain writes columns for a terminal.
func plain(w io.Writer, lines [][]string) {
	widths := make([]int, len(lines[0]))
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, line := range lines {
		var out strings.Builder
		for i, cell := range line {
			gap := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if isText(i, lines) {
				out.WriteString(cell + gap + "  ")
			} else {
				out.WriteString(gap + cell + "  ")
			}
		}
		fmt.Fprintln(w, strings.TrimRight(out.String(), " "))
	}
}

func markdown(w io.Writer, lines [][]string) {
	for n, line := range lines {
		fmt.Fprintf(w, "| %s |\n", strings.Join(line, " | "))
		if n > 0 {
			continue
		}
		fmt.Fprint(w, "|")
		for i := range line {
			if isText(i, lines) {
				fmt.Fprint(w, " --- |")
			} else {
				fmt.Fprint(w, " ---: |")
			}
		}
		fmt.Fprintln(w)
	}
}

// isText reports whether a column holds words: it begins at the left then.
func isText(column int, lines [][]string) bool {
	return column == 0 || len(lines) > 1 && strings.Trim(lines[1][column], "0123456789.–") != ""
}
