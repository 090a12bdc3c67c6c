package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// errUnasked is returned where nobody can be asked.
var errUnasked = usageError{errors.New("this cannot be undone: say --yes where nobody can be asked")}

// confirm asks the person at the terminal, who must answer yes.
func (p *program) confirm(question string) error {
	if !isTerminal(p.stdin) || !isTerminal(p.stderr) {
		return errUnasked
	}
	fmt.Fprintf(p.stderr, "%s [yes/no] ", visibleLine(question))
	err := confirmed(p.stdin)
	if errors.Is(err, errUnasked) {
		fmt.Fprintln(p.stderr)
	}
	return err
}

// confirmed reads the answer.
func confirmed(from io.Reader) error {
	answer, err := bufio.NewReader(from).ReadString('\n')
	switch {
	case err != nil: // nobody is there, only something that looks like a terminal
		return errUnasked
	case !strings.EqualFold(strings.TrimSpace(answer), "yes"):
		return errors.New("not confirmed: nothing was changed")
	}
	return nil
}
