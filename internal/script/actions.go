package script

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dop251/goja"
)

// actions makes the object of that name: under each id a function, which stands under
// its dotted path too. What is not there is not a function, and the engine says so.
func (m *machine) actions(ids []string) (*goja.Object, error) {
	all := m.vm.CreateObject(nil)
	for _, id := range ids {
		function := m.vm.ToValue(func(call goja.FunctionCall) goja.Value {
			m.call(id, call.Arguments)
			return goja.Undefined()
		})
		if err := define(all, id, function); err != nil {
			return nil, err
		}
		if err := m.place(all, strings.Split(id, "."), function); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// place defines a function below the objects of a path, and makes those.
func (m *machine) place(at *goja.Object, names []string, function goja.Value) error {
	for _, name := range names[:len(names)-1] {
		next, there := at.Get(name).(*goja.Object)
		if !there || !slices.Contains(at.GetOwnPropertyNames(), name) { // else it is every function's
			next = m.vm.CreateObject(nil)
			if err := define(at, name, next); err != nil {
				return err
			}
		}
		at = next
	}
	return define(at, names[len(names)-1], function)
}

// call notes a call, with what its argument says at this moment.
func (m *machine) call(id string, arguments []goja.Value) {
	if len(m.calls) >= maxCalls {
		m.stop(stopped{ReasonLimit, fmt.Sprintf("more than %d actions were called", maxCalls)})
	}
	if len(arguments) != 1 {
		panic(m.vm.NewTypeError("actions[%q] takes one object", id))
	}
	if o, ok := arguments[0].(*goja.Object); !ok || o.ClassName() != "Object" {
		panic(m.vm.NewTypeError("actions[%q] takes one object", id))
	}
	w := &writer{vm: m.vm, room: maxOutput - m.size}
	w.write(arguments[0], id, 0)
	switch {
	case errors.Is(w.wrong, errTooLarge):
		m.stop(stopped{ReasonLimit, tooLarge})
	case w.wrong != nil:
		panic(m.vm.NewTypeError("%s", w.wrong.Error()))
	}
	m.size += len(w.text)
	m.calls = append(m.calls, Call{id, w.text})
}

// stop ends the run from within: what it throws may be caught, the interruption that
// follows cannot.
func (m *machine) stop(why stopped) {
	m.ended = &why
	m.vm.Interrupt(why)
	panic(m.vm.NewTypeError("%s", why.text))
}
