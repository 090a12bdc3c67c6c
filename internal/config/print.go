package config

import (
	"fmt"
	"net/netip"
	"reflect"
	"time"

	"go.yaml.in/yaml/v3"

	"usersync/internal/secret"
)

// String shows the effective configuration as YAML: no secrets, the database
// URL without its password, and nothing of what was left empty. It is a method
// of the value, so that no printer looks inside a Config.
func (c Config) String() string {
	node := printNode(reflect.ValueOf(c), "")
	text, err := yaml.Marshal(node)
	if err != nil {
		return "configuration: " + err.Error()
	}
	return string(text)
}

// printNode shows a value; nil if there is nothing in it to show.
func printNode(v reflect.Value, p path) *yaml.Node {
	switch held := v.Interface().(type) {
	case secret.Text:
		switch {
		case held.Empty():
			return nil
		case p == urlKey:
			return textNode(databaseURLText(held.Reveal()))
		}
		return textNode(held.String())
	case time.Duration:
		return textNode(held.String())
	case netip.Prefix:
		return textNode(held.String())
	case Share:
		return textNode(held.String())
	case Definition:
		return textNode(held.String())
	case Document:
		return held.node()
	}
	switch v.Kind() {
	case reflect.Pointer:
		return printNode(v.Elem(), p)
	case reflect.Int64:
		return textNode(sizeText(v.Int()))
	case reflect.Struct, reflect.Map:
		return printSection(v, p)
	case reflect.Slice:
		list := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
		for i := range v.Len() {
			list.Content = append(list.Content, printNode(v.Index(i), p))
		}
		return orNil(list)
	default:
		return textNode(fmt.Sprint(v.Interface()))
	}
}

// printSection shows the keys of a struct in their order, of a map sorted.
func printSection(v reflect.Value, p path) *yaml.Node {
	section := &yaml.Node{Kind: yaml.MappingNode}
	add := func(key string, value reflect.Value) {
		if value.IsZero() && value.Kind() != reflect.Bool {
			return
		}
		if shown := printNode(value, p.child(key)); shown != nil {
			section.Content = append(section.Content, textNode(key), shown)
		}
	}
	if v.Kind() == reflect.Map {
		for _, key := range sortedKeys(keysOf(v)) {
			add(key, v.MapIndex(reflect.ValueOf(key)))
		}
		return orNil(section)
	}
	for field := range fieldsOf(v.Type()) {
		value := v.FieldByIndex(field.Index)
		if field.squash {
			if inner := printSection(value, p); inner != nil {
				section.Content = append(section.Content, inner.Content...)
			}
			continue
		}
		add(field.key, value)
	}
	return orNil(section)
}

func keysOf(m reflect.Value) map[string]bool {
	keys := map[string]bool{}
	for _, key := range m.MapKeys() {
		keys[key.String()] = true
	}
	return keys
}

func orNil(node *yaml.Node) *yaml.Node {
	if len(node.Content) == 0 {
		return nil
	}
	return node
}

func textNode(text string) *yaml.Node {
	node := &yaml.Node{Kind: yaml.ScalarNode, Value: text}
	if text == "" {
		node.Style = yaml.DoubleQuotedStyle
	}
	return node
}
