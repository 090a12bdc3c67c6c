package providers

import (
	"fmt"
	"maps"
	"slices"

	usersync "usersync/sync"
)

// applyAliases compiles the operator's event names.
func (p *Provider) applyAliases(aliases map[string]string) (faults []error) {
	for _, name := range slices.Sorted(maps.Keys(aliases)) {
		if wrong := pattern(name).check(); wrong != "" {
			faults = append(faults, fmt.Errorf("aliases: %q: %s", cut(name), wrong))
		}
		means, ok := parseMeaning(aliases[name])
		if !ok {
			faults = append(faults, fmt.Errorf("aliases: %q: %q is neither ignore nor one of %s", cut(name), cut(aliases[name]), kindNames()))
		}
		p.aliases = append(p.aliases, named[meanings]{pattern(name), meanings{means}})
	}
	p.aliases.sort()
	return faults
}

// applyPaths replaces the definition's paths by the operator's.
func (p *Provider) applyPaths(paths map[string][]string) (faults []error) {
	p.fields, p.userIDs = p.def.user.fields, p.def.event.user
	for _, column := range slices.Sorted(maps.Keys(paths)) {
		field, ok := usersync.ParseField(column)
		if !ok && column != "id" {
			faults = append(faults, fmt.Errorf("paths: %q is neither id nor a column; the columns are %s", cut(column), columnNames()))
			continue
		}
		var alternatives firstOf
		for _, path := range paths[column] {
			if err := checkPath(path); err != nil {
				faults = append(faults, fmt.Errorf("paths: %s: %w", column, err))
			}
			alternatives = append(alternatives, rootPath(newPath(path)))
		}
		switch {
		case len(alternatives) == 0:
			faults = append(faults, fmt.Errorf("paths: %s: the list is empty; give a path, or remove it", column))
		case column == "id":
			p.userIDs = firstSaid(alternatives)
		default:
			p.fields[field] = alternatives
		}
	}
	return faults
}
