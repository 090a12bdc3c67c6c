package models

import (
	"fmt"
	"strings"
	"time"
)

// The oldest server whose SQL we speak, as it numbers itself.
const oldestServer = 120000

// Shorter limits than these cut what takes longest: a batch of deliveries that
// waits for a lock; a page of a backfill, a plan over all rows, a migration.
const (
	shortestBatch     = time.Second
	shortestStatement = time.Minute
	shortestIdle      = 5 * time.Second
)

// Symptoms judges the server for a daemon that was configured with so many
// connections, 0 for the default.
func (s Server) Symptoms(connections int) (found []Symptom) {
	say := func(broken bool, part, remedy, text string, arguments ...any) {
		found = append(found, Symptom{Part: part, Broken: broken, Text: fmt.Sprintf(text, arguments...), Remedy: remedy})
	}
	role := "ALTER ROLE " + quoteAny(s.Role) + " "
	if s.Version < oldestServer {
		say(true, "server", "upgrade it: at least version 12", "Postgres %d.%d is older than usersync supports", s.Version/10000, s.Version%10000)
	}
	switch {
	case s.Standby:
		say(true, "server", "name the primary in database.url, or all hosts and ?target_session_attrs=read-write", "this is a standby: nothing can be written here")
	case s.ReadOnly:
		say(true, "server", role+"SET default_transaction_read_only = off; or the same with ALTER DATABASE", "transactions of this role are read-only: no delivery can be applied")
	}
	switch s.Encoding {
	case "UTF8":
	case "SQL_ASCII":
		say(false, "server", "createdb --encoding=UTF8 --template=template0 NEW, and restore a dump there", "the database's encoding is SQL_ASCII: lower(email) and sorting know no letters but a-z, and the app may read names wrongly")
	default:
		say(true, "server", "createdb --encoding=UTF8 --template=template0 NEW, and restore a dump there", "the database's encoding is %s: a name with a letter that it lacks is refused and becomes a dead letter", s.Encoding)
	}
	if s.Isolation != "" && s.Isolation != "read committed" {
		say(false, "server", role+"SET default_transaction_isolation = 'read committed'", "the role's default isolation is %s: batches that meet fail and are repeated", s.Isolation)
	}
	if s.DateStyle != "" && !strings.HasPrefix(s.DateStyle, "ISO") {
		say(true, "server", role+"SET DateStyle = 'ISO'", "times are written as %s: they cannot be read", s.DateStyle)
	}
	if s.Superuser {
		say(false, "role", "CREATE ROLE usersync_daemon LOGIN PASSWORD '…', run the grants at the end of `usersync migrate print`, and put it into database.url", "%s is a superuser: whoever gets database.url owns the server", s.Role)
	}
	if !s.MayLock {
		say(true, "grants", "GRANT EXECUTE ON FUNCTION pg_advisory_xact_lock(bigint), pg_advisory_xact_lock_shared(bigint) TO "+quoteAny(s.Role), "the role may not take advisory locks: every delivery takes one")
	}
	found = append(found, s.losses(role)...)
	found = append(found, s.limits(role)...)
	return append(found, s.room(connectionsOf(connections))...)
}

// losses are the settings under which a commit is no promise.
func (s Server) losses(role string) (found []Symptom) {
	if s.Commit == "off" {
		found = append(found, Symptom{Part: "durability", Text: "synchronous_commit is off: a delivery that was answered 200 is lost if the server crashes within a second", Remedy: role + "SET synchronous_commit = on"})
	}
	if s.Fsync == "off" {
		found = append(found, Symptom{Part: "durability", Text: "fsync is off: a power failure may destroy the whole database", Remedy: "ALTER SYSTEM SET fsync = on; SELECT pg_reload_conf()"})
	}
	if s.FullPages == "off" {
		found = append(found, Symptom{Part: "durability", Text: "full_page_writes is off: a power failure may tear pages, unless the file system is one that never does", Remedy: "ALTER SYSTEM SET full_page_writes = on; SELECT pg_reload_conf()"})
	}
	return found
}

// limits are the timeouts of the role that cut what we do.
func (s Server) limits(role string) (found []Symptom) {
	for _, l := range []struct {
		name     string
		limit    time.Duration
		shortest time.Duration
		cuts     string
	}{
		{"statement_timeout", millis(s.StatementTimeout), shortestStatement, "backfills, reconciles and migrations may be cut"},
		{"transaction_timeout", millis(s.TransactionTimeout), shortestStatement, "backfills, reconciles and migrations may be cut"},
		{"idle_in_transaction_session_timeout", millis(s.IdleTimeout), shortestIdle, "a migration or a plan that is thinking is cut"},
	} {
		if l.limit <= 0 || l.limit >= l.shortest {
			continue
		}
		text := fmt.Sprintf("%s is %s: %s", l.name, l.limit, l.cuts)
		broken := l.limit < shortestBatch && l.shortest == shortestStatement
		if broken {
			text = fmt.Sprintf("%s is %s: batches of deliveries are cut, and fail", l.name, l.limit)
		}
		found = append(found, Symptom{Part: "timeouts", Broken: broken, Text: text, Remedy: role + "SET " + l.name + " = '10min'"})
	}
	return found
}

// room is whether the connections suffice: an upgrade needs those of two daemons.
func (s Server) room(ours int) []Symptom {
	remedy := fmt.Sprintf("set database.max_connections to at most %d divided by the number of replicas, or raise the server's max_connections", s.Connections/2)
	switch {
	case s.Connections < ours:
		return []Symptom{{"connections", true, fmt.Sprintf("database.max_connections is %d, and this role gets %d", ours, s.Connections), remedy}}
	case s.Connections < 2*ours:
		return []Symptom{{"connections", false, fmt.Sprintf("database.max_connections is %d, and this role gets %d: too few for a second replica, or for the old one during an upgrade", ours, s.Connections), remedy}}
	case s.InUse+ours > s.Connections:
		return []Symptom{{"connections", false, fmt.Sprintf("%d of %d connections are in use: another daemon's %d may not fit", s.InUse, s.Connections, ours), remedy}}
	}
	return nil
}
