package script

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/dop251/goja"
	"github.com/go-json-experiment/json/jsontext"
)

// furnish sets the globals that the script finds.
func (m *machine) furnish(input *Input) *Fault {
	global := m.vm.GlobalObject()
	for _, name := range slices.Sorted(maps.Keys(input.Globals)) {
		value, err := m.value(input.Globals[name])
		if err == nil {
			err = define(global, name, value)
		}
		if err != nil {
			return faultf(ReasonError, "%s: %s cannot be read", m.known.file, name)
		}
	}
	actions, err := m.actions(input.Actions)
	if err == nil {
		err = errorsOf(define(global, "actions", actions), define(global, "result", goja.Undefined()))
	}
	if err != nil {
		return faultf(ReasonError, "%s: the actions cannot be made", m.known.file)
	}
	return nil
}

func errorsOf(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

// define gives an object a member of its own, also one named __proto__.
func define(o *goja.Object, name string, v goja.Value) error {
	return o.DefineDataProperty(name, v, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
}

// value makes a value of strict JSON. The engine's own reader would give two ids
// beyond 2^53 as one, and two texts with lone surrogates likewise.
func (m *machine) value(raw json.RawMessage) (goja.Value, error) {
	d := jsontext.NewDecoder(bytes.NewReader(raw), jsontext.AllowInvalidUTF8(true))
	return m.read(d)
}

func (m *machine) read(d *jsontext.Decoder) (goja.Value, error) {
	switch d.PeekKind() {
	case '{':
		return m.readObject(d)
	case '[':
		return m.readArray(d)
	}
	raw, err := d.ReadValue()
	if err != nil {
		return nil, err
	}
	switch raw.Kind() {
	case '"':
		return m.text(raw), nil
	case '0':
		return m.vm.ToValue(numberOf(string(raw))), nil
	case 't', 'f':
		return m.vm.ToValue(raw.Kind() == 't'), nil
	default:
		return goja.Null(), nil
	}
}

func (m *machine) readObject(d *jsontext.Decoder) (goja.Value, error) {
	o := m.vm.NewObject()
	if _, err := d.ReadToken(); err != nil {
		return nil, err
	}
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		key := name.String()
		value, err := m.read(d)
		if err != nil {
			return nil, err
		}
		if err := define(o, key, value); err != nil {
			return nil, err
		}
	}
	_, err := d.ReadToken()
	return o, err
}

func (m *machine) readArray(d *jsontext.Decoder) (goja.Value, error) {
	if _, err := d.ReadToken(); err != nil {
		return nil, err
	}
	var items []any
	for d.PeekKind() != ']' {
		value, err := m.read(d)
		if err != nil {
			return nil, err
		}
		items = append(items, value)
	}
	_, err := d.ReadToken()
	return m.vm.NewArray(items...), err
}

// numberOf is the number that a literal stands for, or the literal itself as a text if
// it is an integer that a double cannot hold: an id, most likely.
func numberOf(literal string) any {
	if whole, err := strconv.ParseInt(literal, 10, 64); err == nil && whole >= -maxSafe && whole <= maxSafe {
		return whole
	}
	number, err := strconv.ParseFloat(literal, 64)
	if err != nil || math.IsInf(number, 0) || !strings.ContainsAny(literal, ".eE") {
		return literal
	}
	return number
}

// maxSafe is the greatest integer that is no other one's double.
const maxSafe = 1<<53 - 1

// text is the text of a JSON string, lone surrogates included.
func (m *machine) text(quoted []byte) goja.Value {
	plain, err := jsontext.AppendUnquote(nil, quoted)
	if err != nil {
		return goja.StringFromUTF16(unitsOf(quoted[1 : len(quoted)-1]))
	}
	return m.vm.ToValue(string(plain))
}
