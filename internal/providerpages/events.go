package providerpages

import "go.yaml.in/yaml/v3"

// events says what each type of event is taken for.
func (d *definition) events(p *page) {
	p.section("What its events are")
	if d.Script != "" {
		p.line("The script %s decides.", code(d.Script))
		return
	}
	var ignored []string
	p.table("it sends", "usersync takes it for")
	for _, typ := range pairs(&d.Event.Types) {
		if typ.value.Value == "ignore" {
			ignored = append(ignored, typ.key)
			continue
		}
		p.row(code(typ.key), meaningWords(typ.value))
	}
	p.line("")
	if d.Event.When.Kind != 0 {
		p.line("An event counts only if %s.", conditionWords(&d.Event.When))
	}
	if len(ignored) > 0 {
		p.line("Ignored, and answered 200: %s, and whatever else it sends.", codes(ignored))
	} else {
		p.line("Whatever else it sends is ignored, and answered 200.")
	}
	p.line("What your application calls otherwise is told by `aliases`.")
}

// meaningWords says what a type of event means.
func meaningWords(n *yaml.Node) string {
	switch n.Kind {
	case yaml.ScalarNode:
		return n.Value
	case yaml.SequenceNode:
		text := ""
		for i, item := range n.Content {
			if i > 0 {
				text += "; else "
			}
			text += meaningWords(item)
		}
		return text
	}
	text := ""
	for _, part := range pairs(n) {
		switch part.key {
		case "kind":
			text = part.value.Value + text
		case "access":
			text += ", and proof that the user is " + part.value.Value
		case "fetch":
			text += ", and the user is fetched"
		case "when":
			text += " if " + conditionWords(part.value)
		default:
			text += ", " + code(part.key) + " " + source(part.value)
		}
	}
	return text
}
