package script

import (
	"errors"
	"fmt"

	"github.com/dop251/goja"
)

// blame says of an error of the engine where it happened and what it was.
func (m *machine) blame(err error) *Fault {
	var interrupted *goja.InterruptedError
	var overflow *goja.StackOverflowError
	var thrown *goja.Exception
	switch {
	case m.ended != nil:
		return &Fault{m.ended.reason, m.at(stackOf(err)) + m.ended.text}
	case errors.As(err, &interrupted):
		if why, ok := interrupted.Value().(stopped); ok {
			return &Fault{why.reason, m.at(stackOf(err)) + why.text}
		}
		return &Fault{ReasonTimeout, m.at(stackOf(err)) + "it was stopped"}
	case errors.As(err, &overflow):
		return &Fault{ReasonLimit, m.at(stackOf(err)) + fmt.Sprintf("functions call each other more than %d deep", maxFrames)}
	case errors.As(err, &thrown):
		text, again := m.told(thrown.Value())
		if again != nil && !errors.As(again, &thrown) {
			return m.blame(again) // it was stopped there
		}
		return &Fault{ReasonError, m.at(stackOf(err)) + text}
	default:
		return &Fault{ReasonError, m.known.file + ": it could not be run"}
	}
}

// try runs what may run code of the script. It returns what that throws, and what stops
// it, which the engine would leave to panic.
func (m *machine) try(f func()) (err error) {
	defer func() {
		switch ended := recover().(type) {
		case nil:
		case *goja.InterruptedError:
			err = ended
		case *goja.StackOverflowError:
			err = ended
		default:
			panic(ended)
		}
	}()
	if ex := m.vm.Try(f); ex != nil {
		return ex
	}
	return nil
}

// stackOf is where the script was.
func stackOf(err error) []goja.StackFrame {
	var placed interface{ Stack() []goja.StackFrame }
	if !errors.As(err, &placed) {
		return nil
	}
	return placed.Stack()
}

// at is the innermost place of a stack that lies in the script, as file, line, colon.
func (m *machine) at(stack []goja.StackFrame) string {
	for i := range stack {
		if position := stack[i].Position(); stack[i].SrcName() == m.known.file && position.Line > 0 {
			return fmt.Sprintf("%s:%d: ", m.known.file, position.Line)
		}
	}
	return m.known.file + ": "
}

// told says what was thrown. Asking for the message may run code of the script, which
// may throw again.
func (m *machine) told(thrown goja.Value) (text string, err error) {
	text = "something was thrown"
	err = m.try(func() {
		switch thrown := thrown.(type) {
		case goja.String:
			text = thrown.String()
		case *goja.Object:
			text = fmt.Sprintf("%s: %s", thrown.Get("name"), thrown.Get("message"))
		}
	})
	return m.known.only(text), err
}
