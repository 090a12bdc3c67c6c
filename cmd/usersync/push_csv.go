package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"usersync/providers"
)

// csvLines reads users from CSV as RFC 4180 has it.
type csvLines struct {
	reader *csv.Reader
	limit  *recordLimit
	names  []string
	last   int // the line of the last record
}

// newCSVLines reads the header. The error joins all that is wrong with it.
func newCSVLines(from io.Reader, writable []string, typ string) (*csvLines, error) {
	limit := &recordLimit{from: from, left: maxPushLine}
	r := csv.NewReader(limit)
	header, err := r.Read()
	switch {
	case errors.Is(err, io.EOF):
		return nil, errors.New("the file is empty: its first line names the columns")
	case err != nil:
		return nil, fmt.Errorf("the header cannot be read: %w", err)
	}
	l := &csvLines{reader: r, limit: limit}
	faults := l.header(header, writable, typ)
	return l, errors.Join(faults...)
}

// header reads the names of the columns. What may be values is not repeated: the
// header may be missing.
func (l *csvLines) header(header, writable []string, typ string) (faults []error) {
	var unwritable []string
	known := false
	for i, name := range header {
		name = strings.TrimSpace(name)
		switch {
		case !slices.Contains(providers.WriteNames(), name):
			faults = append(faults, fmt.Errorf("the header, cell %d: %w", i+1, providers.UnknownName(name)))
			continue
		case slices.Contains(l.names, name):
			faults = append(faults, fmt.Errorf("the header: the column %s stands twice", name))
		case name != "id" && !slices.Contains(writable, name):
			unwritable = append(unwritable, name)
		}
		known = true
		l.names = append(l.names, name)
	}
	switch {
	case len(header) == 1 && strings.ContainsAny(header[0], ";\t"):
		return []error{errors.New("the header is a single cell: put commas between the cells, not semicolons or tabs")}
	case !known:
		return []error{fmt.Errorf("the first line names no column: is the header missing? The columns are %s", strings.Join(providers.WriteNames(), ", "))}
	}
	if unwritable != nil {
		faults = append(faults, fmt.Errorf("the header: %s cannot write %s: leave it out", typ, strings.Join(unwritable, ", ")))
	}
	if !slices.ContainsFunc(l.names, func(name string) bool { return slices.Contains(naming, name) }) {
		faults = append(faults, fmt.Errorf("the header: no column says who a line is about: add one of %s", strings.Join(naming, ", ")))
	}
	return faults
}

// next implements pushLines.
func (l *csvLines) next() (pushLine, error) {
	l.limit.left = maxPushLine
	record, err := l.reader.Read()
	var wrong *csv.ParseError
	switch {
	case errors.As(err, &wrong) && errors.Is(err, csv.ErrFieldCount):
		return pushLine{number: wrong.StartLine, wrong: fmt.Errorf("it has %s, and the header has %d", count(len(record), "cell"), len(l.names))}, nil
	case errors.As(err, &wrong):
		return pushLine{number: wrong.StartLine, wrong: fmt.Errorf("%s no CSV: %w", lines(wrong.StartLine, wrong.Line), wrong.Err)}, nil
	case errors.Is(err, bufio.ErrTooLong):
		return pushLine{}, fmt.Errorf("behind line %d: %w", l.last, err)
	case err != nil:
		return pushLine{}, err
	}
	line := pushLine{}
	line.number, _ = l.reader.FieldPos(0)
	l.last = line.number
	var faults []error
	for i, cell := range record {
		name := l.names[i]
		switch {
		case cell == "":
		case name != "metadata" && strings.ContainsAny(cell, "\r\n"):
			// Where a quote is left open, the lines of others are a part of it.
			at, _ := l.reader.FieldPos(i)
			faults = append(faults, fmt.Errorf("%s: %s one cell, is a quote left open?", name, lines(at, at+strings.Count(cell, "\n"))))
		default:
			faults = append(faults, line.user.SetText(name, cell))
		}
	}
	line.wrong = errors.Join(faults...)
	return line.checked(), nil
}

// lines begins a sentence about a line, or several.
func lines(first, last int) string {
	if last <= first {
		return "it is"
	}
	return fmt.Sprintf("the lines %d to %d are", first, last)
}

// errRecordTooLong ends the run: where the next record begins nobody knows.
var errRecordTooLong = fmt.Errorf("a record is longer than %d bytes: %w; is a quote left open?", maxPushLine, bufio.ErrTooLong)

// recordLimit ends a reader when a record takes more than what is left.
type recordLimit struct {
	from io.Reader
	left int
}

// Read implements io.Reader.
func (r *recordLimit) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, errRecordTooLong
	}
	n, err := r.from.Read(p[:min(len(p), r.left)])
	r.left -= n
	return n, err
}
