package browsertest

import (
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
)

// interactive are the roles of what one can act upon.
var interactive = []string{
	"button", "checkbox", "combobox", "link", "listbox", "menuitem", "option", "radio",
	"searchbox", "slider", "spinbutton", "switch", "tab", "textbox",
}

// named are other roles that say nothing without a name.
var named = []string{"img", "image", "region", "navigation", "table", "dialog"}

// Audit lists what keeps people from using the page that is open, if they do not see it
// or have a phone: things without a name, headings that skip a level, a missing landmark,
// a page that scrolls sideways.
func (tab *Tab) Audit() []string {
	tab.t.Helper()
	nodes := command(tab, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes
	return append(auditNodes(nodes), Eval[[]string](tab, auditScript)...)
}

// auditNodes looks at what a screen reader is told.
func auditNodes(nodes []*accessibility.Node) (found []string) {
	roles := map[string]int{}
	for _, node := range nodes {
		if node.Ignored {
			continue
		}
		role := text(node.Role)
		roles[role]++
		if text(node.Name) != "" {
			continue
		}
		for _, needs := range append(interactive, named...) {
			if role == needs {
				found = append(found, fmt.Sprintf("a %s without a name (node %d)", role, node.BackendDOMNodeID))
			}
		}
	}
	for _, landmark := range []string{"main", "banner"} {
		if roles[landmark] != 1 {
			found = append(found, fmt.Sprintf("%d landmarks %s", roles[landmark], landmark))
		}
	}
	return found
}

// text is what a value of the tree says.
func text(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	return strings.Trim(strings.TrimSpace(string(v.Value)), `"`)
}

// auditScript looks at what the tree does not tell.
const auditScript = `(() => {
  const found = [];
  const levels = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((h) => Number(h.tagName[1]));
  const tops = levels.filter((level) => level === 1).length;
  if (tops !== 1) found.push(tops + " headings h1");
  levels.forEach((level, i) => { if (i > 0 && level > levels[i - 1] + 1) found.push("a heading h" + level + " below h" + levels[i - 1]); });
  if (!document.documentElement.lang) found.push("no language");
  if (!document.title) found.push("no title");
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i))) found.push("the id " + id + " twice");
  for (const e of document.querySelectorAll("[aria-labelledby], [aria-describedby]")) {
    for (const id of ((e.getAttribute("aria-labelledby") || "") + " " + (e.getAttribute("aria-describedby") || "")).split(/\s+/)) {
      if (id && !document.getElementById(id)) found.push("a reference to the id " + id + ", which is not there");
    }
  }
  for (const cell of document.querySelectorAll("th:not([scope])")) found.push("a th without scope: " + cell.textContent);
  for (const table of document.querySelectorAll("table")) if (!table.caption) found.push("a table without a caption");
  for (const e of document.querySelectorAll("[style], style, script:not([src])")) found.push("an inline style or script: " + e.outerHTML.slice(0, 80));
  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth) {
    const wide = [...document.body.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > page.clientWidth + 1 && !e.closest(".scroll, pre"));
    found.push("it scrolls sideways: " + page.scrollWidth + " of " + page.clientWidth + " pixels; too wide: " + wide.slice(0, 3).map((e) => e.tagName + "." + e.className).join(", "));
  }
  return found;
})()`
