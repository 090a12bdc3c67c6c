package main

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"
)

// endless goes on for ever, and counts what was read of it.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = "x\n"[i%2]
	}
	e.read += len(p)
	return len(p), nil
}

// A quote that is left open does not make the lines of others a part of one
// user, nor is the file read whole.
func TestCSVQuoteLeftOpen(t *testing.T) {
	t.Parallel()
	site := newPushSite(t, "authon", databaseURLs["sqlite"](t), 0)
	site.write(t, "users.csv", "email,name,metadata\na@x.example,\"Ann\nb@x.example,Bob\nc@x.example,Cy\",\nd@x.example,D,\"{\n\"\"a\"\":1}\"\n")
	code, results, errs := site.push(t, "authon")
	if code != exitFailed || shortResults(results) != "2 failed, 5 created" || results[2].Error != "name: the lines 2 to 4 are one cell, is a quote left open?" {
		t.Errorf("exit code %d: %+v\n%s", code, results, errs)
	}
	site.write(t, "users.csv", "email,name\ne@x.example,E\na@x.example,\"Ann\nb@x.example,Bob\n")
	if _, results, errs := site.push(t, "authon"); shortResults(results) != "2 created, 3 failed" || !strings.HasPrefix(results[3].Error, "the lines 3 to ") {
		t.Errorf("%+v\n%s", results, errs)
	}
	rest := &endless{}
	l, err := newCSVLines(io.MultiReader(strings.NewReader("email,name\na@x,A\nb@x,\"B\n"), rest), []string{"email", "name"}, "authon")
	if err != nil {
		t.Fatal(err)
	}
	if line, err := l.next(); err != nil || line.number != 2 || line.wrong != nil {
		t.Errorf("%+v, %v", line, err)
	}
	if _, err := l.next(); !errors.Is(err, bufio.ErrTooLong) || !strings.Contains(err.Error(), "behind line 2: ") || rest.read > 2*maxPushLine {
		t.Errorf("%v, %d bytes were read", err, rest.read)
	}
}
