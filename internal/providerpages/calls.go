package providerpages

import (
	"fmt"
	"strings"
)

// readsDatabase reports whether users are read from the provider's own database.
func (d *definition) readsDatabase() bool {
	return d.List != nil && d.List.SQL.Kind != 0 || d.Fetch != nil && d.Fetch.SQL.Kind != 0
}

// calls says what usersync can ask of the provider.
func (d *definition) calls(p *page) {
	p.section("What usersync asks of it")
	p.list(append([]string{d.listWords(), d.fetchWords(), d.writeWords()}, d.variantWords()...))
}

func (d *definition) listWords() string {
	if d.List == nil {
		return "There is no list of users: backfill and reconcile are not possible"
	}
	text := fmt.Sprintf("Backfill and reconcile read the list, %d users a page", d.List.Size.Max)
	if d.List.Detail != "" {
		text += ", and fetch each of them"
	}
	if d.API.Rate > 0 {
		text += fmt.Sprintf(", with %v requests a second at most (`api.rate_limit`)", d.API.Rate)
	}
	if d.List.Since.Kind != 0 || d.readsDatabase() {
		return text + "; `--since` reads those that changed"
	}
	return text + "; it cannot be of those that changed alone"
}

func (d *definition) fetchWords() string {
	if d.Fetch == nil {
		return "One user cannot be fetched: an event that carries only an id leaves the other columns as they are"
	}
	return "A user of whom an event carries only an id is fetched, if `api` is configured"
}

func (d *definition) writeWords() string {
	switch {
	case d.Write == nil:
		return "Users cannot be written there"
	case d.Write.None != "":
		return "Users cannot be written there: " + d.Write.None
	}
	var can []string
	if d.Write.Create.Kind != 0 {
		can = append(can, "made")
	}
	if d.Write.Update.Kind != 0 {
		can = append(can, "changed")
	}
	if d.Write.Ban.Kind != 0 {
		can = append(can, "banned")
	}
	return "Users can be " + strings.Join(can, ", ") + " there (`usersync push`, and the users API)"
}

func (d *definition) variantWords() []string {
	var all []string
	for _, v := range pairs(&d.Variants) {
		all = append(all, "`api.variant: "+v.key+"` is another API of it")
	}
	return all
}
