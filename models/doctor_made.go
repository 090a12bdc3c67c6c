package models

import (
	"regexp"
	"strings"
)

// madeIndex is an index that the migrations make, and the statement that does.
type madeIndex struct{ name, table, sql string }

// These read our own migrations, which are written in one way.
var (
	createsIndex = regexp.MustCompile(`^CREATE (?:UNIQUE )?INDEX (\S+) ON (\S+)`)
	dropsIndex   = regexp.MustCompile(`^DROP INDEX (\S+)$`)
)

// madeBy returns the indexes that are there once all steps are applied.
func madeBy(steps []Migration) (made []madeIndex) {
	for _, s := range steps {
		for _, sql := range statements(s.SQL) {
			if m := createsIndex.FindStringSubmatch(sql); m != nil {
				made = append(made, madeIndex{bare(m[1]), m[2], sql})
			} else if m := dropsIndex.FindStringSubmatch(sql); m != nil {
				kept := made[:0]
				for _, i := range made {
					if i.name != bare(m[1]) {
						kept = append(kept, i)
					}
				}
				made = kept
			}
		}
	}
	return made
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
