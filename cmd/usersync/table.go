package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// writeTable aligns the cells of the rows, without blanks at the end of a line.
func writeTable(out io.Writer, rows [][]string) {
	var padded bytes.Buffer
	table := tabwriter.NewWriter(&padded, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(table, strings.Join(row, "\t"))
	}
	_ = table.Flush() // a buffer takes everything
	for line := range strings.Lines(padded.String()) {
		fmt.Fprintln(out, strings.TrimRight(line, " \n"))
	}
}
