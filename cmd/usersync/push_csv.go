package main

import (
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
	names  []string
}

// newCSVLines reads the header. The error joins all that is wrong with it.
func newCSVLines(from io.Reader, writable []string, typ string) (*csvLines, error) {
	r := csv.NewReader(from)
	header, err := r.Read()
	switch {
	case errors.Is(err, io.EOF):
		return nil, errors.New("the file is empty: its first line names the columns")
	case err != nil:
		return nil, fmt.Errorf("the header cannot be read: %w", err)
	}
	l := &csvLines{reader: r}
	faults := l.header(header, writable, typ)
	return l, errors.Join(faults...)
}

func (l *csvLines) header(header, writable []string, typ string) (faults []error) {
	var unwritable []string
	for _, name := range header {
		name = strings.TrimSpace(name)
		switch {
		case !slices.Contains(providers.WriteNames(), name):
			faults = append(faults, fmt.Errorf("the header: %w", providers.UnknownName(name)))
		case slices.Contains(l.names, name):
			faults = append(faults, fmt.Errorf("the header: the column %s stands twice", name))
		case name != "id" && !slices.Contains(writable, name):
			unwritable = append(unwritable, name)
		}
		l.names = append(l.names, name)
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
	record, err := l.reader.Read()
	var wrong *csv.ParseError
	switch {
	case errors.As(err, &wrong) && errors.Is(err, csv.ErrFieldCount):
		return pushLine{number: wrong.StartLine, wrong: fmt.Errorf("it has %s, and the header has %d", count(len(record), "cell"), len(l.names))}, nil
	case errors.As(err, &wrong):
		return pushLine{number: wrong.StartLine, wrong: fmt.Errorf("it is no CSV: %w", wrong.Err)}, nil
	case err != nil:
		return pushLine{}, err
	}
	line := pushLine{}
	line.number, _ = l.reader.FieldPos(0)
	var faults []error
	for i, cell := range record {
		if cell != "" {
			faults = append(faults, line.user.SetText(l.names[i], cell))
		}
	}
	line.wrong = errors.Join(faults...)
	return line.checked(), nil
}
