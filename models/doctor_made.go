package models

import "strings"

// madeIndex is an index that the migrations make, and the statement that does.
type madeIndex struct{ name, table, sql string }

// madeBy returns the indexes that are there once all steps are applied.
func madeBy(steps []Migration) (made []madeIndex) {
	for _, s := range steps {
		for _, sql := range statements(s.SQL) {
			if name, table, ok := createdIndex(sql); ok {
				made = append(made, madeIndex{bare(name), table, sql})
			} else if name, ok := strings.CutPrefix(sql, "DROP INDEX "); ok {
				kept := made[:0]
				for _, i := range made {
					if i.name != bare(name) {
						kept = append(kept, i)
					}
				}
				made = kept
			}
		}
	}
	return made
}

// createdIndex returns the names of an index that a statement makes, and of its table. Our
// own migrations are written in one way.
func createdIndex(sql string) (name, table string, ok bool) {
	rest, _ := strings.CutPrefix(sql, "CREATE ")
	rest, _ = strings.CutPrefix(rest, "UNIQUE ")
	if rest, ok = strings.CutPrefix(rest, "INDEX "); !ok {
		return "", "", false
	}
	name, rest, _ = strings.Cut(rest, " ON ")
	table, _, _ = strings.Cut(rest, " ")
	return name, table, true
}

// statements cuts a migration into statements of one line each, without comments.
func statements(text string) (all []string) {
	var code strings.Builder
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "--")
		code.WriteString(line + " ")
	}
	for one := range strings.SplitSeq(code.String(), ";") {
		if one = strings.Join(strings.Fields(one), " "); one != "" {
			all = append(all, one)
		}
	}
	return all
}

// statementOf returns the last statement of the steps that begins so.
func statementOf(steps []Migration, beginning string) (found string) {
	for _, s := range steps {
		for _, sql := range statements(s.SQL) {
			if strings.HasPrefix(sql, beginning) {
				found = sql
			}
		}
	}
	return found
}

// bare is a name without its schema and quotes.
func bare(name string) string {
	if _, after, qualified := strings.Cut(name, "."); qualified {
		name = after
	}
	return unquoted(name)
}

// slow says what takes longer without the index.
func (m madeIndex) slow(names tables) string {
	if m.name == unquoted(names.EmailIndex) {
		return "whoever looks for an address reads the whole table"
	}
	return "what usersync looks for in " + m.table + " takes a read of all of it"
}
