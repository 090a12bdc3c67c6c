package models

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// index is one as the catalog has it.
type index struct {
	Table   string   `json:"table"` // as it is written in a statement
	Name    string   `json:"name"`
	Written string   `json:"written"` // the name as it is written in a statement
	Ours    bool     `json:"ours"`    // its table is one of usersync's own
	Valid   bool     `json:"valid"`
	Unique  bool     `json:"unique"`
	Whole   bool     `json:"whole"`   // neither partial nor of an expression
	Columns []string `json:"columns"` // in order
	Reads   []string `json:"reads"`   // every column that it depends on
	Bound   bool     `json:"bound"`   // it belongs to a constraint
}

// keys are what ON CONFLICT and the claims rely on, by table: the columns in any
// order.
func (t tables) keys() map[string][]string {
	return map[string][]string{
		t.Processed:  {"occurred_at", "provider", "event_id", "provider_user_id"},
		t.Letters:    {"fingerprint"},
		t.Hydrations: {"provider", "provider_user_id"},
		t.Outbox:     {"id"},
		t.Erased:     {"key_hash"},
	}
}

// Of a partition only what it has beside the indexes of its parent. A table of ours has
// its schema, which regclass leaves out where search_path has it: that of a role usersync does.
const pgIndexes = `SELECT coalesce(json_agg(json_build_object(
 'table', CASE WHEN c.relnamespace = to_regnamespace('usersync') THEN 'usersync.' || quote_ident(c.relname) ELSE c.oid::regclass::text END, 'name', ic.relname, 'written', ic.oid::regclass::text, 'ours', c.relnamespace = to_regnamespace('usersync'),
 'valid', i.indisvalid AND i.indisready, 'unique', i.indisunique, 'whole', i.indpred IS NULL AND i.indexprs IS NULL,
 'columns', (SELECT coalesce(json_agg(a.attname ORDER BY k.n), '[]') FROM unnest(i.indkey::int2[]) WITH ORDINALITY k (attnum, n)
   JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum WHERE k.n <= i.indnkeyatts),
 'reads', (SELECT coalesce(json_agg(a.attname ORDER BY a.attname), '[]') FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
   AND (a.attnum = ANY (i.indkey::int2[]) OR EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = ic.oid
     AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.refobjsubid = a.attnum))),
 'bound', EXISTS (SELECT FROM pg_constraint WHERE conindid = ic.oid AND contype IN ('p', 'u', 'x'))
) ORDER BY ic.relname), '[]')::text
FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid
WHERE (c.oid = to_regclass($1) OR c.relnamespace = to_regnamespace('usersync')) AND NOT ic.relispartition`

const liteIndexes = `SELECT coalesce(json_group_array(json_object(
 'table', t.name, 'name', l.name, 'written', '"' || l.name || '"', 'ours', json(iif(t.name = ?1, 'false', 'true')),
 'valid', json('true'), 'unique', json(iif(l."unique", 'true', 'false')),
 'whole', json(iif(l.partial OR EXISTS (SELECT 1 FROM pragma_index_info(l.name) WHERE name IS NULL), 'false', 'true')),
 'columns', (SELECT json_group_array(name) FROM (SELECT name FROM pragma_index_info(l.name) WHERE name IS NOT NULL ORDER BY seqno)),
 'reads', (SELECT json_group_array(name) FROM pragma_index_info(l.name) WHERE name IS NOT NULL),
 'bound', json(iif(l.origin = 'c', 'false', 'true')))), '[]')
FROM sqlite_master t, pragma_index_list(t.name) l WHERE t.type = 'table' AND (t.name = ?1 OR t.name LIKE 'usersync!_%' ESCAPE '!')`

// IndexSymptoms looks for the indexes that the migrations make, and for others on
// the users table.
func (db *DB) IndexSymptoms(ctx context.Context) ([]Symptom, error) {
	names, err := db.stated(ctx)
	if err != nil {
		return nil, err
	}
	steps, err := stepsOf(db.dialect, names)
	if err != nil {
		return nil, err
	}
	query, users := liteIndexes, unquoted(db.names.Users)
	if db.dialect == Postgres {
		query, users = pgIndexes, db.names.Users
	}
	var indexes []index
	if err := db.document(ctx, "the indexes", query, &indexes, users); err != nil {
		return nil, err
	}
	return judgeIndexes(db.dialect, names, madeBy(steps), indexes), nil
}

// judgeIndexes compares the indexes with those that were made.
func judgeIndexes(d Dialect, names tables, made []madeIndex, indexes []index) (found []Symptom) {
	say := func(broken bool, remedy, text string, arguments ...any) {
		found = append(found, Symptom{Part: "indexes", Broken: broken, Text: fmt.Sprintf(text, arguments...), Remedy: remedy})
	}
	users := names.Users
	if !hasKey(indexes, false, "", "provider", "provider_user_id") {
		say(true, "CREATE UNIQUE INDEX ON "+users+" (provider, provider_user_id)", "no unique index on (provider, provider_user_id) of the users table: looking for a user reads all of it")
	}
	if !hasKey(indexes, false, "", "id") {
		say(true, "ALTER TABLE "+users+" ADD PRIMARY KEY (id)", "the users table has lost its primary key: no delivery can be applied")
	}
	keys := names.keys()
	for _, table := range slices.Sorted(maps.Keys(keys)) {
		columns := keys[table]
		// Without rowids, SQLite's primary key is the table itself.
		if d == Postgres && !hasKey(indexes, true, table, columns...) {
			say(true, "ALTER TABLE "+table+" ADD UNIQUE ("+strings.Join(columns, ", ")+")", "%s has lost its key: no delivery can be applied, or it is applied twice", table)
		}
	}
	for _, m := range made {
		i := slices.IndexFunc(indexes, func(i index) bool { return i.Name == m.name })
		switch {
		case i < 0:
			say(false, m.sql, "%s is not there: %s", m.name, m.slow(names))
		case !indexes[i].Valid:
			say(false, "REINDEX INDEX "+indexes[i].Written, "%s is not valid, so it costs and is not used: %s", m.name, m.slow(names))
		}
	}
	for _, i := range indexes {
		if i.Ours || slices.ContainsFunc(made, func(m madeIndex) bool { return m.name == i.Name }) {
			continue
		}
		drop := "DROP INDEX " + i.Written
		if i.Bound && d == Postgres {
			drop = "ALTER TABLE " + i.Table + " DROP CONSTRAINT " + quoteAny(i.Name)
		}
		if !i.Valid {
			say(false, "REINDEX INDEX "+i.Written+", or "+drop, "%s is not valid, so it costs and is not used: a CREATE INDEX CONCURRENTLY failed", i.Name)
		}
		if hot := both(i.Reads, often); len(hot) > 0 && d == Postgres {
			say(false, drop, "%s is on %s, which almost every event changes: each writes all indexes of the table then", i.Name, strings.Join(hot, ", "))
		}
		if i.Unique && !i.Whole || i.Unique && !slices.Contains(i.Columns, "id") && !isKey(i.Columns, "provider", "provider_user_id") {
			why := "what repeats there is refused and becomes a dead letter"
			if slices.Contains(i.Reads, "email") {
				why = "two providers may know the same address, and a deleted user keeps theirs: the second becomes a dead letter"
			}
			say(false, drop, "%s makes %s unique: %s", i.Name, strings.Join(i.Reads, ", "), why)
		}
	}
	return found
}

// hasKey reports whether a table has a valid unique index on exactly these columns. The
// users table is that which is not ours.
func hasKey(indexes []index, ours bool, table string, columns ...string) bool {
	return slices.ContainsFunc(indexes, func(i index) bool {
		return i.Ours == ours && (!ours || i.Table == table) && i.Unique && i.Whole && i.Valid && isKey(i.Columns, columns...)
	})
}

func isKey(is []string, want ...string) bool {
	is, want = slices.Sorted(slices.Values(is)), slices.Sorted(slices.Values(want))
	return slices.Equal(is, want)
}

func both(a, b []string) (in []string) {
	for _, x := range a {
		if slices.Contains(b, x) {
			in = append(in, x)
		}
	}
	return in
}
