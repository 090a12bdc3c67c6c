package models

import "strings"

// columnRule is a column of the users table as the migrations make it.
type columnRule struct {
	name, postgres, sqlite string
	required               bool
	fallback               string // the default, on both databases
	bytewise               bool   // compared byte by byte
}

const pgTimestamp = "timestamp with time zone"

// usersColumns stand in the order in which they were made.
var usersColumns = []columnRule{
	{name: "id", postgres: "uuid", sqlite: "TEXT", required: true},
	{name: "provider", postgres: "text", sqlite: "TEXT", required: true, bytewise: true},
	{name: "provider_user_id", postgres: "text", sqlite: "TEXT", required: true, bytewise: true},
	{name: "email", postgres: "text", sqlite: "TEXT"},
	{name: "email_verified", postgres: "boolean", sqlite: "INTEGER"},
	{name: "name", postgres: "text", sqlite: "TEXT"},
	{name: "username", postgres: "text", sqlite: "TEXT"},
	{name: "avatar_url", postgres: "text", sqlite: "TEXT"},
	{name: "phone", postgres: "text", sqlite: "TEXT"},
	{name: "tenant_id", postgres: "text", sqlite: "TEXT"},
	{name: "metadata", postgres: "jsonb", sqlite: "TEXT"},
	{name: "suspended", postgres: "boolean", sqlite: "INTEGER", required: true, fallback: "false"},
	{name: "suspended_at", postgres: pgTimestamp, sqlite: "TEXT"},
	{name: "suspended_until", postgres: pgTimestamp, sqlite: "TEXT"},
	{name: "suspended_reason", postgres: "text", sqlite: "TEXT"},
	{name: "last_sign_in_at", postgres: pgTimestamp, sqlite: "TEXT"},
	{name: "deleted_at", postgres: pgTimestamp, sqlite: "TEXT"},
	{name: "provider_created_at", postgres: pgTimestamp, sqlite: "TEXT"},
	{name: "provider_updated_at", postgres: pgTimestamp, sqlite: "TEXT"},
	{name: "created_at", postgres: pgTimestamp, sqlite: "TEXT", required: true},
	{name: "updated_at", postgres: pgTimestamp, sqlite: "TEXT", required: true},
	{name: "sync_state", postgres: "bytea", sqlite: "BLOB", required: true},
}

// often are the columns that an event of a user who only signs in changes. An
// index on one of them makes each such update write all indexes of the table.
var often = []string{"updated_at", "sync_state", "last_sign_in_at", "provider_updated_at"}

func (r columnRule) typeOn(d Dialect) string {
	if d == Postgres {
		return r.postgres
	}
	return r.sqlite
}

// column is one of the table as it is.
type column struct {
	Number    int    `json:"number"`
	Name      string `json:"name"`
	Type      string `json:"type"`
	Required  bool   `json:"required"`
	Fallback  string `json:"fallback"` // the default as the database writes it, "" for none
	Collation string `json:"collation"`
	Made      bool   `json:"made"` // by the database itself: generated, or an identity
}

// widened reports whether a type takes all that text, or a time, does.
func widened(is, want string) bool {
	switch want {
	case "text":
		return is == "character varying" || is == "citext"
	case pgTimestamp:
		return strings.HasPrefix(is, "timestamp(") && strings.HasSuffix(is, "with time zone")
	}
	return false
}

// judgeColumns compares the columns of a table with those that were made. retyped
// completes a statement that changes a type: no view may stand in its way.
func judgeColumns(d Dialect, table string, columns []column, retyped func(statement string) string) (found []Symptom) {
	say := func(broken bool, text, remedy string) {
		found = append(found, Symptom{Part: "columns", Broken: broken, Text: table + "." + text, Remedy: remedy})
	}
	alter := func(name, change string) string {
		if d == SQLite {
			return "SQLite cannot alter a column: make a table with `usersync migrate print`, copy the rows, and rename it"
		}
		return "ALTER TABLE " + table + " ALTER COLUMN " + quoteAny(name) + " " + change
	}
	byName, byNumber, known := map[string]column{}, map[int]column{}, map[string]bool{}
	for _, c := range columns {
		byName[c.Name], byNumber[c.Number] = c, c
	}
	for i, rule := range usersColumns {
		known[rule.name] = true
		c, there := byName[rule.name]
		if !there {
			text, remedy := missingColumn(d, table, rule, byNumber[i+1])
			say(true, text, remedy)
			continue
		}
		want := rule.typeOn(d)
		switch {
		case c.Type == want:
		case d == Postgres && widened(c.Type, want):
			say(false, rule.name+" is "+c.Type+" and was made as "+want+": values may be compared or rounded in another way", retyped(alter(rule.name, "TYPE "+want)))
		default:
			say(true, rule.name+" is "+c.Type+" and was made as "+want+": what does not fit is refused and becomes a dead letter", retyped(alter(rule.name, "TYPE "+want+" USING "+quoteAny(rule.name)+"::"+want)))
		}
		switch {
		case c.Required && !rule.required:
			say(true, rule.name+" is NOT NULL: users without one are refused, and become dead letters", alter(rule.name, "DROP NOT NULL"))
		case !c.Required && rule.required:
			say(false, rule.name+" may be NULL: usersync never writes that, and does not expect it", alter(rule.name, "SET NOT NULL"))
		}
		switch {
		case rule.fallback != "" && c.Fallback == "":
			say(true, rule.name+" has lost its default: no user can be created", alter(rule.name, "SET DEFAULT "+rule.fallback))
		case rule.fallback == "" && c.Fallback != "" || c.Made:
			say(false, rule.name+" has a default: a user of whom it is not known shows that value", alter(rule.name, "DROP DEFAULT"))
		}
		if d == Postgres && rule.bytewise && c.Collation != "C" {
			say(false, rule.name+` has the collation `+c.Collation+` and was made with "C": ids may be ordered and compared in another way`, retyped(alter(rule.name, `TYPE text COLLATE "C"`)))
		}
	}
	for _, c := range columns {
		if !known[c.Name] && c.Required && c.Fallback == "" && !c.Made {
			say(true, c.Name+" is a column of the app's that is NOT NULL and has no default: no user can be created", alter(c.Name, "DROP NOT NULL"))
		}
	}
	return found
}

// missingColumn tells a renamed column from one that was dropped: it keeps its number.
func missingColumn(d Dialect, table string, rule columnRule, there column) (text, remedy string) {
	known := false
	for _, other := range usersColumns {
		known = known || other.name == there.Name
	}
	if there.Name != "" && !known && there.Type == rule.typeOn(d) {
		return rule.name + " was renamed to " + there.Name + ": no delivery can be applied", "ALTER TABLE " + table + " RENAME COLUMN " + quoteAny(there.Name) + " TO " + rule.name
	}
	if rule.required {
		return rule.name + " is not there: no delivery can be applied", "restore the table from a backup, or move it away, run `usersync migrate print`, and backfill"
	}
	return rule.name + " is not there: no delivery can be applied",
		"ALTER TABLE " + table + " ADD COLUMN " + rule.name + " " + rule.typeOn(d) + "; then reconcile each provider, which brings back what it held"
}
