package providerpages

import (
	"fmt"
	"strings"
)

// page is Markdown that is being written.
type page struct{ strings.Builder }

// line writes a line.
func (p *page) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

// section begins a section.
func (p *page) section(title string) { p.line("\n## %s\n", title) }

// list writes a list of sentences.
func (p *page) list(sentences []string) {
	for _, s := range sentences {
		p.line("- %s", strings.TrimSuffix(s, ".")+".")
	}
}

// row writes a row of a table.
func (p *page) row(cells ...string) {
	for i := range cells {
		cells[i] = strings.ReplaceAll(cells[i], "|", `\|`)
	}
	p.line("| %s |", strings.Join(cells, " | "))
}

// table begins a table.
func (p *page) table(columns ...string) {
	p.row(columns...)
	p.line("|%s", strings.Repeat("---|", len(columns)))
}

// Page returns the page about a built-in definition.
func Page(typ string) (string, error) {
	d, err := read(typ)
	if err != nil {
		return "", err
	}
	return d.page(), nil
}

// page puts the sections together.
func (d *definition) page() string {
	p := &page{}
	p.line("<!-- Made of providers/definitions/%s.yaml: change that file, then run `go test ./internal/providerpages -update`. -->", d.typ)
	p.line("# %s", d.about.Name)
	p.line("\nWhat is said here follows: %s.", strings.TrimSuffix(d.about.Facts, "."))
	d.setUp(p)
	d.proof(p)
	d.events(p)
	d.columns(p)
	d.standing(p)
	d.calls(p)
	if d.about.Cannot != nil {
		p.section("What it cannot say")
		p.list(d.about.Cannot)
	}
	if d.about.Unverified != nil {
		p.section("What is not verified")
		p.line("Its documentation leaves this open.\n")
		p.list(d.about.Unverified)
	}
	return p.String()
}
