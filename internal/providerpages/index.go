package providerpages

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// Index returns the page that lists all the others.
func Index(types []string) (string, error) {
	p := &page{}
	p.line("<!-- Made of providers/definitions: run `go test ./internal/providerpages -update`. -->")
	p.line("# Providers\n")
	p.line("One page for each type that is built in: how to set it up, what fills which column, and what the provider cannot say.")
	p.line("Any other sender of webhooks takes a definition of its own: see [Adding a provider](../ADD-A-PROVIDER.md).\n")
	p.table("type", "provider", "proven by", "bans", "deletions", "list", "writes")
	for _, typ := range types {
		d, err := read(typ)
		if err != nil {
			return "", err
		}
		p.row("["+code(typ)+"]("+typ+".md)", d.about.Name, d.provenBy(), string(d.bans()), string(d.deletions()), d.listed(), d.written())
	}
	p.line("\nbans, deletions: events tell of them, only lists and fetches do, or nothing does. A user that is gone from a complete list is deleted by reconcile.")
	return p.String(), nil
}

// saidBy is who tells of something.
type saidBy string

const (
	saidByEvents saidBy = "events"
	saidByLists  saidBy = "lists"
	unsaid       saidBy = "–"
)

// bans returns who says that a user is banned.
func (d *definition) bans() saidBy {
	return d.told("user.banned", "banned", func(u user) *yaml.Node { return &u.Access })
}

// deletions returns who says that a user is deleted.
func (d *definition) deletions() saidBy {
	return d.told("user.deleted", "deleted", func(u user) *yaml.Node { return &u.Life })
}

// told looks for a kind among the events, then for flags in the forms of users.
func (d *definition) told(kind, access string, flags func(user) *yaml.Node) saidBy {
	byEvent := slices.ContainsFunc(pairs(&d.Event.Types), func(typ pair) bool {
		return slices.ContainsFunc(items(typ.value), func(n *yaml.Node) bool {
			as, proves := member(n, "kind"), member(n, "access")
			return n.Value == kind || as != nil && as.Value == kind || proves != nil && proves.Value == access
		})
	})
	if byEvent || flags(d.User).Kind != 0 {
		return saidByEvents
	}
	for _, c := range []*call{d.List, d.Fetch} {
		if c != nil && flags(c.User.user).Kind != 0 {
			return saidByLists
		}
	}
	return unsaid
}

// provenBy names the schemes, each once.
func (d *definition) provenBy() string {
	var schemes []string
	for _, check := range items(&d.Verify) {
		ways := []*yaml.Node{check}
		if anyOf := member(check, "any"); anyOf != nil {
			ways = items(anyOf)
		}
		for _, way := range ways {
			for _, part := range pairs(way) {
				if part.key == "credential" || part.key == "legacy" {
					continue
				}
				if !slices.Contains(schemes, part.key) {
					schemes = append(schemes, part.key)
				}
			}
		}
	}
	return codes(schemes)
}

func (d *definition) listed() string {
	switch {
	case d.List == nil:
		return "–"
	case d.readsDatabase():
		return "its database"
	default:
		return "its API"
	}
}

func (d *definition) written() string {
	if d.Write == nil || d.Write.None != "" {
		return "–"
	}
	return "yes"
}
