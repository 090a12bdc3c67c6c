package config

import (
	"strings"
	"time"

	"usersync/internal/tablename"
)

const (
	databaseKey path = "database"
	urlKey           = databaseKey + separator + "url"
	tableKey         = databaseKey + separator + "users_table"
	migrateKey       = databaseKey + separator + "migrate"
	deadlineKey      = databaseKey + separator + "ack_deadline"
)

// How long a delivery may wait for the database. On Postgres the spool then
// takes it, well before senders give up (5 s at the earliest); on SQLite there
// is no spool, so waiting is better than refusing.
const (
	postgresDeadline = 1500 * time.Millisecond
	sqliteDeadline   = 10 * time.Second
	patientDeadline  = 1800 * time.Millisecond
	longestDeadline  = 10 * time.Second
)

// checkDatabase checks the section and fills in what depends on the kind of
// database.
func (l *loader) checkDatabase(d *Database) {
	if problem := databaseURLProblem(d.URL.Reveal()); problem != "" {
		l.fault(urlKey, "%s", problem)
	}
	sqlite := d.SQLite()
	switch {
	case !tablename.Valid(d.UsersTable):
		l.fault(tableKey, "want TABLE or SCHEMA.TABLE of letters, digits and underscores; a schema of at most %d, a table of at most %d", tablename.LongestSchema, tablename.LongestTable)
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
	case d.AckDeadline > longestDeadline:
		l.fault(deadlineKey, "must be at most %s: senders wait 5s or a little more, and a stop of serve 15s", longestDeadline)
	case !d.SQLite() && d.AckDeadline > patientDeadline:
		l.warn("database.ack_deadline is over 1800ms: with the 1.2s that the spool may take, an answer may come later than the 3s that are promised, and some senders give up after 5s")
	}
}
