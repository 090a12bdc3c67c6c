package config

import (
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"time"

	"usersync/internal/secret"
)

// shape is what may stand at a place of the configuration. It is derived from
// the type Config, so that a key is declared once.
type shape struct {
	keys  map[string]*shape              // a section: what its keys hold
	table *shape                         // a section with free keys: what each holds
	list  *shape                         // a list: what each member is
	parse func(text string) (any, error) // a single value
	plain bool                           // of a single value: any text will do, even none
	tree  bool                           // of a single value: a section that is not ours may stand for it
	twin  bool                           // of a single value or list: KEY_file may stand for it
	file  string                         // of a KEY_file: the KEY
	form  form                           // of a single value, for the schema

	// document is for a value that is a whole YAML mapping, of any form.
	document bool

	// barrier is for a member of a list of which one member keeps others out,
	// and none keeps nobody out.
	barrier bool
}

// rootShape is the shape of a whole configuration.
func rootShape() *shape { return shapeOf(reflect.TypeFor[Config]()) }

func shapeOf(t reflect.Type) *shape {
	switch t {
	case reflect.TypeFor[secret.Text]():
		return &shape{parse: parseSecret, plain: true, twin: true, form: scalarForm}
	case reflect.TypeFor[time.Duration]():
		return &shape{parse: parseDuration, form: durationForm}
	case reflect.TypeFor[netip.Prefix]():
		return &shape{parse: parsePrefix, barrier: true, form: textForm}
	case reflect.TypeFor[Share]():
		return &shape{parse: parseShare, form: shareForm}
	case reflect.TypeFor[Definition]():
		return &shape{parse: parseDefinition, tree: true, form: textForm}
	case reflect.TypeFor[Document]():
		return &shape{parse: parseDocument, document: true, form: documentForm}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return shapeOf(t.Elem())
	case reflect.String:
		return &shape{parse: parseText, plain: true, form: scalarForm}
	case reflect.Bool:
		return &shape{parse: parseBool, form: boolForm}
	case reflect.Int:
		return &shape{parse: parseCount, form: countForm}
	case reflect.Int64:
		return &shape{parse: parseSize, form: sizeForm}
	case reflect.Slice:
		member := shapeOf(t.Elem())
		return &shape{list: member, twin: member.twin}
	case reflect.Map:
		return &shape{table: shapeOf(t.Elem())}
	case reflect.Struct:
		s := &shape{keys: map[string]*shape{}}
		s.addFields(t)
		return s
	default:
		panic(fmt.Sprintf("config: no text can be read into %s: teach shapeOf", t))
	}
}

// addFields gives the section the keys of a struct, and the twins of its secrets.
func (s *shape) addFields(t reflect.Type) {
	for field := range fieldsOf(t) {
		if field.squash {
			s.addFields(field.Type)
			continue
		}
		held := shapeOf(field.Type)
		s.keys[field.key] = held
		if held.twin {
			s.keys[field.key+"_file"] = &shape{parse: parseText, plain: true, file: field.key, form: textForm}
		}
	}
}

// keyedField is a field of a struct and the key that its tag gives it.
type keyedField struct {
	reflect.StructField
	key    string
	squash bool // its own fields belong to the struct around it
}

// fieldsOf yields the fields of a struct that are keys, in order.
func fieldsOf(t reflect.Type) func(yield func(keyedField) bool) {
	return func(yield func(keyedField) bool) {
		for i := range t.NumField() {
			field := t.Field(i)
			key, option, _ := strings.Cut(field.Tag.Get("koanf"), ",")
			squash := option == "squash"
			if key == "-" || key == "" && !squash {
				continue
			}
			if !yield(keyedField{field, key, squash}) {
				return
			}
		}
	}
}

// wanted says in a fault what may stand here.
func (s *shape) wanted() string {
	switch {
	case s.document:
		return "want a mapping here, indented lines of MEMBER: VALUE"
	case s.list != nil:
		return "want a list: write [a, b], or one - item a line"
	case s.tree:
		return "want a definition here, indented lines beginning with verify, or the name of a file with one"
	case s.parse != nil:
		return "want a single value here"
	case s.table != nil:
		return "want a section here, indented lines of NAME: …"
	default:
		return "want a section here, with the keys " + strings.Join(sortedKeys(s.keys), ", ")
	}
}
