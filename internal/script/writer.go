package script

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strconv"
	"time"

	"github.com/dop251/goja"
)

// writer turns a value of the script into JSON. It is stricter than JSON.stringify,
// which makes null of what is no number and no time, and null clears a column.
type writer struct {
	vm    *goja.Runtime
	text  []byte
	room  int // for how many bytes
	wrong error
}

var errTooLarge = errors.New("too large") //nolint:gochecknoglobals // an error to compare with

// write writes a value; what names the place, for an error. It panics as the engine
// does if the script's own code throws while it is read.
func (w *writer) write(v goja.Value, what string, depth int) {
	if w.wrong != nil {
		return
	}
	if len(w.text) > w.room {
		w.wrong = errTooLarge
		return
	}
	switch v := v.(type) {
	case goja.String:
		if v.Length() > w.room-len(w.text) {
			w.wrong = errTooLarge
			return
		}
		w.text = appendText(w.text, v)
	case *goja.Object:
		w.writeObject(v, what, depth)
	default:
		w.writePlain(v, what)
	}
	if w.wrong == nil && len(w.text) > w.room {
		w.wrong = errTooLarge
	}
}

// writePlain writes what is no object and no text.
func (w *writer) writePlain(v goja.Value, what string) {
	if v == nil || goja.IsUndefined(v) || goja.IsNull(v) {
		w.text = append(w.text, "null"...)
		return
	}
	switch plain := v.Export().(type) {
	case bool:
		w.text = strconv.AppendBool(w.text, plain)
	case int64:
		w.text = strconv.AppendInt(w.text, plain, 10)
	case float64:
		w.writeNumber(plain, what)
	case *big.Int:
		if plain.BitLen() > 8*w.room {
			w.wrong = errTooLarge
			return
		}
		w.text = plain.Append(w.text, 10)
	default:
		w.wrong = fmt.Errorf("%s is a symbol, which no JSON can hold", what)
	}
}

// writeNumber writes a double. An integer beyond 2^53 may be its neighbour.
func (w *writer) writeNumber(f float64, what string) {
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0):
		w.wrong = fmt.Errorf("%s is not a number", what)
	case f == math.Trunc(f) && math.Abs(f) <= maxSafe:
		w.text = strconv.AppendInt(w.text, int64(f), 10)
	default:
		w.text = strconv.AppendFloat(w.text, f, 'g', -1, 64)
	}
}

func (w *writer) writeObject(o *goja.Object, what string, depth int) {
	if depth >= maxNesting {
		w.wrong = fmt.Errorf("objects and arrays stand more than %d deep in each other, or in themselves", maxNesting)
		return
	}
	switch class := o.ClassName(); class {
	case "Array":
		w.writeArray(o, what, depth)
	case "Date":
		at, ok := o.Export().(time.Time)
		if !ok {
			w.wrong = fmt.Errorf("%s is an Invalid Date", what)
			return
		}
		w.text = append(at.UTC().AppendFormat(append(w.text, '"'), "2006-01-02T15:04:05.000Z"), '"')
	case "Object":
		if form := o.ExportType(); form.Kind() != reflect.Map && form != reflect.TypeFor[goja.Proxy]() {
			w.wrong = fmt.Errorf("%s is neither object nor array, and no JSON can hold it", what) // a Map, a Set
			return
		}
		w.writeMembers(o, what, depth)
	default:
		w.wrong = fmt.Errorf("%s is a %s, which no JSON can hold", what, class)
	}
}

// writeArray stops when there is no room: a length may be four thousand millions.
func (w *writer) writeArray(o *goja.Object, what string, depth int) {
	w.text = append(w.text, '[')
	length := o.Get("length").ToInteger()
	for i := int64(0); i < length && w.wrong == nil; i++ {
		if i > 0 {
			w.text = append(w.text, ',')
		}
		index := strconv.FormatInt(i, 10)
		w.write(o.Get(index), what+"."+index, depth+1)
	}
	w.text = append(w.text, ']')
}

// writeMembers writes the object's own members. An undefined one is not there.
func (w *writer) writeMembers(o *goja.Object, what string, depth int) {
	w.text = append(w.text, '{')
	first := true
	for _, name := range o.Keys() {
		value := o.Get(name)
		if value == nil || goja.IsUndefined(value) {
			continue
		}
		if !first {
			w.text = append(w.text, ',')
		}
		first = false
		w.text = appendText(w.text, w.vm.ToValue(name).(goja.String)) //nolint:forcetypeassert // of a Go string it is one
		w.text = append(w.text, ':')
		w.write(value, what+"."+name, depth+1)
		if w.wrong != nil {
			return
		}
	}
	w.text = append(w.text, '}')
}
