package providers

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	usersync "usersync/sync"
)

// sqlTable is a table of a provider's own Postgres that holds its users.
type sqlTable struct {
	table   []template // the parts of its name
	key     string     // the unique column that pages are ordered by
	columns []string   // what is read, and stands in the user's JSON by its name
	updated string     // the column with the time of the last change, or ""
}

// sql reads a block `sql`.
func (r *reader) sql(n *yaml.Node, what string, declared func(string) bool) *sqlTable {
	t := &sqlTable{}
	r.mapping(n, what, block{
		"table": func(n *yaml.Node) {
			for part := range strings.SplitSeq(string(r.template(n, what+".table", declared)), ".") {
				t.table = append(t.table, template(part))
			}
		},
		"key":     func(n *yaml.Node) { t.key = r.word(n, what+".key") },
		"columns": func(n *yaml.Node) { t.columns = r.texts(n, what+".columns") },
		"updated": func(n *yaml.Node) { t.updated = r.word(n, what+".updated") },
	}, "table", "key", "columns")
	return t
}

// names returns the params that the table's name mentions.
func (t *sqlTable) names() []string {
	var names []string
	for _, part := range t.table {
		names = append(names, part.names()...)
	}
	return names
}

// from writes what to read, and from where.
func (t *sqlTable) from(params map[string]string) string {
	columns := make([]string, len(t.columns))
	for i, name := range t.columns {
		columns[i] = quoted(name)
	}
	table := make([]string, len(t.table))
	for i, part := range t.table {
		name, _ := part.fill(params)
		table[i] = quoted(name)
	}
	return "SELECT " + strings.Join(columns, ", ") + " FROM " + strings.Join(table, ".")
}

// page writes the query for the users behind a key, and its arguments. Each
// row is the key and the user's JSON.
func (t *sqlTable) page(params map[string]string, after string, since usersync.Micros, size int) (query string, args []any) {
	var conditions []string
	if after != "" {
		args = append(args, after)
		conditions = append(conditions, fmt.Sprintf("%s > $%d", quoted(t.key), len(args)))
	}
	if since != 0 {
		args = append(args, since.Time())
		conditions = append(conditions, fmt.Sprintf("%s >= $%d", quoted(t.updated), len(args)))
	}
	where := ""
	if conditions != nil {
		where = " WHERE " + strings.Join(conditions, " AND ")
	}
	key := quoted(t.key)
	return fmt.Sprintf("SELECT r.%s::text, to_jsonb(r)::text FROM (%s%s ORDER BY %s LIMIT %d) r ORDER BY r.%s",
		key, t.from(params), where, key, size, key), args
}

// one writes the query for one user.
func (t *sqlTable) one(params map[string]string) string {
	return fmt.Sprintf("SELECT r.%s::text, to_jsonb(r)::text FROM (%s WHERE %s = $1) r", quoted(t.key), t.from(params), quoted(t.key))
}

// quoted writes a name as an SQL identifier.
func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
