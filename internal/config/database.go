package config

import (
	"net/url"
	"regexp"
	"strings"
	"time"
)

const (
	databaseKey path = "database"
	urlKey           = databaseKey + separator + "url"
	tableKey         = databaseKey + separator + "users_table"
	migrateKey       = databaseKey + separator + "migrate"
	deadlineKey      = databaseKey + separator + "ack_deadline"
)

const sqlitePrefix = "sqlite:"

// How long a delivery may wait for the database. On Postgres the spool then
// takes it, well before senders give up (5 s at the earliest); on SQLite there
// is no spool, so waiting is better than refusing.
const (
	postgresDeadline = 1500 * time.Millisecond
	sqliteDeadline   = 10 * time.Second
	patientDeadline  = 3 * time.Second
)

// The view and index made beside the table add up to 8 bytes to its name, and
// Postgres cuts names after 63.
var tableName = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]{0,62}\.)?[A-Za-z_][A-Za-z0-9_]{0,54}$`)

// checkDatabase checks the section and fills in what depends on the kind of
// database.
func (l *loader) checkDatabase(d *Database) {
	if problem := databaseURLProblem(d.URL.Reveal()); problem != "" {
		l.fault(urlKey, "%s", problem)
	}
	sqlite := d.SQLite()
	switch {
	case !tableName.MatchString(d.UsersTable):
		l.fault(tableKey, "want TABLE or SCHEMA.TABLE of letters, digits and underscores; a schema of at most 63, a table of at most 55")
	case sqlite && strings.Contains(d.UsersTable, "."):
		l.faultUnlessBlamed(tableKey, urlKey, "SQLite has no schemas: write the table alone")
	}
	if _, given := l.given(migrateKey); !given {
		d.Migrate = sqlite
	}
	l.checkDeadline(d)
}

func (l *loader) checkDeadline(d *Database) {
	_, given := l.given(deadlineKey)
	switch {
	case !given && d.SQLite():
		d.AckDeadline = sqliteDeadline
	case !given:
		d.AckDeadline = postgresDeadline
	case d.AckDeadline == 0:
		l.fault(deadlineKey, "must be more than 0: write a duration such as 1500ms")
	case !d.SQLite() && d.AckDeadline > patientDeadline:
		l.warnings = append(l.warnings, "database.ack_deadline is over 3s: some senders give up before they get an answer")
	}
}

// databaseURLProblem says what is wrong with a database URL, or "". It never
// quotes the URL.
func databaseURLProblem(text string) string {
	if file, ok := strings.CutPrefix(text, sqlitePrefix); ok {
		file = strings.TrimPrefix(file, "//")
		switch {
		case file == "":
			return "name a file, for example sqlite:usersync.db"
		case strings.Contains(file, ":memory:"):
			return "a database in memory forgets the users: name a file, for example sqlite:usersync.db"
		case strings.Contains(file, "?"):
			return "options after ? are not supported: write sqlite:FILE"
		}
		return ""
	}
	if !strings.HasPrefix(text, "postgres://") && !strings.HasPrefix(text, "postgresql://") {
		return "want sqlite:FILE or postgres://USER:PASSWORD@HOST:5432/DATABASE; the form host=… user=… is not supported"
	}
	u, err := url.Parse(text)
	if err != nil || u.Fragment != "" || strings.ContainsAny(u.Path+u.RawQuery, "@") {
		return "not a valid URL: write postgres://USER:PASSWORD@HOST:5432/DATABASE, with special characters of the password percent-encoded (@ is %40, / is %2F, # is %23)"
	}
	return ""
}
