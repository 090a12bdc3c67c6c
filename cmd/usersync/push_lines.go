package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"usersync/providers"
	usersync "usersync/sync"
)

// naming are the columns that can say who a line is about.
var naming = []string{"id", "external_id", "email"}

// pushLines reads users one by one.
type pushLines interface {
	// next returns the next line, also one with a fault; io.EOF at the end.
	next() (pushLine, error)
}

// pushLine is one user of the file.
type pushLine struct {
	number int
	user   providers.UserWrite
	wrong  error // why the line cannot be used; the rest says nothing then
}

// checked refuses a line that names nobody.
func (l pushLine) checked() pushLine {
	if l.wrong == nil && len(l.keys()) == 0 {
		l.wrong = fmt.Errorf("it says not who it is about: give one of %s", strings.Join(naming, ", "))
	}
	if l.wrong != nil {
		l.wrong = errors.New(strings.ReplaceAll(l.wrong.Error(), "\n", "; "))
	}
	return l
}

// keys are the names of the user: lines that share one are about the same.
func (l pushLine) keys() (keys []string) {
	if l.user.ID != "" {
		keys = append(keys, "id "+l.user.ID)
	}
	if l.user.ExternalID != "" {
		keys = append(keys, "external_id "+l.user.ExternalID)
	}
	if email := l.email(); email != "" {
		keys = append(keys, "email "+strings.ToLower(email))
	}
	return keys
}

func (l pushLine) email() string { return l.user.Fields[usersync.FieldEmail].Str() }

// maxPushLine is the longest line of JSON, in bytes.
const maxPushLine = 1 << 20

// jsonLines reads users from lines of JSON. Empty lines are passed over.
type jsonLines struct {
	reader *bufio.Reader
	number int
}

// next implements pushLines.
func (l *jsonLines) next() (pushLine, error) {
	for {
		raw, err := l.line()
		l.number++
		text := bytes.TrimSpace(raw)
		switch {
		case errors.Is(err, bufio.ErrTooLong):
			return pushLine{number: l.number, wrong: fmt.Errorf("it is longer than %d bytes", maxPushLine)}, nil
		case err != nil && !errors.Is(err, io.EOF):
			return pushLine{}, err
		case len(text) > 0:
			line := pushLine{number: l.number}
			line.user, line.wrong = providers.ReadUserWrite(text)
			return line.checked(), nil
		case err != nil:
			return pushLine{}, err
		}
	}
}

// line reads up to the end of the line. One that is too long is read to its
// end and dropped.
func (l *jsonLines) line() (line []byte, err error) {
	long := false
	for {
		part, err := l.reader.ReadSlice('\n')
		if long = long || len(line)+len(part) > maxPushLine; !long {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case long:
			return nil, bufio.ErrTooLong
		default:
			return line, err
		}
	}
}
