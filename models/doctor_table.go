package models

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// shape is how the users table, its view and our own tables are made.
type shape struct {
	Table       string       `json:"table"` // as it is written in a statement
	Kind        string       `json:"kind"`  // as pg_class.relkind
	Options     string       `json:"options"`
	Columns     []column     `json:"columns"`
	Constraints []constraint `json:"constraints"`
	Triggers    []trigger    `json:"triggers"`
	Rules       []string     `json:"rules"` // that rewrite what is written
	Guarded     bool         `json:"guarded"`
	Open        bool         `json:"open"` // although it is guarded, this role sees all
	Hidden      []string     `json:"hidden"`
	Unlogged    []string     `json:"unlogged"`
	View        string       `json:"view"` // its definition; "" if it is not there
}

// constraint is one that somebody added.
type constraint struct {
	Name       string `json:"name"`
	Kind       string `json:"kind"` // as pg_constraint.contype
	Definition string `json:"definition"`
}

type trigger struct {
	Name    string `json:"name"`
	Calls   string `json:"calls"`
	Enabled bool   `json:"enabled"`
}

// A policy that lets this role see and write every row is as good as none, unless
// another one restricts it. row_security_active knows owners and BYPASSRLS.
const pgShape = `SELECT json_build_object(
 'table', c.oid::regclass::text,
 'kind', c.relkind::text,
 'options', array_to_string(c.reloptions, ','),
 'columns', (SELECT coalesce(json_agg(json_build_object('number', a.attnum, 'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
     'required', a.attnotnull, 'fallback', CASE WHEN a.attgenerated = '' THEN coalesce(pg_get_expr(d.adbin, d.adrelid), '') ELSE '' END,
     'collation', coalesce((SELECT collname FROM pg_collation WHERE oid = a.attcollation), ''),
     'made', a.attgenerated <> '' OR a.attidentity <> '') ORDER BY a.attnum), '[]')
   FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
 'constraints', (SELECT coalesce(json_agg(json_build_object('name', conname, 'kind', contype::text, 'definition', pg_get_constraintdef(oid)) ORDER BY conname), '[]')
   FROM pg_constraint WHERE conrelid = c.oid AND contype IN ('c', 'f', 'x')),
 'triggers', (SELECT coalesce(json_agg(json_build_object('name', t.tgname, 'calls', t.tgfoid::regproc::text, 'enabled', t.tgenabled <> 'D') ORDER BY t.tgname), '[]')
   FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal),
 'rules', (SELECT coalesce(json_agg(rulename ORDER BY rulename), '[]') FROM pg_rewrite WHERE ev_class = c.oid AND ev_type <> '1'),
 'guarded', row_security_active(c.oid),
 'open', EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polpermissive AND p.polcmd = '*'
     AND pg_get_expr(p.polqual, p.polrelid) = 'true' AND coalesce(pg_get_expr(p.polwithcheck, p.polrelid), 'true') = 'true'
     AND (0 = ANY (p.polroles) OR EXISTS (SELECT FROM unnest(p.polroles) r WHERE pg_has_role(r, 'USAGE'))))
   AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND NOT p.polpermissive),
 'hidden', (SELECT coalesce(json_agg(o.oid::regclass::text ORDER BY o.relname), '[]') FROM pg_class o
   WHERE o.relnamespace = to_regnamespace('usersync') AND o.relkind IN ('r', 'p') AND row_security_active(o.oid)),
 'unlogged', (SELECT coalesce(json_agg(o.oid::regclass::text ORDER BY o.relname), '[]') FROM pg_class o
   WHERE (o.oid = c.oid OR o.relnamespace = to_regnamespace('usersync')) AND o.relkind IN ('r', 'p') AND o.relpersistence = 'u'),
 'view', coalesce((SELECT pg_get_viewdef(v.oid) FROM pg_class v WHERE v.oid = to_regclass($2) AND v.relkind = 'v'), '')
)::text FROM pg_class c WHERE c.oid = to_regclass($1)`

// The table's own name is a parameter here; SQLite has neither rules nor guards.
const liteShape = `SELECT json_object(
 'table', '"' || ?1 || '"', 'kind', (SELECT CASE type WHEN 'table' THEN 'r' ELSE 'v' END FROM sqlite_master WHERE name = ?1),
 'columns', (SELECT json_group_array(json_object('number', cid + 1, 'name', name, 'type', type, 'required', json(iif("notnull", 'true', 'false')),
     'fallback', coalesce(dflt_value, ''), 'made', json(iif(hidden > 0, 'true', 'false')))) FROM pragma_table_xinfo(?1)),
 'triggers', (SELECT json_group_array(json_object('name', name, 'calls', 'a script of its own', 'enabled', json('true'))) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?1),
 'view', coalesce((SELECT sql FROM sqlite_master WHERE type = 'view' AND name = ?2), ''))`

// TableSymptoms looks at columns, constraints, triggers, row security and the view
// of the users table, which must be there.
func (db *DB) TableSymptoms(ctx context.Context) ([]Symptom, error) {
	var s shape
	query, table, view := liteShape, unquoted(db.names.Users), unquoted(db.names.Active)
	if db.dialect == Postgres {
		query, table, view = pgShape, db.names.Users, db.names.Active
	}
	if err := db.document(ctx, "the users table", query, &s, table, view); err != nil {
		return nil, err
	}
	if s.Kind != "r" {
		return []Symptom{{"users table", true, s.Table + " is no plain table: usersync writes into one that its migrations made", "set database.users_table to another name"}}, nil
	}
	names, err := db.stated(ctx)
	if err != nil {
		return nil, err
	}
	steps, err := stepsOf(db.dialect, names)
	if err != nil {
		return nil, err
	}
	view = statementOf(steps, "CREATE VIEW "+names.Active)
	found := judgeColumns(db.dialect, s.Table, s.Columns, func(statement string) string {
		if db.dialect != Postgres {
			return statement
		}
		return "DROP VIEW IF EXISTS " + names.Active + "; " + statement + "; " + view
	})
	found = append(found, s.additions(db.dialect)...)
	found = append(found, s.hiding()...)
	if db.dialect == Postgres {
		found = append(found, s.storage()...)
	}
	return append(found, s.view(unquoted(db.names.Active), names.Active, view)...), nil
}

// stated returns the names for statements that somebody else runs, whose search_path may
// begin with another schema: with that of the users table.
func (db *DB) stated(ctx context.Context) (tables, error) {
	if db.dialect != Postgres {
		return db.names, nil
	}
	var schemas []string
	const query = "SELECT n.nspname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass(?)"
	if err := db.gorm.WithContext(ctx).Raw(query, db.names.Users).Scan(&schemas).Error; err != nil {
		return tables{}, fmt.Errorf("look for the schema of the users table: %w", printable(err))
	}
	if len(schemas) == 0 {
		return db.names, nil
	}
	return db.names.in(schemas[0]), nil
}

// unquoted is a quoted name of ours as the catalog has it.
func unquoted(name string) string { return strings.Trim(name, `"`) }

// additions are what the app put on the table that may refuse or change what
// usersync writes.
func (s shape) additions(d Dialect) (found []Symptom) {
	of := " ON " + s.Table
	if d == SQLite {
		of = ""
	}
	for _, c := range s.Constraints {
		what := map[string]string{"c": "a CHECK", "f": "a foreign key to another table", "x": "an exclusion"}[c.Kind]
		found = append(found, Symptom{"constraints", false, fmt.Sprintf("%s has %s of the app's, %s: what it refuses becomes a dead letter", s.Table, what, c.Name),
			"ALTER TABLE " + s.Table + " DROP CONSTRAINT " + quoteAny(c.Name)})
	}
	for _, t := range s.Triggers {
		if t.Enabled {
			found = append(found, Symptom{"triggers", false, fmt.Sprintf("%s has a trigger of the app's, %s (%s): it runs inside every batch of deliveries; what it refuses becomes a dead letter, what it changes is not what the provider said, and while it is slow all wait", s.Table, t.Name, t.Calls),
				"DROP TRIGGER " + quoteAny(t.Name) + of + "; an action or a queue that the trigger only writes to is safer"})
		}
	}
	for _, r := range s.Rules {
		found = append(found, Symptom{"triggers", true, fmt.Sprintf("%s has a rule, %s, that rewrites what usersync writes", s.Table, r), "DROP RULE " + quoteAny(r) + of})
	}
	return found
}

// hiding is row security that keeps rows from us.
func (s shape) hiding() (found []Symptom) {
	if s.Guarded && !s.Open {
		found = append(found, Symptom{"row security", true, s.Table + " hides rows from this role: their events fail, and reconcile takes them for missing",
			"CREATE POLICY usersync ON " + s.Table + " TO CURRENT_USER USING (true) WITH CHECK (true), as this role in place of CURRENT_USER; or ALTER ROLE … BYPASSRLS"})
	}
	for _, table := range s.Hidden {
		found = append(found, Symptom{"row security", true, table + " hides rows from this role", "ALTER TABLE " + table + " DISABLE ROW LEVEL SECURITY"})
	}
	return found
}

// storage is how the table lies on the disk.
func (s shape) storage() (found []Symptom) {
	for _, table := range s.Unlogged {
		found = append(found, Symptom{"durability", true, table + " is UNLOGGED: after a crash it is empty", "ALTER TABLE " + table + " SET LOGGED"})
	}
	options := strings.Split(s.Options, ",")
	if !slices.Contains(options, "fillfactor=85") {
		found = append(found, Symptom{"storage", false, s.Table + " has lost its fillfactor of 85: updates find no room on their page, and write all indexes", "ALTER TABLE " + s.Table + " SET (fillfactor = 85)"})
	}
	if slices.Contains(options, "autovacuum_enabled=false") || slices.Contains(options, "autovacuum_enabled=off") {
		found = append(found, Symptom{"storage", false, s.Table + " is not vacuumed: it grows with every event", "ALTER TABLE " + s.Table + " RESET (autovacuum_enabled)"})
	}
	return found
}

// view is what apps read instead of the table; remedy makes it.
func (s shape) view(called, name, remedy string) []Symptom {
	switch {
	case s.View == "":
		return []Symptom{{"view", false, called + " is not there: an app that reads it fails", remedy}}
	case !strings.Contains(s.View, "deleted_at IS NULL") || !strings.Contains(s.View, "suspended_until <= ") || !strings.Contains(s.View, "NOT "):
		return []Symptom{{"view", false, called + " no longer leaves out who is deleted or suspended: the app lets them in", "DROP VIEW " + name + "; " + remedy}}
	}
	return nil
}
