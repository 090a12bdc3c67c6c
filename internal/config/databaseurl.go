package config

import (
	"net/url"
	"strings"
)

const sqlitePrefix = "sqlite:"

var (
	keywordForm = pattern(`^\s*[a-z_]+\s*=`)
	// A comma between the user and the path. One that stands in a password is no host's.
	severalHosts = pattern(`^[a-z]+://([^/?#]*@)?[^/?#@]*,[^/?#@]*([/?#]|$)`)
	// A path, and one that ends like a database: no password looks like that.
	filePath     = pattern(`^\.{0,2}/[^:@]*$`)
	databaseFile = pattern(`^[A-Za-z0-9_./-]{1,128}\.(db|db3|sqlite|sqlite3)$`)
)

// databaseURLProblem says what is wrong with a database URL, or "". Of the
// URL it quotes at most a file name.
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
		return schemeProblem(text)
	}
	u, err := url.Parse(text)
	if err != nil && severalHosts().MatchString(text) {
		return "with several hosts give each its port: write postgres://USER:PASSWORD@HOST1:5432,HOST2:5432/DATABASE?target_session_attrs=read-write"
	}
	if err != nil || u.Fragment != "" || strings.ContainsAny(u.Path+u.RawQuery, "@") {
		return "not a valid URL: write postgres://USER:PASSWORD@HOST:5432/DATABASE, with special characters of the password percent-encoded (@ is %40, / is %2F, # is %23)"
	}
	return ""
}

// schemeProblem says what is wrong with a database URL that begins like none
// that is supported.
func schemeProblem(text string) string {
	const want = "write sqlite:FILE or postgres://USER:PASSWORD@HOST:5432/DATABASE"
	switch {
	case databaseFile().MatchString(text):
		return "did you mean " + sqlitePrefix + text + "?"
	case filePath().MatchString(text):
		return "did you mean sqlite:FILE?"
	case keywordForm().MatchString(text):
		return "the form host=… user=… is not supported: " + want
	case strings.Contains(text, ":"):
		return "only SQLite and Postgres are supported: " + want
	default:
		return want
	}
}
